import { node, small } from '../small.ts';
import { CUSTOM_ENV, POD_RANGES, POD_SUBNETS } from './custom-networks.ts';

export const customWrongZone = small({
  name: 'custom-wrong-zone',
  story: 'The ENIConfig of zone b names a subnet of zone a: its node never gets an ENI (amazon-vpc-cni-k8s#1207).',
  ...POD_RANGES,
  subnets: POD_SUBNETS,
  eniConfigs: { 'eu-west-1a': 'pods-a', 'eu-west-1b': 'pods-a' },
  cni: { env: CUSTOM_ENV, status: 'DEGRADED' },
  nodes: { a: node('a', 8, { maxPods: 20 }), b: node('b', 0, { maxPods: 20, ageMinutes: 90, broken: true }) },
  told: ['CUS002', 'HLT002/crash <- CUS002', 'HLT003 <- CUS002', 'ADD002 <- CUS002'],
  shows: { CUS002: { eniConfig: 'eu-west-1b', subnetZone: 'eu-west-1a', nodeZones: ['eu-west-1b'], nodes: 1 } },
});
