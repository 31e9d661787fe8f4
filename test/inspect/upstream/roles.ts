/** aws-node may not do what it has to, or does not get its credentials. */
import { ago, cluster, cni, event } from '../../support/snapshot-builder.ts';
import { plain } from '../checks/cases/worlds.ts';
import { World } from '../checks/world.ts';
import {
  ADDON,
  CNI_ROLE,
  cniRole,
  crashing,
  degraded,
  irsa,
  irsaCni,
  NEVER_READY,
  nodesMay,
  type Report,
  released,
  routes,
} from './report.ts';

const refused = (action: string, node: string) =>
  event({
    ...{ kind: 'unauthorized', reason: 'MissingIAMPermissions', source: 'aws-node', action, node },
    ...{ count: 3, firstAt: ago(900), lastAt: ago(60) },
    object: { kind: 'Pod', namespace: 'kube-system', name: `aws-node-${node}` },
  });

/** What AWS's page on IPv6 tells to put into a policy. */
const IPV6_POLICY = [
  'ec2:AssignIpv6Addresses',
  'ec2:DescribeInstances',
  'ec2:DescribeTags',
  'ec2:DescribeNetworkInterfaces',
  'ec2:DescribeInstanceTypes',
  'ec2:CreateTags',
];
const IPV4_ACTIONS = [
  ...['ec2:AssignPrivateIpAddresses', 'ec2:UnassignPrivateIpAddresses', 'ec2:AttachNetworkInterface'],
  ...['ec2:DetachNetworkInterface', 'ec2:CreateNetworkInterface', 'ec2:DeleteNetworkInterface'],
  ...['ec2:ModifyNetworkInterfaceAttribute', 'ec2:DescribeInstances', 'ec2:DescribeInstanceTypes'],
  ...['ec2:DescribeNetworkInterfaces', 'ec2:DescribeSubnets', 'ec2:DescribeTags', 'ec2:CreateTags'],
];

/** Two new nodes of which none gets an address for its pods. */
const poolless = () =>
  new World()
    .subnet('subnet-0a', '10.0.0.0/24', 'eu-west-1a')
    .node('n1', { home: 'subnet-0a', waiting: 2 })
    .node('n2', { home: 'subnet-0a' });

const IPV6 = { ENABLE_IPv6: 'true', ENABLE_IPv4: 'false', ENABLE_PREFIX_DELEGATION: 'true' };
const ENDPOINTS = ['ecr.api', 'ecr.dkr', 'ec2'].map((service) => ({
  endpointId: `vpce-${service}`,
  service: `com.amazonaws.eu-west-1.${service}`,
  ...{ type: 'Interface', state: 'available', privateDns: true, subnetIds: ['subnet-0a'] },
  ...{ routeTableIds: [], securityGroupIds: [] },
}));
const S3 = { ...ENDPOINTS[0]!, endpointId: 'vpce-s3', service: 'com.amazonaws.eu-west-1.s3' };

