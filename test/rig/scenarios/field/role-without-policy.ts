import { node, small } from '../small.ts';

export const roleWithoutPolicy = small({
  name: 'role-without-policy',
  story: 'The node role lost AmazonEKS_CNI_Policy: EC2 refuses every call of aws-node (amazon-vpc-cni-k8s#2839).',
  cni: {
    nodeRolePolicies: ['AmazonEKSWorkerNodePolicy', 'AmazonEC2ContainerRegistryReadOnly'],
    status: 'DEGRADED',
  },
  nodes: { a: node('a', 12), b: node('b', 0, { broken: true, ageMinutes: 50 }) },
  events: [
    {
      node: 'b',
      component: 'aws-node',
      reason: 'MissingIAMPermissions',
      action: 'ec2:CreateNetworkInterface',
      message:
        'Unauthorized operation: failed to call ec2:CreateNetworkInterface due to missing permissions. Please refer https://github.com/aws/amazon-vpc-cni-k8s/blob/master/docs/iam-policy.md to attach relevant policy to IAM role',
    },
  ],
  told: ['IAM001', 'IAM004 <- IAM001', 'HLT002/crash <- IAM001', 'HLT003 <- IAM001', 'ADD002 <- IAM001'],
  shows: { IAM001: { caller: 'aws-node', actions: ['ec2:CreateNetworkInterface'], nodes: 1, allowedByRole: false } },
});
