/**
 * A small shop on custom networking and prefixes: six nodes of four types in three groups over three zones, no ENIConfig
 * for the third zone, and a pod subnet in the first whose free addresses lie scattered among Lambda's.
 */
import type { NetworkInterface } from '../../src/inspect/snapshot/ec2.ts';
import type { Node } from '../../src/inspect/snapshot/kubernetes.ts';
import type { Pod } from '../../src/inspect/snapshot/pods.ts';
import type { ClusterSnapshot } from '../../src/inspect/snapshot.ts';
import {
  addon,
  ago,
  cluster,
  cni,
  cniEni,
  eni,
  eniConfig,
  event,
  type GivenSections,
  iamOfNodes,
  instance,
  NODE_PROFILE,
  NODE_ROLE,
  node,
  nodegroup,
  pod,
  subnet,
  VPC,
  wholeSnapshot,
  workloads,
} from './snapshot-builder.ts';

export const NODE_SUBNETS = {
  a: 'subnet-0a10000000000000a',
  b: 'subnet-0a10000000000000b',
  c: 'subnet-0a10000000000000c',
} as const;
export const POD_SUBNETS = { a: 'subnet-0b20000000000000a', b: 'subnet-0b20000000000000b' } as const;

type ZoneLetter = 'a' | 'b' | 'c';

interface Machine {
  readonly id: string;
  readonly zone: ZoneLetter;
  readonly type: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly maxPods: number;
  /** /28 of the zone's pod subnet it holds, by number. */
  readonly blocks: readonly number[];
  /** Application pods with an address, and those still waiting. */
  readonly apps: number;
  readonly stuck: number;
}

const GENERAL = { 'eks.amazonaws.com/nodegroup': 'general' };
const KARPENTER = { 'karpenter.sh/nodepool': 'default' };
const LEGACY = { 'alpha.eksctl.io/nodegroup-name': 'legacy' };

const MACHINES: readonly Machine[] = [
  {
    id: '0c0000000000000a1',
    zone: 'a',
    type: 'm5.large',
    labels: GENERAL,
    maxPods: 110,
    blocks: [1, 2, 3],
    apps: 38,
    stuck: 0,
  },
  {
    id: '0c0000000000000a2',
    zone: 'a',
    type: 'c6i.xlarge',
    labels: KARPENTER,
    maxPods: 110,
    blocks: [4, 5, 6],
    apps: 47,
    stuck: 4,
  },
  {
    id: '0c0000000000000a3',
    zone: 'a',
    type: 't3.medium',
    labels: LEGACY,
    maxPods: 17,
    blocks: [7],
    apps: 9,
    stuck: 0,
  },
  {
    id: '0c0000000000000b1',
    zone: 'b',
    type: 'm5.large',
    labels: GENERAL,
    maxPods: 110,
    blocks: [1, 2],
    apps: 12,
    stuck: 0,
  },
  {
    id: '0c0000000000000b2',
    zone: 'b',
    type: 'm5.xlarge',
    labels: KARPENTER,
    maxPods: 58,
    blocks: [3, 4, 5, 6],
    apps: 41,
    stuck: 0,
  },
  {
    id: '0c0000000000000c1',
    zone: 'c',
    type: 'm5.large',
    labels: GENERAL,
    maxPods: 110,
    blocks: [],
    apps: 0,
    stuck: 2,
  },
];

const ZONE_NUMBER = { a: 0, b: 1, c: 2 } as const;
const nameOf = (m: Machine, i: number) => `ip-10-0-${ZONE_NUMBER[m.zone]}-${10 + i}.eu-west-1.compute.internal`;

