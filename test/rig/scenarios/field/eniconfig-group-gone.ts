import { node, small } from '../small.ts';
import { CUSTOM_ENV, POD_RANGES, POD_SUBNETS } from './custom-networks.ts';

export const eniconfigGroupGone = small({
  name: 'eniconfig-group-gone',
  story:
    'The ENIConfig of zone b names a security group that was deleted: EC2 refuses every ENI there (amazon-vpc-cni-k8s#1626).',
  ...POD_RANGES,
  subnets: POD_SUBNETS,
  eniConfigs: { 'eu-west-1a': 'pods-a' },
  cni: { env: CUSTOM_ENV, status: 'DEGRADED' },
  nodes: { a: node('a', 8, { maxPods: 20 }), b: node('b', 0, { maxPods: 20, ageMinutes: 70, broken: true }) },
  objects: ({ subnets }) => [
    {
      apiVersion: 'crd.k8s.amazonaws.com/v1alpha1',
      kind: 'ENIConfig',
      metadata: { name: 'eu-west-1b' },
      spec: { subnet: subnets['pods-b'], securityGroups: ['sg-0dead0dead0dead00'] },
    },
  ],
  shows: { CUS004: { missing: ['sg-0dead0dead0dead00'], nodes: 1 } },
  told: ['CUS004/missing', 'HLT002/crash <- CUS004', 'HLT003 <- CUS004', 'ADD002 <- CUS004'],
});
