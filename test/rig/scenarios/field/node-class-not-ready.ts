import { node, small } from '../small.ts';

export const nodeClassNotReady = small({
  name: 'node-class-not-ready',
  story:
    'The EC2NodeClass is not ready, so Karpenter launches nothing and pods stay Pending (karpenter-provider-aws#8720).',
  cni: { env: { ENABLE_PREFIX_DELEGATION: 'true', WARM_PREFIX_TARGET: '1' } },
  groups: {
    karpenter: {
      kind: 'karpenter',
      subnets: ['nodes-a', 'nodes-b'],
      cpuLimit: 48,
      reservedEnis: 0,
      unmet: { InstanceProfileReady: 'awaiting reconciliation', Ready: 'InstanceProfileReady=False' },
    },
  },
  workloads: [{ namespace: 'kube-system', name: 'karpenter', kind: 'Deployment', replicas: 2 }],
  nodes: {
    a: node('a', 30, { group: 'karpenter', type: 'c6g.xlarge', maxPods: 110 }),
    b: node('b', 25, { group: 'karpenter', type: 'c6g.xlarge', maxPods: 110 }),
  },
  told: ['PLT007/not-ready'],
  shows: { PLT007: { notReady: ['InstanceProfileReady', 'Ready'] } },
  stays: { PLT007: 'what Karpenter says of it is for a person to read, and there is no Karpenter here' },
});