export function shop(over: GivenSections = {}): ClusterSnapshot {
  const interfaces = [...MACHINES.flatMap(enisOf), ...strangers()];
  return wholeSnapshot({
    iam: iamOfNodes(),
    cluster: cluster({
      name: 'shop',
      arn: 'arn:aws:eks:eu-west-1:111122223333:cluster/shop',
      subnetIds: [NODE_SUBNETS.a, NODE_SUBNETS.b],
      createdAt: ago(300 * 86_400),
    }),
    vpc: {
      vpcId: VPC,
      cidrs: [
        { cidr: '10.0.0.0/16', state: 'associated' },
        { cidr: '100.64.0.0/16', state: 'associated' },
      ],
      ipv6Cidrs: [],
    },
    addons: [
      addon({
        version: 'v1.20.4-eksbuild.2',
        modifiedAt: ago(2400),
        configurationText: '{"env":{"AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG":"true","ENABLE_PREFIX_DELEGATION":"true"}}',
        configuration: { env: { AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG: 'true', ENABLE_PREFIX_DELEGATION: 'true' } },
      }),
    ],
    addonVersions: {
      addon: 'vpc-cni',
      kubernetesVersion: '1.34',
      versions: [{ version: 'v1.20.4-eksbuild.2', default: true }],
    },
    cni: cni({
      version: 'v1.20.4-eksbuild.2',
      evidence: ['label app.kubernetes.io/managed-by=EKS'],
      changedAt: ago(2380),
      desired: 6,
      ready: 5,
      pods: MACHINES.map(awsNodeOn),
      env: {
        AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG: 'true',
        ENABLE_PREFIX_DELEGATION: 'true',
        ENI_CONFIG_LABEL_DEF: 'topology.kubernetes.io/zone',
      },
    }),
    nodegroups: [
      nodegroup({
        nodeRole: NODE_ROLE,
        name: 'general',
        subnetIds: Object.values(NODE_SUBNETS),
        minSize: 3,
        maxSize: 6,
        desiredSize: 3,
        modifiedAt: ago(86_400),
      }),
    ],
    subnets: subnets(interfaces),
    networkInterfaces: interfaces,
    instances: MACHINES.map((m) =>
      instance({
        instanceId: `i-${m.id}`,
        instanceProfileArn: NODE_PROFILE,
        instanceType: m.type,
        subnetId: NODE_SUBNETS[m.zone],
        availabilityZone: `eu-west-1${m.zone}`,
      }),
    ),
    nodes: MACHINES.map(nodeOf),
    pods: MACHINES.flatMap(podsOn),
    workloads: workloads({
      daemonSets: [
        daemonSet('kube-system', 'aws-node', true),
        daemonSet('kube-system', 'kube-proxy', true),
        daemonSet('logging', 'fluent-bit', false),
      ],
    }),
    events: MACHINES.flatMap(eventsOn),
    eniConfigs: [
      eniConfig({ name: 'eu-west-1a', subnetId: POD_SUBNETS.a }),
      eniConfig({ name: 'eu-west-1b', subnetId: POD_SUBNETS.b }),
    ],
    ...over,
  });
}

function nodeOf(m: Machine, i: number): Node {
  return node({
    name: nameOf(m, i),
    instanceId: `i-${m.id}`,
    type: m.type,
    zone: `eu-west-1${m.zone}`,
    maxPods: m.maxPods,
    labels: m.labels,
    createdAt: ago(20 * 86_400),
    ...(m.zone === 'c' ? { ready: 'False', readyReason: 'cni-not-initialized', readySince: ago(1500) } : {}),
  });
}

/** ipamd gives up where no ENIConfig has the zone's name. */
function awsNodeOn(m: Machine, i: number) {
  const lost = m.zone === 'c';
  return {
    name: `aws-node-${m.id.slice(-2)}`,
    node: nameOf(m, i),
    ready: !lost,
    phase: 'Running',
    restarts: lost ? 7 : 0,
    ...(lost ? { waitingReason: 'CrashLoopBackOff', exitCode: 1 } : {}),
  };
}

function enisOf(m: Machine, i: number): NetworkInterface[] {
  const z = ZONE_NUMBER[m.zone];
  const primary = eni({
    eniId: `eni-${m.id}`,
    attachedTo: `i-${m.id}`,
    attachedAt: ago(20 * 86_400),
    subnetId: NODE_SUBNETS[m.zone],
    availabilityZone: `eu-west-1${m.zone}`,
    primaryIp: `10.0.${z}.${10 + i}`,
    tags: { 'node.k8s.amazonaws.com/instance_id': `i-${m.id}` },
  });
  if (m.zone === 'c') return [primary];
  const further = cniEni({
    eniId: `eni-${m.id.replace('0c', '0d')}`,
    attachedTo: `i-${m.id}`,
    createdAt: ago(20 * 86_400),
    subnetId: POD_SUBNETS[m.zone],
    availabilityZone: `eu-west-1${m.zone}`,
    primaryIp: `100.64.${z}.${4 + i}`,
    prefixes: m.blocks.map((b) => `100.64.${z}.${16 * b}/28`),
  });
  return [primary, further];
}

