import { node, small } from '../small.ts';
import { CUSTOM_ENV, POD_RANGES, POD_SUBNETS } from './custom-networks.ts';

export const maxPodsManaged = small({
  name: 'max-pods-managed',
  story:
    'Custom networking came after the node group: EKS still says 29 pods, one ENI serves none of them (amazon-vpc-cni-k8s#890).',
  ...POD_RANGES,
  subnets: POD_SUBNETS,
  cni: { env: CUSTOM_ENV },
  nodes: { a: node('a', 18, { waiting: 4 }), b: node('b', 9) },
  told: ['MAX001/custom'],
  shows: { MAX001: { custom: 1, podIps: 18, maxPods: 29, overBy: 9, recommendedMaxPods: 20, waitingPods: 4 } },
});
