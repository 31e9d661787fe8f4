/** Nodes that run, and give new pods nothing: what stops the node as a whole is told once, and no second time by its pods. */
import { addon, ago, cni, eniConfig, event, NODE_ROLE, nodegroup, pod, VPC } from '../../support/snapshot-builder.ts';
import { CUSTOM, CUSTOM_PREFIX, custom, customSections, plain } from '../checks/cases/worlds.ts';
import { World } from '../checks/world.ts';
import {
  ADDON,
  crashing,
  dbWaits,
  degraded,
  NEVER_READY,
  POD_ENI,
  podGroups,
  type Report,
  routes,
  trunkOf,
} from './report.ts';

type Over = Parameters<World['snapshot']>[0];

/** One node whose ENIs are full, of which its pods want more. */
const full = (node: Partial<Parameters<World['node']>[1]> = {}) =>
  new World()
    .subnet('subnet-0a', '10.0.0.0/24', 'eu-west-1a')
    .node('n1', { home: 'subnet-0a', primary: 9, running: 9, waiting: 2, ...node });

/** The same with custom networking: the ENI of its ENIConfig is full, and a further one has to be made. */
const fullCustom = (over: Over) =>
  new World()
    .subnet('subnet-na', '10.0.0.0/24', 'eu-west-1a')
    .subnet('subnet-pa', '100.64.0.0/22', 'eu-west-1a')
    .node('n1', { home: 'subnet-na', pods: 'subnet-pa', further: [9], running: 9, waiting: 3, maxPods: 20 })
    .snapshot({
      ...customSections,
      env: CUSTOM,
      nodegroups: [nodegroup({ subnetIds: ['subnet-na'], nodeRole: NODE_ROLE })],
      addons: [addon({ configuration: { env: CUSTOM } })],
      eniConfigs: [eniConfig({ name: 'eu-west-1a', subnetId: 'subnet-pa', securityGroupIds: ['sg-pods'] })],
      ...over,
    });

/** A third node of custom networking that never gets ready. */
function stuckNode(over: Over, env: Readonly<Record<string, string>> = CUSTOM_PREFIX) {
  const world = custom().node('a2', { home: 'subnet-na', pods: 'subnet-pa', maxPods: 110, node: NEVER_READY });
  return world.snapshot({
    ...customSections,
    env,
    addons: [degraded({ configuration: { env } })],
    cni: cni({ env, pods: crashing(world, ['a2']), desired: 3 }),
    ...over,
  });
}

/** A pod with security groups that the scheduler places nowhere. */
function unplaced(world: World): World {
  const object = { kind: 'Pod', namespace: 'shop', name: 'db-0' };
  const waits = { phase: 'Pending', createdAt: ago(600), labels: { app: 'db' }, injected: true } as const;
  world.pods.push(pod({ name: 'db-0', namespace: 'shop', class: 'branch', ...waits }));
  world.events.push(event({ kind: 'pod-eni-insufficient', reason: 'FailedScheduling', object, count: 9 }));
  return world;
}
const grouped = (...nodes: string[]): Over => ({
  ...podGroups(...nodes),
  env: POD_ENI,
  addons: [addon({ configuration: { env: POD_ENI } })],
  routeTables: routes(['subnet-0a'], 'nat-1'),
});

