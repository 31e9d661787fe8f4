import { node, small } from '../small.ts';
import { branchPod, policyFor } from './branch-pods.ts';

export const quietBranch = small({
  name: 'quiet-branch',
  story: 'Security groups for pods: a trunk on each node, branch ENIs for the pods a policy selects.',
  cni: { env: { ENABLE_POD_ENI: 'true', POD_SECURITY_GROUP_ENFORCING_MODE: 'standard' } },
  groups: { main: { kind: 'managed', subnets: ['nodes-a', 'nodes-b'], instanceTypes: ['m5.large'], min: 1, max: 4 } },
  nodes: { a: node('a', 8, { maxPods: 20 }), b: node('b', 8, { maxPods: 20 }) },
  objects: (ids) => [policyFor('ledger', [ids.clusterSecurityGroup])],
  pods: [branchPod('ledger-1', { node: 'a' }), branchPod('ledger-2', { node: 'b' })],
  told: [],
});
