import { node, small } from '../small.ts';
import { POD_RANGES, POD_SUBNETS } from './custom-networks.ts';

export const customOldLabel = small({
  name: 'custom-old-label',
  story:
    'ENI_CONFIG_LABEL_DEF names the zone label of old, which no node has: all ask for ENIConfig "default" (amazon-vpc-cni-k8s#884).',
  ...POD_RANGES,
  subnets: POD_SUBNETS,
  cni: {
    env: {
      AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG: 'true',
      ENI_CONFIG_LABEL_DEF: 'failure-domain.beta.kubernetes.io/zone',
    },
    status: 'DEGRADED',
  },
  nodes: {
    a: node('a', 0, { maxPods: 20, ageMinutes: 90, broken: true }),
    b: node('b', 0, { maxPods: 20, ageMinutes: 80, broken: true }),
  },
  told: [
    'CUS001/label-def-missing',
    'HLT002/crash <- CUS001',
    'HLT003 <- CUS001',
    'ADD002 <- CUS001',
    'CUS005/deprecated-label <- CUS001',
  ],
  shows: { CUS001: { eniConfig: 'default', nodes: 2, notReady: 2, existing: ['eu-west-1a', 'eu-west-1b'] } },
});