const reserved = (...cidrs: string[]): Over => ({
  cidrReservations: {
    subnetIds: ['subnet-0a'],
    reservations: cidrs.map((cidr, i) => ({
      ...{ reservationId: `scr-${i}`, subnetId: 'subnet-0a', cidr },
      type: 'explicit' as const,
    })),
  },
});
const PREFIX = { ENABLE_PREFIX_DELEGATION: 'true', WARM_PREFIX_TARGET: '1' };
const prefixes = (over: Over): Over => ({ env: PREFIX, addons: [addon({ configuration: { env: PREFIX } })], ...over });
const BOUND = { unschedulable: true, taints: [{ key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' }] };
const OFFLINE = { DISABLE_NETWORK_RESOURCE_PROVISIONING: 'true' };
const DOWN = ['ADD002', 'HLT002/crash', 'HLT003'];

export const NODES: readonly Report[] = [
  {
    story: 'amazon-vpc-cni-k8s#2426: the group of an ENIConfig was deleted, and a node that runs gets no further ENI',
    of: () => fullCustom({ securityGroups: [] }),
    told: ['CUS004/missing'],
    shows: { CUS004: { nodes: 1, waitingPods: 3 } },
    command: /patch eniconfig eu-west-1a .*"securityGroups":\[\]/,
  },
  {
    story: 'amazon-vpc-cni-k8s#302: the subnet of an ENIConfig was deleted under a node that runs',
    of: () =>
      fullCustom({
        eniConfigs: [eniConfig({ name: 'eu-west-1a', subnetId: 'subnet-gone', securityGroupIds: ['sg-pods'] })],
      }),
    told: ['CUS003/not-found'],
    command: /create-subnet .*--availability-zone eu-west-1a/,
  },
  {
    story: 'terraform-aws-eks: the ENIConfig names a group of another VPC, and pods of its node wait',
    of: () => fullCustom({ securityGroups: [{ groupId: 'sg-pods', vpcId: 'vpc-other', name: 'pods' }] }),
    told: ['CUS004/other-vpc'],
    command: /patch eniconfig eu-west-1a .*"securityGroups":\[\]/,
  },
  {
    story: 'terraform-aws-eks: the ENIConfig names a group of another VPC, and a new node never gets ready',
    of: () =>
      stuckNode({
        securityGroups: [
          { groupId: 'sg-pods', vpcId: VPC, name: 'pods' },
          { groupId: 'sg-far', vpcId: 'vpc-other', name: 'far' },
        ],
        eniConfigs: [
          eniConfig({ name: 'eu-west-1a', subnetId: 'subnet-pa', securityGroupIds: ['sg-pods', 'sg-far'] }),
          eniConfig({ name: 'eu-west-1b', subnetId: 'subnet-pb', securityGroupIds: ['sg-pods'] }),
        ],
        networkInterfaces: custom().enis.map((e) =>
          e.eniId === 'eni-a1-1' ? { ...e, securityGroupIds: ['sg-pods', 'sg-far'] } : e,
        ),
      }),
    told: ['CUS004/other-vpc', ...DOWN.map((code) => `${code} <- CUS004`)],
    command: /patch eniconfig eu-west-1a .*"securityGroups":\["sg-pods"\]/,
  },
  {
    story:
      'kubernetes.io well-known labels: the label of zones changed its name, and new nodes carry only the newer one',
    of: () => {
      const env = { ...CUSTOM_PREFIX, ENI_CONFIG_LABEL_DEF: 'failure-domain.beta.kubernetes.io/zone' };
      const made = stuckNode({}, env);
      if (made.nodes.status !== 'ok') throw new Error('no nodes');
      const aged = made.nodes.data.map((n) =>
        n.name === 'a2'
          ? n
          : {
              ...n,
              labels: {
                ...n.labels,
                'failure-domain.beta.kubernetes.io/zone': n.labels['topology.kubernetes.io/zone']!,
              },
            },
      );
      return { ...made, nodes: { status: 'ok' as const, data: aged } };
    },
    told: ['CUS001/label-def-missing', 'CUS005/deprecated-label <- CUS001', ...DOWN.map((code) => `${code} <- CUS001`)],
    command: /"ENI_CONFIG_LABEL_DEF":"topology\.kubernetes\.io\/zone"/,
  },
  {
    story: 'aws-eks-best-practices: the ENIConfig of one zone names the subnet of another',
    of: () =>
      stuckNode({
        eniConfigs: ['eu-west-1a', 'eu-west-1b'].map((name) =>
          eniConfig({ name, subnetId: 'subnet-pb', securityGroupIds: ['sg-pods'] }),
        ),
      }),
    told: ['CUS002', ...DOWN.map((code) => `${code} <- CUS002`)],
    command: /patch eniconfig eu-west-1a .*subnet-pa/,
  },
  {
    story: 'amazon-vpc-cni-k8s README: DISABLE_NETWORK_RESOURCE_PROVISIONING is left on, and a node is full',
    of: () => full().snapshot({ env: OFFLINE, addons: [addon({ configuration: { env: OFFLINE } })] }),
    told: ['CFG006/no-provisioning'],
    shows: { CFG006: { deadEnds: ['n1'] } },
    command: /"DISABLE_NETWORK_RESOURCE_PROVISIONING":"false"/,
  },
  {
    story: 'amazon-eks-user-guide: the instance metadata of a node was switched off while it ran',
    of: () => {
      const world = plain().waiting('web-new', 'n1');
      const metadata = { endpoint: 'disabled', tokens: 'required', hopLimit: 1 };
      const instances = world.instances.map((i) => (i.instanceId === 'i-n1' ? { ...i, metadata } : i));
      return world.snapshot({ addons: [ADDON], instances });
    },
    told: ['NOD005'],
    command: /modify-instance-metadata-options --instance-id i-n1 --http-endpoint enabled/,
  },
  {
    story: 'amazon-vpc-cni-k8s#1836: explicit reservations cover a subnet that EC2 calls nearly empty',
    of: () => full().snapshot({ addons: [ADDON], ...reserved('10.0.0.0/25', '10.0.0.128/25') }),
    told: ['SUB009'],
    shows: { SUB009: { usable: 0, total: 251, waitingPods: 2 } },
    command: [/--subnet-cidr-reservation-id scr-0 /, /--subnet-cidr-reservation-id scr-1 /],
  },
  {
    story: 'amazon-vpc-cni-k8s#1836 with prefixes: every block lies in a reservation, and pods wait',
    of: () =>
      full({ primary: 2, prefixes: true, running: 32, waiting: 3, maxPods: 110 }).snapshot(
        prefixes(reserved('10.0.0.0/25', '10.0.0.128/25')),
      ),
    told: ['PFX001 <- SUB009', 'SUB009'],
    command: /--subnet-cidr-reservation-id scr-0 /,
  },
  {
    story: 'amazon-vpc-cni-k8s#1223: a cordoned node gets no further ENI for the pods of DaemonSets',
    of: () => full({ node: BOUND }).snapshot({ addons: [ADDON] }),
    told: ['NOD006'],
    command: [/uncordon n1/, /"AWS_MANAGE_ENIS_NON_SCHEDULABLE":"true"/],
  },
  {
    story:
      'amazon-vpc-resource-controller-k8s#154: all slots of the nodes were taken when security groups for pods came on',
    of: () =>
      unplaced(
        new World()
          .subnet('subnet-0a', '10.0.0.0/24', 'eu-west-1a')
          .node('n1', { home: 'subnet-0a', type: 'm5a.large', primary: 9, further: [9, 9], running: 22, maxPods: 29 }),
      ).snapshot(grouped('n1')),
    // all 27 addresses serve on: the node admits no pod too many while no trunk can come
    told: ['SGP003/no-slot'],
    command: /drain n1 .* && aws autoscaling terminate-instance-in-auto-scaling-group --instance-id i-n1 /,
  },
  {
    story: 'containers-roadmap#1342: t3 nodes carry no trunk, and a pod with security groups fits nowhere',
    of: () =>
      unplaced(
        new World()
          .subnet('subnet-0a', '10.0.0.0/24', 'eu-west-1a')
          .node('n1', { home: 'subnet-0a', type: 't3.large', primary: 11, running: 6, maxPods: 35 }),
      ).snapshot(grouped('n1')),
    told: ['SGP002'],
  },
  {
    story: 'amazon-eks-user-guide: a SecurityGroupPolicy names a group that was deleted',
    of: () =>
      dbWaits(
        new World()
          .subnet('subnet-0a', '10.0.0.0/24', 'eu-west-1a')
          .node('n1', { home: 'subnet-0a', primary: 9, running: 6, maxPods: 20, node: { podEni: 9 } })
          .foreign('eni-trunk', 'subnet-0a', 1, trunkOf('i-n1', 1)),
        'n1',
        'security-group-refused',
      ).snapshot({ ...grouped('n1'), securityGroups: [{ groupId: 'sg-node', vpcId: VPC, name: 'nodes' }] }),
    told: ['SGP006/missing'],
    command: /get securitygrouppolicy db /,
  },
  {
    story: 'amazon-vpc-cni-k8s docs/troubleshooting: EC2 refuses another ENI to a node that has a slot left',
    of: () => {
      const world = full({ further: [9], running: 18 });
      const object = { kind: 'Pod', namespace: 'kube-system', name: 'aws-node-n1' };
      world.events.push(event({ kind: 'attachment-limit', object, node: 'n1', count: 20 }));
      return world.snapshot({ addons: [ADDON] });
    },
    told: ['NOD002/refused'],
    shows: { NOD002: { waitingPods: 2 } },
    command: /cordon n1/,
  },
  {
    story: 'amazon-eks-user-guide: nodes of Xen types do no prefixes, and kubelet admits as many pods as with them',
    of: () =>
      full({ type: 'm4.large', further: [9], running: 18, waiting: 4, maxPods: 110 }).snapshot(
        prefixes({
          nodegroups: [nodegroup({ subnetIds: ['subnet-0a'], nodeRole: NODE_ROLE, instanceTypes: ['m4.large'] })],
        }),
      ),
    told: ['MAX001/nonnitro <- PFX003', 'PFX003/type'],
  },
  {
    story: 'amazon-vpc-cni-k8s#1425: aws-node of one node is killed again and again, and pods there hang',
    of: () => {
      const world = plain().waiting('web-new', 'n1');
      const pods = crashing(world, ['n1'], { exitCode: 137, endedReason: 'Error' });
      return world.snapshot({ addons: [degraded()], cni: cni({ pods, desired: 2 }) });
    },
    told: ['ADD002 <- HLT002', 'HLT002/killed'],
    command: /set resources ds\/aws-node -c aws-node --requests=cpu=100m/,
  },
  {
    story:
      'kubernetes: the kubelet of a node is silent, and its aws-node counts as not ready: nothing of the network is wrong',
    of: () => {
      const silent = { ready: 'Unknown', readyReason: 'kubelet-silent', readySince: ago(1200) } as const;
      const world = plain().node('n3', { home: 'subnet-0a', primary: 9, running: 5, node: silent });
      const pods = world.cniPods.map((p) => (p.node === 'n3' ? { ...p, ready: false, containers: [] } : p));
      return world.snapshot({ addons: [ADDON], cni: cni({ pods, desired: 3, ready: 2 }) });
    },
    told: [],
  },
  {
    story: 'aws-efs-csi-driver#629: a pod waits for a Secret and a volume, which is not the network',
    of: () => {
      const world = plain();
      world.pods.push(
        pod({ name: 'app', namespace: 'shop', node: 'n1', phase: 'Pending', waiting: true, createdAt: ago(900) }),
      );
      const object = { kind: 'Pod', namespace: 'shop', name: 'app' };
      world.events.push(event({ kind: 'volume-failed', reason: 'FailedMount', volume: 'creds', object, count: 9 }));
      return world.snapshot({ addons: [ADDON] });
    },
    told: [],
  },
  {
    story: 'amazon-vpc-cni-k8s#2984: the subnet of the nodes is closed to pods by its tag, and another serves them',
    of: () =>
      new World()
        .subnet('subnet-0a', '10.0.0.0/24', 'eu-west-1a', { tags: { 'kubernetes.io/role/cni': '0' } })
        .subnet('subnet-pa', '10.0.16.0/20', 'eu-west-1a', { tags: { 'kubernetes.io/role/cni': '1' } })
        .node('n1', { home: 'subnet-0a', pods: 'subnet-pa', further: [9, 9], running: 15, maxPods: 20 })
        .snapshot({ addons: [ADDON], nodegroups: [nodegroup({ subnetIds: ['subnet-0a'], nodeRole: NODE_ROLE })] }),
    told: [],
  },
];
