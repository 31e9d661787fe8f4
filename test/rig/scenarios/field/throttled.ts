import { node, small } from '../small.ts';
import { branchPod, policyFor } from './branch-pods.ts';

export const throttled = small({
  name: 'throttled',
  story:
    'EC2 refuses calls for rate while many nodes are replaced at once; a pod waits for its branch ENI (amazon-vpc-cni-k8s#2730).',
  cni: { env: { ENABLE_POD_ENI: 'true', POD_SECURITY_GROUP_ENFORCING_MODE: 'standard' } },
  groups: { main: { kind: 'managed', subnets: ['nodes-a', 'nodes-b'], instanceTypes: ['m5.large'], min: 1, max: 4 } },
  nodes: { a: node('a', 8, { maxPods: 20 }), b: node('b', 8, { maxPods: 20 }) },
  objects: (ids) => [policyFor('ledger', [ids.clusterSecurityGroup])],
  pods: [
    branchPod('ledger-1', { node: 'b' }),
    branchPod('ledger-2', {
      node: 'a',
      state: 'waiting',
      address: 'none',
      ageMinutes: 16,
      events: [
        {
          reason: 'BranchAllocationFailed',
          message:
            'failed to allocate branch ENI to pod: creating network interface, RequestLimitExceeded: Request limit exceeded.',
          component: 'vpc-resource-controller',
        },
      ],
    }),
  ],
  told: ['QTA002'],
  shows: { QTA002: { waitingPods: 1, lastedSeconds: 930 } },
  stays: { QTA002: 'nobody here calls EC2 less because it was seen who does' },
});
