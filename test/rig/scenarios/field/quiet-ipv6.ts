import { node, small } from '../small.ts';

/** docs/iam-policy.md of the CNI, IPv6; no policy of AWS has it. */
export const IPV6_ACTIONS = [
  'ec2:AssignIpv6Addresses',
  'ec2:DescribeInstances',
  'ec2:DescribeTags',
  'ec2:DescribeNetworkInterfaces',
  'ec2:DescribeInstanceTypes',
  'ec2:DescribeSubnets',
  'ec2:CreateTags',
];

export const quietIpv6 = small({
  name: 'quiet-ipv6',
  story: 'An IPv6 cluster: one /80 a node, and a policy written for it.',
  cluster: { ipFamily: 'ipv6' },
  cni: {
    nodeRolePolicies: ['AmazonEKSWorkerNodePolicy', 'AmazonEC2ContainerRegistryReadOnly'],
    nodeRoleActions: IPV6_ACTIONS,
  },
  nodes: { a: node('a', 40, { maxPods: 110 }), b: node('b', 35, { maxPods: 110 }) },
  told: [],
});
