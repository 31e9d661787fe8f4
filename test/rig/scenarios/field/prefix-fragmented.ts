import { node, small } from '../small.ts';

export const prefixFragmented = small({
  name: 'prefix-fragmented',
  story:
    'Lambda has an address in every /28 of the small subnet of zone a: InsufficientCidrBlocks beside free addresses (amazon-vpc-cni-k8s#2749).',
  subnets: { 'nodes-a': { cidr: '10.0.0.0/24', zone: 'eu-west-1a', role: 'nodes', layout: 'scatter' } },
  cni: { env: { ENABLE_PREFIX_DELEGATION: 'true', WARM_PREFIX_TARGET: '1' } },
  cluster: { interfacesIn: ['nodes-b', 'nodes-b'] },
  services: [0, ...Array.from({ length: 14 }, (_, i) => i + 2)].map((i) => ({
    kind: 'lambda' as const,
    name: 'orders',
    subnet: 'nodes-a',
    count: 1,
    at: `10.0.0.${i * 16 + 5}`,
  })),
  nodes: {
    a: node('a', 16, { maxPods: 110, waiting: 3, enis: [{ prefixes: 1 }], ageMinutes: 12 * 60 }),
    b: node('b', 20, { maxPods: 110 }),
  },
  told: ['PFX001', 'SUB003 <- PFX001'],
  shows: {
    // 14 of 16 blocks can be prefixes: one is, a Lambda function stands in each other; 251 less 16, 15 and the node's own
    PFX001: { usableBlocks: 14, prefixes: 1, fragmentedBlocks: 13, freeBlocks: 0, freeAddresses: 219, waitingPods: 3 },
  },
});
