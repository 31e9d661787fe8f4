import { node, small } from '../small.ts';
import { branchPod, policyFor } from './branch-pods.ts';

export const branchUnsupported = small({
  name: 'branch-unsupported',
  story:
    'Karpenter chose a type whose trunk the resource controller does not support yet: its pods stay Pending (karpenter-provider-aws#8981).',
  cni: { env: { ENABLE_POD_ENI: 'true', POD_SECURITY_GROUP_ENFORCING_MODE: 'standard' } },
  groups: {
    karpenter: {
      kind: 'karpenter',
      subnets: ['nodes-a', 'nodes-b'],
      cpuLimit: 40,
      maxPods: 20,
      types: ['m5.large', 'm8a.large'],
    },
  },
  workloads: [{ namespace: 'kube-system', name: 'karpenter', kind: 'Deployment', replicas: 2 }],
  nodes: {
    a: node('a', 8, { group: 'karpenter', type: 'm8a.large', maxPods: 20 }),
    b: node('b', 6, { group: 'karpenter', type: 'm8a.large', maxPods: 20 }),
  },
  objects: (ids) => [policyFor('ledger', [ids.clusterSecurityGroup])],
  events: ['a', 'b'].map((key) => ({
    node: key,
    component: 'vpc-resource-controller',
    reason: 'Unsupported',
    message: 'The instance type m8a.large is not supported yet by the vpc resource controller',
  })),
  pods: [
    branchPod('ledger-1', {
      state: 'waiting',
      address: 'none',
      ageMinutes: 25,
      events: [
        {
          reason: 'FailedScheduling',
          message:
            '0/2 nodes are available: 2 Insufficient vpc.amazonaws.com/pod-eni. preemption: 0/2 nodes are available: 2 No preemption victims found for incoming pod.',
          component: 'default-scheduler',
        },
      ],
    }),
  ],
  told: ['SGP002'],
  stays: { SGP002: 'Karpenter replaces nodes that drifted, and there is none here' },
  shows: { SGP002: { instanceType: 'm8a.large', refused: 2, stranded: ['shop/ledger-1'] } },
});