/** Lambda in every block of the first pod subnet that nodes left, two leaked ENIs in the second, a load balancer. */
function strangers(): NetworkInterface[] {
  const lambda = [8, 9, 10, 11, 12, 13, 14].map((block) =>
    eni({
      eniId: `eni-0e00000000000000${block.toString(16)}`,
      type: 'lambda',
      status: 'in-use',
      origin: { kind: 'lambda', id: 'checkout' },
      requesterManaged: true,
      subnetId: POD_SUBNETS.a,
      availabilityZone: 'eu-west-1a',
      primaryIp: `100.64.0.${16 * block + 5}`,
    }),
  );
  const leaked = [20, 21].map((host) =>
    eni({
      eniId: `eni-0f000000000000${host}`,
      status: 'available',
      origin: { kind: 'cni-secondary', id: 'i-0deadbeefdeadbeef' },
      subnetId: POD_SUBNETS.b,
      availabilityZone: 'eu-west-1b',
      primaryIp: `100.64.1.${200 + host}`,
      tags: {
        'node.k8s.amazonaws.com/instance_id': 'i-0deadbeefdeadbeef',
        'node.k8s.amazonaws.com/createdAt': ago(3 * 86_400),
      },
    }),
  );
  const balancer = eni({
    eniId: 'eni-0a0000000000000e1',
    type: 'network_load_balancer',
    status: 'in-use',
    origin: { kind: 'load-balancer', id: 'net/shop' },
    requesterManaged: true,
    subnetId: NODE_SUBNETS.a,
    availabilityZone: 'eu-west-1a',
    primaryIp: '10.0.0.200',
  });
  return [...lambda, ...leaked, balancer];
}

function subnets(interfaces: readonly NetworkInterface[]) {
  const free = (id: string) =>
    251 -
    interfaces
      .filter((e) => e.subnetId === id)
      .reduce((n, e) => n + (e.primaryIp ? 1 : 0) + e.secondaryIps.length + 16 * e.prefixes.length, 0);
  const of = (subnetId: string, zone: string, cidr: string, name: string) =>
    subnet({
      subnetId,
      availabilityZone: `eu-west-1${zone}`,
      cidr,
      availableIps: free(subnetId),
      tags: { Name: name },
    });
  return [
    of(NODE_SUBNETS.a, 'a', '10.0.0.0/24', 'nodes-1a'),
    of(NODE_SUBNETS.b, 'b', '10.0.1.0/24', 'nodes-1b'),
    of(NODE_SUBNETS.c, 'c', '10.0.2.0/24', 'nodes-1c'),
    of(POD_SUBNETS.a, 'a', '100.64.0.0/24', 'pods-1a'),
    of(POD_SUBNETS.b, 'b', '100.64.1.0/24', 'pods-1b'),
  ];
}

function podsOn(m: Machine, i: number): Pod[] {
  const at = nameOf(m, i);
  const z = ZONE_NUMBER[m.zone];
  const ips = m.blocks.flatMap((b) => Array.from({ length: 16 }, (_, k) => `100.64.${z}.${16 * b + k}`));
  const host = ['aws-node', 'kube-proxy'].map((owner) =>
    pod({
      name: `${owner}-${m.id.slice(-2)}`,
      namespace: 'kube-system',
      node: at,
      class: 'host-network',
      owner: `DaemonSet/${owner}`,
      ip: `10.0.${z}.${10 + i}`,
    }),
  );
  const log =
    m.zone === 'c'
      ? []
      : [
          pod({
            name: `fluent-bit-${m.id.slice(-2)}`,
            namespace: 'logging',
            node: at,
            owner: 'DaemonSet/fluent-bit',
            ip: ips[0],
          }),
        ];
  const apps = Array.from({ length: m.apps }, (_, k) =>
    pod({ name: `web-${m.id.slice(-2)}-${k}`, namespace: 'shop', node: at, owner: 'Deployment/web', ip: ips[k + 1] }),
  );
  const waiting = Array.from({ length: m.stuck }, (_, k) =>
    pod({
      name: `cart-${m.id.slice(-2)}-${k}`,
      namespace: 'shop',
      node: at,
      owner: 'Deployment/cart',
      phase: 'Pending',
      waiting: true,
      createdAt: ago(1380 - 60 * k),
    }),
  );
  return [...host, ...log, ...apps, ...waiting];
}

function eventsOn(m: Machine) {
  return Array.from({ length: m.stuck }, (_, k) =>
    event({
      kind: 'assign-ip-failed',
      source: 'kubelet',
      object: { kind: 'Pod', namespace: 'shop', name: `cart-${m.id.slice(-2)}-${k}` },
      count: 40,
      firstAt: ago(1380 - 60 * k),
      lastAt: ago(30),
    }),
  );
}

function daemonSet(namespace: string, name: string, hostNetwork: boolean) {
  return { namespace, name, hostNetwork, desired: 6, ready: 6, images: [] };
}
