import { node, small } from '../small.ts';
import { branchPod, policyFor } from './branch-pods.ts';

export const branchNoTrunk = small({
  name: 'branch-no-trunk',
  story:
    'Branch ENIs were switched on while ordinary pods held every ENI of a node: no slot for its trunk (amazon-vpc-cni-k8s#1203).',
  cni: { env: { ENABLE_POD_ENI: 'true', POD_SECURITY_GROUP_ENFORCING_MODE: 'standard' } },
  groups: { main: { kind: 'managed', subnets: ['nodes-a', 'nodes-b'], instanceTypes: ['m5.large'], min: 1, max: 4 } },
  nodes: {
    a: node('a', 16, { maxPods: 20, trunk: false, enis: [{ singles: 9 }, { singles: 9 }, { singles: 9 }] }),
    b: node('b', 8, { maxPods: 20 }),
  },
  objects: (ids) => [policyFor('ledger', [ids.clusterSecurityGroup])],
  pods: [
    branchPod('ledger-1', { node: 'b' }),
    branchPod('ledger-2', {
      state: 'waiting',
      address: 'none',
      ageMinutes: 25,
      events: [
        {
          reason: 'FailedScheduling',
          message:
            "0/2 nodes are available: 1 Insufficient vpc.amazonaws.com/pod-eni, 1 node(s) didn't match Pod's node affinity/selector. preemption: 0/2 nodes are available: 2 No preemption victims found for incoming pod.",
          component: 'default-scheduler',
        },
      ],
    }),
  ],
  told: ['SGP003/no-slot'],
  shows: { SGP003: { nodes: 1, attached: 3, eniLimit: 3 } },
});
