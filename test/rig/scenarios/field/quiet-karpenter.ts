import { node, small } from '../small.ts';

export const quietKarpenter = small({
  name: 'quiet-karpenter',
  story: 'Karpenter with prefix mode and maxPods 110 in its NodeClass.',
  cni: { env: { ENABLE_PREFIX_DELEGATION: 'true', WARM_PREFIX_TARGET: '1' } },
  groups: { karpenter: { kind: 'karpenter', subnets: ['nodes-a', 'nodes-b'], cpuLimit: 48, reservedEnis: 0 } },
  workloads: [{ namespace: 'kube-system', name: 'karpenter', kind: 'Deployment', replicas: 2 }],
  nodes: {
    a: node('a', 30, { group: 'karpenter', type: 'c6g.xlarge', maxPods: 110 }),
    b: node('b', 25, { group: 'karpenter', type: 'c6g.xlarge', maxPods: 110 }),
  },
  told: [],
});
