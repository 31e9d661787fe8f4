import { node, small } from '../small.ts';
import { branchPod, policyFor } from './branch-pods.ts';

export const controllerRefused = small({
  name: 'controller-refused',
  story:
    'The cluster role lacks AmazonEKSVPCResourceController: no trunk is made (amazon-vpc-resource-controller-k8s: troubleshooting).',
  cluster: { rolePolicies: ['AmazonEKSClusterPolicy'] },
  cni: { env: { ENABLE_POD_ENI: 'true', POD_SECURITY_GROUP_ENFORCING_MODE: 'standard' } },
  groups: { main: { kind: 'managed', subnets: ['nodes-a', 'nodes-b'], instanceTypes: ['m5.large'], min: 1, max: 4 } },
  nodes: {
    a: node('a', 8, { maxPods: 20, trunk: false }),
    b: node('b', 8, { maxPods: 20, trunk: false }),
  },
  objects: (ids) => [policyFor('ledger', [ids.clusterSecurityGroup])],
  events: ['a', 'b'].map((key) => ({
    node: key,
    component: 'vpc-resource-controller',
    reason: 'TrunkENICreationFailed',
    message:
      'failed to create trunk interface: Error Code: UnauthorizedOperation: You are not authorized to perform this operation. User: arn:aws:sts::111122223333:assumed-role/controller-refused-cluster/1700000000 is not authorized to perform: ec2:CreateNetworkInterface',
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
  told: ['IAM001', 'SGP003/role <- IAM001'],
  shows: { IAM001: { caller: 'resource-controller', actions: ['ec2:CreateNetworkInterface'], nodes: 2 } },
});
