import { node, small } from '../small.ts';
import { CUSTOM_ENV, POD_RANGES, POD_SUBNETS } from './custom-networks.ts';

export const maxPodsKarpenter = small({
  name: 'max-pods-karpenter',
  story: 'Karpenter was not told of the ENI that custom networking takes: RESERVED_ENIS is missing (karpenter#2273).',
  ...POD_RANGES,
  subnets: POD_SUBNETS,
  cni: { env: CUSTOM_ENV },
  groups: {
    karpenter: {
      kind: 'karpenter',
      subnets: ['nodes-a', 'nodes-b'],
      cpuLimit: 40,
      reservedEnis: 0,
      maxPods: null,
      types: ['c5.large'],
    },
  },
  workloads: [{ namespace: 'kube-system', name: 'karpenter', kind: 'Deployment', replicas: 2 }],
  nodes: {
    a: node('a', 18, { group: 'karpenter', type: 'c5.large', waiting: 3 }),
    b: node('b', 10, { group: 'karpenter', type: 'c5.large' }),
  },
  told: ['MAX004', 'MAX001/custom <- MAX004'],
  stays: { MAX001: 'Karpenter replaces nodes that drifted, and there is none here' },
  shows: {
    // two ENIs of three, nine pods each; 29 less two on the host network less 18
    MAX004: { reservedEnis: 0, needed: 1, overBy: 9, waitingPods: 3 },
  },
});
