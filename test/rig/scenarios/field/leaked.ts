import { node, small } from '../small.ts';

export const leaked = small({
  name: 'leaked',
  story: 'Nodes were ended before aws-node could give back their ENIs (amazon-vpc-cni-k8s#608).',
  subnets: { 'nodes-a': { cidr: '10.0.0.0/24', zone: 'eu-west-1a', role: 'nodes', layout: 'loose' } },
  nodes: { a: node('a', 12), b: node('b', 10) },
  leaked: [
    { subnet: 'nodes-a', prefixes: 0, singles: 9, ageMinutes: 300 },
    { subnet: 'nodes-a', prefixes: 0, singles: 9, ageMinutes: 900 },
  ],
  told: ['LEK001/dead-instance'],
  shows: {
    // two ENIs of a primary and nine more addresses, in a /24 less five
    LEK001: { addresses: 20, total: 251, reason: 'dead-instance' },
  },
});
