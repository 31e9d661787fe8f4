import { node, small } from '../small.ts';
import { branchPod, policyFor } from './branch-pods.ts';

const RUNNING = Array.from({ length: 18 }, (_, i) => branchPod(`ledger-${i + 1}`, { node: i < 9 ? 'a' : 'b' }));

export const branchFull = small({
  name: 'branch-full',
  story:
    'Every branch ENI of every node is taken while nodes admit more pods: the next one stays Pending (amazon-vpc-resource-controller-k8s#154).',
  cni: { env: { ENABLE_POD_ENI: 'true', POD_SECURITY_GROUP_ENFORCING_MODE: 'standard' } },
  groups: { main: { kind: 'managed', subnets: ['nodes-a', 'nodes-b'], instanceTypes: ['m5.large'], min: 1, max: 4 } },
  nodes: { a: node('a', 6, { maxPods: 29 }), b: node('b', 6, { maxPods: 29 }) },
  objects: (ids) => [policyFor('ledger', [ids.clusterSecurityGroup])],
  pods: [
    ...RUNNING,
    branchPod('ledger-19', {
      state: 'waiting',
      address: 'none',
      ageMinutes: 14,
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
  told: ['SGP004'],
  shows: { SGP004: { capacity: 18, used: 18, pendingPods: ['shop/ledger-19'] } },
});
