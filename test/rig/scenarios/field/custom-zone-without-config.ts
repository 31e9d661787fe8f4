import { node, small } from '../small.ts';
import { CUSTOM_ENV, POD_RANGES, POD_SUBNETS, ZONE_C } from './custom-networks.ts';

export const customZoneWithoutConfig = small({
  name: 'custom-zone-without-config',
  story: 'A third zone came and nobody made its ENIConfig (amazon-vpc-cni-k8s#2683).',
  ...POD_RANGES,
  subnets: {
    ...POD_SUBNETS,
    ...ZONE_C,
    'pods-c': { cidr: '100.64.64.0/19', zone: 'eu-west-1c', role: 'pods', layout: 'loose' },
  },
  cni: { env: CUSTOM_ENV, status: 'DEGRADED' },
  groups: {
    main: {
      kind: 'managed',
      subnets: ['nodes-a', 'nodes-b', 'nodes-c'],
      instanceTypes: ['m5.large'],
      min: 1,
      max: 6,
      template: false,
    },
  },
  nodes: {
    a: node('a', 8, { maxPods: 20 }),
    b: node('b', 8, { maxPods: 20 }),
    c: node('c', 0, { maxPods: 20, ageMinutes: 40, broken: true }),
  },
  told: ['CUS001/az', 'HLT002/crash <- CUS001', 'HLT003 <- CUS001', 'ADD002 <- CUS001'],
  shows: { CUS001: { eniConfig: 'eu-west-1c', zones: ['eu-west-1c'], nodes: 1, notReady: 1 } },
});