export const ROLES: readonly Report[] = [
  {
    story:
      'amazon-vpc-cni-k8s#1338: the add-on got a role, aws-node was not restarted, and the role of the nodes lost its policy',
    of: () =>
      irsa({
        cni: cni({
          serviceAccountRoleArn: CNI_ROLE,
          pods: plain().cniPods.map((p) => ({ ...p, revision: 'abc' })),
          desired: 2,
        }),
        events: [refused('ec2:AssignPrivateIpAddresses', 'n1')],
      }),
    told: ['IAM001 <- IAM005', 'IAM005/pod-older'],
    command: /rollout restart ds\/aws-node/,
  },
  {
    story: 'terraform-aws-eks#1894: the role of aws-node trusts another service account',
    of: () =>
      irsa({ cni: irsaCni(crashing(plain(), ['n1', 'n2'])) }, cniRole('system:serviceaccount:kube-system:vpc-cni')),
    told: ['HLT002/crash <- IAM005', 'IAM005/trust'],
    command: /aws iam update-assume-role-policy /,
  },
  {
    story: 'terraform-aws-eks#2623: the role of aws-node carries no policy',
    of: () =>
      irsa({ cni: irsaCni(crashing(plain(), ['n1', 'n2'])) }, { ...cniRole(), statements: [], attachedPolicies: [] }),
    told: ['HLT002/crash <- IAM002', 'IAM002/missing'],
    command: /attach-role-policy --role-name cni /,
  },
  {
    story: 'terraform-aws-eks#2585: a cluster of IPv4 whose role has the policy for IPv6',
    of: () => {
      const world = poolless();
      const action = 'ec2:AssignPrivateIpAddresses';
      return world.snapshot({
        addons: [ADDON],
        iam: nodesMay(...IPV6_POLICY),
        events: [...world.events, refused(action, 'n1'), refused(action, 'n2')],
      });
    },
    told: ['IAM001', 'IAM002/missing <- IAM001'],
    command: /attach-role-policy --role-name eks-nodes .*AmazonEKS_CNI_Policy/,
  },
  {
    story: 'terraform-aws-eks#2585, an hour later: the events that told of it are gone, the pods still wait',
    of: () => poolless().snapshot({ addons: [ADDON], iam: nodesMay(...IPV6_POLICY) }),
    told: ['IAM002/missing'],
    shows: { IAM002: { waitingPods: 2 } },
    command: /attach-role-policy --role-name eks-nodes .*AmazonEKS_CNI_Policy/,
  },
  {
    story: 'eksctl#8768: v1.22.1 asks for the groups of the VPC, which a policy written by hand does not have',
    of: () => {
      const pods = crashing(plain(), ['n1', 'n2']);
      return plain().snapshot({
        iam: nodesMay(...IPV4_ACTIONS),
        addons: [degraded({ version: 'v1.22.1-eksbuild.1' })],
        cni: released(cni({ pods, desired: 2 }), 'v1.22.1-eksbuild.1'),
      });
    },
    told: ['ADD002 <- IAM003', 'HLT002/crash <- IAM003', 'IAM003'],
    shows: { IAM003: { actions: ['ec2:DescribeSecurityGroups'] } },
    command: /attach-role-policy .*AmazonEKS_CNI_Policy|update-addon .*v1\.22\.2/,
  },
  {
    story: 'amazon-vpc-cni-k8s#3704: on IPv6 v1.22 stops at its start without ec2:DescribeSubnets',
    of: () => {
      const world = new World()
        .subnet('subnet-0a', '10.0.0.0/24', 'eu-west-1a', { ipv6Cidrs: ['2001:db8:1::/64'], assignIpv6: true })
        .node('n1', { home: 'subnet-0a', maxPods: 110, node: NEVER_READY });
      const own = cni({ env: IPV6, pods: crashing(world, ['n1']), desired: 1 });
      const inits = own.initContainers.map((c) => ({ ...c, env: { ENABLE_IPv6: 'true' } }));
      return world.snapshot({
        cluster: cluster({ ipFamily: 'ipv6' }),
        iam: nodesMay(...IPV6_POLICY),
        addons: [degraded({ version: 'v1.22.2-eksbuild.1', configuration: { env: IPV6 } })],
        cni: released({ ...own, initContainers: inits }, 'v1.22.2-eksbuild.1'),
        routeTables: [
          {
            ...{ routeTableId: 'rtb-1', main: true, subnetIds: ['subnet-0a'] },
            routes: [
              { destination: '0.0.0.0/0', target: 'nat-1', state: 'active' },
              { destination: '::/0', target: 'eigw-1', state: 'active' },
            ],
          },
        ],
      });
    },
    told: ['ADD002 <- IAM003', 'HLT002/crash <- IAM003', 'HLT003 <- IAM003', 'IAM003'],
    command: /put-role-policy --role-name eks-nodes .*ec2:DescribeSubnets/,
  },
  {
    story: 'amazon-vpc-cni-k8s#647: a closed VPC has every endpoint but that of STS, which IRSA asks',
    of: () =>
      irsa({
        addons: [degraded({ serviceAccountRoleArn: CNI_ROLE })],
        cni: irsaCni(crashing(plain(), ['n1', 'n2'])),
        routeTables: routes(['subnet-0a', 'subnet-0b']),
        vpcEndpoints: [...ENDPOINTS, { ...S3, type: 'Gateway', privateDns: false, routeTableIds: ['rtb-1'] }],
      }),
    told: ['ADD002 <- RTE001', 'HLT002/crash <- RTE001', 'IAM005/endpoint <- RTE001', 'RTE001/no-endpoints'],
    shows: { RTE001: { endpoints: ['sts'], nodes: ['n1', 'n2'] } },
    command: /create-vpc-endpoint .*\.sts .*--subnet-ids subnet-0a subnet-0b/,
  },
  {
    story: 'eksctl#2735: nodes in closed subnets of a VPC without any endpoint',
    of: () => {
      const world = new World()
        .subnet('subnet-0a', '10.0.0.0/24', 'eu-west-1a')
        .subnet('subnet-0b', '10.0.1.0/24', 'eu-west-1b')
        .node('n1', { home: 'subnet-0a', node: NEVER_READY })
        .node('n2', { home: 'subnet-0b', node: NEVER_READY });
      return world.snapshot({
        addons: [degraded()],
        cni: cni({ pods: crashing(world, ['n1', 'n2']), desired: 2 }),
        routeTables: routes(['subnet-0a', 'subnet-0b']),
      });
    },
    told: ['ADD002 <- RTE001', 'HLT002/crash <- RTE001', 'HLT003 <- RTE001', 'RTE001/no-endpoints'],
    shows: { RTE001: { subnets: ['subnet-0a', 'subnet-0b'], endpoints: ['ecr.api', 'ecr.dkr', 's3', 'ec2'] } },
    command: /create-vpc-endpoint .*\.ec2 /,
  },
];
