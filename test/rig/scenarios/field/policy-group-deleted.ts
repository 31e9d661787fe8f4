import { node, small } from '../small.ts';
import { branchPod, policyFor } from './branch-pods.ts';

export const policyGroupDeleted = small({
  name: 'policy-group-deleted',
  story: 'A SecurityGroupPolicy names a group that was deleted: its new pod stays in creation.',
  cni: { env: { ENABLE_POD_ENI: 'true', POD_SECURITY_GROUP_ENFORCING_MODE: 'standard' } },
  groups: { main: { kind: 'managed', subnets: ['nodes-a', 'nodes-b'], instanceTypes: ['m5.large'], min: 1, max: 4 } },
  nodes: { a: node('a', 8, { maxPods: 20 }), b: node('b', 8, { maxPods: 20 }) },
  objects: () => [policyFor('ledger', ['sg-0dead0dead0dead00'])],
  pods: [
    branchPod('ledger-1', {
      node: 'a',
      state: 'waiting',
      address: 'none',
      ageMinutes: 22,
      events: [
        {
          reason: 'BranchAllocationFailed',
          message:
            "failed to allocate branch ENI to pod: creating network interface, InvalidSecurityGroupID.NotFound: You have specified an invalid security group ID 'sg-0dead0dead0dead00'",
          component: 'vpc-resource-controller',
        },
      ],
    }),
  ],
  told: ['SGP006/missing'],
  stays: { SGP006: 'which group was meant is for a person to say' },
  shows: { SGP006: { missing: ['sg-0dead0dead0dead00'], pods: 1, waitingPods: 1 } },
});
