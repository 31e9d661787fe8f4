/** Subnets that run short, who holds their addresses, and what leaves them. */
import { addon, cluster, cni, NODE_ROLE, nodegroup, VPC } from '../../support/snapshot-builder.ts';
import { plain, TWO_RANGES } from '../checks/cases/worlds.ts';
import { World } from '../checks/world.ts';
import { ADDON, nodesMay, type Report, routes } from './report.ts';

const IPV6 = { ENABLE_IPv6: 'true', ENABLE_IPv4: 'false', ENABLE_PREFIX_DELEGATION: 'true' };
const SNAT = { AWS_VPC_K8S_CNI_EXTERNALSNAT: 'true' };
const karpenterIn = (zone: string) => ({
  labels: {
    'karpenter.sh/nodepool': 'default',
    'topology.kubernetes.io/zone': zone,
    'node.kubernetes.io/instance-type': 'm5.large',
  },
});

export const SUBNETS: readonly Report[] = [
  {
    story: 'aws-eks-best-practices: all three zones of a managed group are out of addresses while EKS reports it',
    of: () => {
      const world = new World();
      for (const [i, zone] of ['a', 'b', 'c'].entries())
        world
          .subnet(`subnet-0${zone}`, `10.0.0.${i * 32}/27`, `eu-west-1${zone}`)
          .node(`n${i + 1}`, { home: `subnet-0${zone}`, primary: 9, further: [9], running: 10 })
          .foreign(`eni-${zone}`, `subnet-0${zone}`, 7);
      const health = [{ code: 'InsufficientFreeAddresses', message: '', resourceIds: [] }];
      const subnetIds = ['subnet-0a', 'subnet-0b', 'subnet-0c'];
      return world.snapshot({ addons: [ADDON], nodegroups: [nodegroup({ subnetIds, nodeRole: NODE_ROLE, health })] });
    },
    told: ['NOD007/addresses <- SUB001', 'SUB001'],
  },
  {
    story:
      'eksctl: a group launches nothing because its only subnet has no address left, which EKS tells as a failed launch',
    of: () => {
      const health = [{ code: 'AsgInstanceLaunchFailures', message: '', resourceIds: [] }];
      return plain()
        .subnet('subnet-new', '10.0.8.0/28', 'eu-west-1a')
        .hide('subnet-new', 11)
        .snapshot({
          addons: [ADDON],
          nodegroups: [
            nodegroup({ subnetIds: ['subnet-0a', 'subnet-0b'], nodeRole: NODE_ROLE }),
            nodegroup({ name: 'new', subnetIds: ['subnet-new'], nodeRole: NODE_ROLE, health }),
          ],
        });
    },
    told: ['NOD007/launch <- SUB001', 'SUB001'],
    command: /aws eks wait nodegroup-active .*new-2 .* && aws eks delete-nodegroup .*--nodegroup-name new /,
  },
  {
    story: 'amazon-vpc-cni-k8s#2793: nodes of few pods hold a whole spare ENI of many addresses each',
    of: () => {
      const world = new World().subnet('subnet-0a', '10.0.0.0/24', 'eu-west-1a');
      const large = { type: 'm5.2xlarge', primary: 14, further: [14, 14], running: 6, maxPods: 58 };
      for (const n of ['n1', 'n2', 'n3']) world.node(n, { home: 'subnet-0a', ...large });
      return world.snapshot({ addons: [ADDON] });
    },
    told: ['SUB006'],
    command: /MINIMUM_IP_TARGET/,
  },
  {
    story: 'karpenter-provider-aws#3380: one of the subnets Karpenter launches nodes in is full, the others are empty',
    of: () => {
      const world = new World().subnet('subnet-0a', '10.0.0.0/26', 'eu-west-1a').foreign('eni-x', 'subnet-0a', 38);
      world.subnet('subnet-0b', '10.0.1.0/24', 'eu-west-1b').subnet('subnet-0c', '10.0.2.0/24', 'eu-west-1c');
      for (const zone of ['a', 'b', 'c'])
        world.node(`n-${zone}`, {
          ...{ home: `subnet-0${zone}`, primary: 9, further: [9], running: 12 },
          node: karpenterIn(`eu-west-1${zone}`),
        });
      const nodeClass = { kind: 'EC2NodeClass', name: 'default' };
      const subnetIds = ['subnet-0a', 'subnet-0b', 'subnet-0c'];
      return world.snapshot({
        nodegroups: [],
        addons: [ADDON],
        nodePools: [{ name: 'default', nodeClass, limits: { cpu: '1000' }, requirements: [] }],
        nodeClasses: [{ ...nodeClass, subnetIds, securityGroupIds: ['sg-node'], notReady: [] }],
      });
    },
    told: ['PLT007/full-zone <- SUB001', 'SUB001', 'SUB003 <- SUB001', 'SUB005'],
    shows: { SUB001: { subnetId: 'subnet-0a', free: 1, total: 59, neededByOneNode: 10 } },
    command: /create-subnet .*--availability-zone eu-west-1a .*kubernetes\.io\/role\/cni/,
  },
  {
    story: 'aws-support-tools#257: functions of Lambda hold most of the subnet in which pods wait',
    of: () => {
      const world = new World()
        .subnet('subnet-0a', '10.0.0.0/25', 'eu-west-1a')
        .subnet('subnet-0b', '10.0.1.0/24', 'eu-west-1b')
        .node('n1', { home: 'subnet-0a', primary: 9, running: 9, waiting: 2 })
        .node('n2', { home: 'subnet-0b', primary: 9, further: [9], running: 12 });
      const lambda = { type: 'lambda', status: 'in-use', requesterManaged: true } as const;
      for (let i = 0; i < 113; i++)
        world.foreign(`eni-fn${i}`, 'subnet-0a', 1, { ...lambda, origin: { kind: 'lambda', id: 'fn' } });
      return world.snapshot({ addons: [ADDON] });
    },
    told: ['SUB001', 'SUB003 <- SUB001', 'SUB005'],
    shows: { SUB001: { free: 0, waitingPods: 2 } },
    command: /create-subnet /,
  },
  {
    story: 'docs.aws.amazon.com: a subnet shared from another account is full, of what this account cannot see',
    of: () => {
      const ownerId = '999988887777';
      return new World()
        .subnet('subnet-0a', '10.0.0.0/26', 'eu-west-1a', { ownerId })
        .subnet('subnet-0b', '10.0.1.0/24', 'eu-west-1b', { ownerId })
        .node('n1', { home: 'subnet-0a', primary: 9, running: 9, waiting: 3 })
        .node('n2', { home: 'subnet-0b', primary: 9, further: [9], running: 12 })
        .hide('subnet-0a', 49)
        .snapshot({
          addons: [ADDON],
          vpc: { vpcId: VPC, ownerId, cidrs: [{ cidr: '10.0.0.0/16', state: 'associated' }], ipv6Cidrs: [] },
        });
    },
    told: ['SUB001', 'SUB003 <- SUB001'],
    // only the owner of the VPC makes subnets in it
    never: /create-subnet|associate-vpc-cidr-block/,
  },
  {
    story: 'amazon-vpc-cni-k8s#2959: the subnet of a second range is tagged for pods, in a zone without nodes',
    of: () =>
      new World()
        .subnet('subnet-0a', '10.0.0.0/27', 'eu-west-1a')
        .subnet('subnet-pb', '100.64.0.0/20', 'eu-west-1b', { tags: { 'kubernetes.io/role/cni': '1' } })
        .node('n1', { home: 'subnet-0a', primary: 9, further: [9], running: 18, waiting: 2 })
        .foreign('eni-x', 'subnet-0a', 7)
        .snapshot({
          addons: [ADDON],
          vpc: TWO_RANGES,
          nodegroups: [nodegroup({ subnetIds: ['subnet-0a'], nodeRole: NODE_ROLE })],
        }),
    told: ['SUB001 <- SUB007', 'SUB007/own-full'],
    command: /create-subnet .*--availability-zone eu-west-1a .*kubernetes\.io\/role\/cni/,
  },
  {
    story: 'eksctl#4701: a group of an IPv6 cluster fails, since its subnet gives new instances no IPv6 address',
    of: () => {
      const world = new World()
        .subnet('subnet-0a', '10.0.0.0/24', 'eu-west-1a', { ipv6Cidrs: ['2001:db8:1::/64'], assignIpv6: true })
        .subnet('subnet-0b', '10.0.1.0/24', 'eu-west-1b', { ipv6Cidrs: ['2001:db8:2::/64'] })
        .node('n1', { home: 'subnet-0a', maxPods: 110 });
      const own = cni({ env: IPV6, pods: world.cniPods, desired: 1 });
      const health = [{ code: 'Ec2SubnetMissingIpv6Assignment', message: '', resourceIds: ['subnet-0b'] }];
      const failed = { name: 'new', status: 'CREATE_FAILED', subnetIds: ['subnet-0b'], health };
      return world.snapshot({
        cluster: cluster({ ipFamily: 'ipv6' }),
        iam: nodesMay('ec2:*'),
        addons: [addon({ configuration: { env: IPV6 } })],
        cni: { ...own, initContainers: own.initContainers.map((c) => ({ ...c, env: { ENABLE_IPv6: 'true' } })) },
        nodegroups: [
          nodegroup({ subnetIds: ['subnet-0a'], nodeRole: NODE_ROLE }),
          nodegroup({ ...failed, nodeRole: NODE_ROLE }),
        ],
      });
    },
    told: ['IP6001/no-auto-assign', 'NOD007/subnet <- IP6001'],
    command: /modify-subnet-attribute --subnet-id subnet-0b --assign-ipv6-address-on-creation/,
  },
  {
    story: 'amazon-vpc-cni-k8s#69: two ENIs were left by nodes that ended, in a subnet with room',
    of: () =>
      plain()
        .leak('eni-a', 'subnet-0a', 10, 90)
        .leak('eni-b', 'subnet-0a', 10, 4000)
        .snapshot({ addons: [ADDON] }),
    told: ['LEK001/dead-instance'],
    shows: { LEK001: { addresses: 20, total: 251 } },
    command: [/delete-network-interface --network-interface-id eni-a /, /--network-interface-id eni-b /],
  },
  {
    story: 'amazon-vpc-cni-k8s#519: external SNAT on public subnets: what pods send to the internet is never answered',
    of: () =>
      plain().snapshot({
        env: SNAT,
        addons: [addon({ configuration: { env: SNAT } })],
        routeTables: routes(['subnet-0a', 'subnet-0b'], 'igw-1'),
      }),
    told: ['RTE001/external-snat-igw'],
    shows: { RTE001: { subnets: ['subnet-0a', 'subnet-0b'], target: 'igw-1', nodes: ['n1', 'n2'] } },
    command: /AWS_VPC_K8S_CNI_EXTERNALSNAT.{1,5}false/,
  },
];
