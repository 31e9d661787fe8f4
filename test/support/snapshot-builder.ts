/**
 * Small snapshots for tests. `snapshot({...})` holds the sections given and has every other one skipped; `wholeSnapshot({...})`
 * has every other one read and empty. The makers fill in what a test does not care about.
 */
import { loadCatalog } from '../../src/calc/catalog/index.ts';
import { Run } from '../../src/inspect/facts/define-fact.ts';
import type { Addon, Cluster, Nodegroup } from '../../src/inspect/snapshot/aws.ts';
import type { Instance, NetworkInterface, Subnet } from '../../src/inspect/snapshot/ec2.ts';
import type { ClusterEvent, Cni, EniConfig, Node, Workloads } from '../../src/inspect/snapshot/kubernetes.ts';
import { PodTableBuilder } from '../../src/inspect/snapshot/pod-table-builder.ts';
import type { Pod } from '../../src/inspect/snapshot/pods.ts';
import type { Section } from '../../src/inspect/snapshot/section.ts';
import { type ClusterSnapshot, emptySections, type SectionData, type SectionName } from '../../src/inspect/snapshot.ts';

/** The moment every test snapshot was taken. */
export const NOW = '2026-11-01T12:00:00.000Z';

/** The time so many seconds before the snapshot. */
export function ago(seconds: number): string {
  return new Date(Date.parse(NOW) - seconds * 1000).toISOString();
}

type Given<N extends SectionName> = SectionData<N> | Section<SectionData<N>>;
export type GivenSections = { readonly [N in Exclude<SectionName, 'pods'>]?: Given<N> } & {
  readonly pods?: readonly Pod[] | Section<SectionData<'pods'>>;
};

export function snapshot(given: GivenSections = {}): ClusterSnapshot {
  return assemble(emptySections('not part of this test') as unknown as Record<string, Section<unknown>>, given);
}

export function wholeSnapshot(given: GivenSections = {}): ClusterSnapshot {
  const empty: { readonly [N in SectionName]: SectionData<N> } = {
    caller: { account: '111122223333', arn: 'arn:aws:iam::111122223333:role/reader' },
    cluster: cluster(),
    addons: [],
    addonVersions: { addon: 'vpc-cni', kubernetesVersion: '1.34', versions: [] },
    nodegroups: [],
    fargateProfiles: [],
    podIdentity: [],
    vpc: { vpcId: VPC, ownerId: '111122223333', cidrs: [{ cidr: '10.0.0.0/16', state: 'associated' }], ipv6Cidrs: [] },
    subnets: [],
    cidrReservations: { subnetIds: subnetIds(given), reservations: [] },
    networkInterfaces: [],
    instances: [],
    instanceTypes: [],
    routeTables: [],
    securityGroups: [],
    launchTemplates: [],
    autoScalingGroups: [],
    nodes: [],
    pods: new PodTableBuilder().build(),
    workloads: workloads(),
    events: [],
    cni: cni(),
    eniConfigs: [],
    securityGroupPolicies: [],
    cniNodes: [],
    networkPolicies: [],
    policyEndpoints: [],
    nodePools: [],
    nodeClasses: [],
    natGateways: [],
    vpcEndpoints: [],
    networkAcls: [],
    securityGroupRules: { groupIds: [], rules: [] },
    prefixLists: [],
    vpcPeerings: [],
    transitGatewayAttachments: [],
    iam: { roles: [], instanceProfiles: {}, oidcIssuers: [] },
    quotas: [
      { service: 'vpc', code: 'L-DF5E4CA3', name: 'Network interfaces per Region', value: 5000, used: 100 },
      { service: 'vpc', code: 'L-83CA0A9D', name: 'IPv4 CIDR blocks per VPC', value: 5, used: 1 },
    ],
    insights: [],
    services: [],
    webhooks: [],
    rbac: { bound: true },
    crds: [],
    persistentVolumes: [],
    cniLogs: [],
    cniMetrics: [],
  };
  return assemble(Object.fromEntries(Object.entries(empty).map(([n, data]) => [n, { status: 'ok', data }])), given);
}

/** A run over the snapshot with the embedded catalog. */
export async function runOf(of: ClusterSnapshot): Promise<Run> {
  return new Run(of, await loadCatalog());
}

export function denied(permission: string): Extract<Section<never>, { status: 'denied' }> {
  return { status: 'denied', permission, reason: `${permission} was denied` };
}

export function partial<T>(data: T, permission: string): Section<T> {
  return { status: 'partial', data, missing: [{ permission, reason: `${permission} was denied` }] };
}

const STATUSES = new Set(['ok', 'partial', 'denied', 'failed', 'skipped']);

function assemble(base: Record<string, Section<unknown>>, given: GivenSections): ClusterSnapshot {
  const sections = { ...base };
  for (const [name, value] of Object.entries(given)) if (value !== undefined) sections[name] = asSection(name, value);
  return {
    kind: 'ClusterSnapshot',
    schemaVersion: 1,
    tool: { name: 'vpccni', version: '0.0.0' },
    collectedAt: NOW,
    sources: [],
    ...sections,
  } as unknown as ClusterSnapshot;
}

function asSection(name: string, value: unknown): Section<unknown> {
  const status = (value as { status?: unknown }).status;
  if (typeof status === 'string' && STATUSES.has(status)) return value as Section<unknown>;
  return { status: 'ok', data: name === 'pods' ? podTable(value as readonly Pod[]) : value };
}

function subnetIds(given: GivenSections): string[] {
  return Array.isArray(given.subnets) ? given.subnets.map((s) => s.subnetId) : [];
}

export function podTable(pods: readonly Pod[]): SectionData<'pods'> {
  const table = new PodTableBuilder();
  for (const p of pods) table.add(p);
  return table.build();
}

export const VPC = 'vpc-0a1b2c3d4e5f60718';
export const CLUSTER = 'prod';

export function cluster(part: Partial<Cluster> = {}): Cluster {
  return {
    name: CLUSTER,
    arn: `arn:aws:eks:eu-west-1:111122223333:cluster/${CLUSTER}`,
    region: 'eu-west-1',
    account: '111122223333',
    version: '1.34',
    status: 'ACTIVE',
    vpcId: VPC,
    subnetIds: [],
    securityGroupIds: [],
    ipFamily: 'ipv4',
    autoMode: false,
    outpost: false,
    remoteNodeCidrs: [],
    remotePodCidrs: [],
    health: [],
    ...part,
  };
}

/** aws-node as the shipped manifest sets it, with `env` over it; `undefined` removes a variable. */
export function cni(
  part: Partial<Omit<Cni, 'containers'>> & { readonly env?: Readonly<Record<string, string | undefined>> } = {},
): Cni {
  const { env, ...rest } = part;
  const merged = { ENABLE_IPv4: 'true', WARM_ENI_TARGET: '1', WARM_PREFIX_TARGET: '1', ...env };
  const set = Object.entries(merged).filter((e): e is [string, string] => e[1] !== undefined);
  const image = 'amazon-k8s-cni:v1.23.1-eksbuild.1';
  return {
    installed: true,
    installMethod: 'managed-addon',
    evidence: [],
    version: 'v1.23.1-eksbuild.1',
    containers: [{ name: 'aws-node', image, env: Object.fromEntries(set), unresolved: [], args: [] }],
    initContainers: [{ name: 'aws-vpc-cni-init', image, env: {}, unresolved: [], args: [] }],
    pods: [],
    otherCnis: [],
    ...rest,
  };
}

/** Role of the nodes, which may do what aws-node asks for. */
export const NODE_ROLE = 'arn:aws:iam::111122223333:role/eks-nodes';

export const NODE_PROFILE = 'arn:aws:iam::111122223333:instance-profile/eks-nodes';

export function iamOfNodes(): SectionData<'iam'> {
  const rest = { notActions: [], notResources: [], conditions: [] };
  return {
    roles: [
      {
        arn: NODE_ROLE,
        name: 'eks-nodes',
        usedBy: ['nodes'],
        exists: true,
        attachedPolicies: ['arn:aws:iam::aws:policy/AmazonEKS_CNI_Policy'],
        statements: [{ effect: 'Allow', actions: ['ec2:*'], resources: ['*'], ...rest }],
        trust: [],
      },
    ],
    instanceProfiles: { [NODE_PROFILE]: NODE_ROLE },
    oidcIssuers: [],
  };
}

export function addon(part: Partial<Addon> = {}): Addon {
  return {
    name: 'vpc-cni',
    version: 'v1.23.1-eksbuild.1',
    status: 'ACTIVE',
    health: [],
    podIdentityAssociations: [],
    ...part,
  };
}

export function nodegroup(part: Partial<Nodegroup> = {}): Nodegroup {
  return {
    name: 'workers',
    status: 'ACTIVE',
    subnetIds: [],
    instanceTypes: ['m5.large'],
    minSize: 1,
    maxSize: 3,
    desiredSize: 1,
    labels: {},
    autoScalingGroups: [],
    health: [],
    ...part,
  };
}

/** `subnet-1a` in zone `eu-west-1a`, everything but AWS's five addresses free, unless told otherwise. */
export function subnet(part: Partial<Subnet> = {}): Subnet {
  const cidr = part.cidr ?? '10.0.0.0/24';
  return {
    subnetId: 'subnet-1a',
    vpcId: VPC,
    availabilityZone: 'eu-west-1a',
    cidr,
    availableIps: 2 ** (32 - Number(cidr.split('/')[1])) - 5,
    state: 'available',
    mapPublicIp: false,
    assignIpv6: false,
    ipv6Native: false,
    dns64: false,
    ipv6Cidrs: [],
    tags: {},
    ...part,
  };
}

/** An interface of nobody in particular; attach it with `attachedTo`. */
export function eni(
  part: Partial<NetworkInterface> & {
    readonly eniId: string;
    /** Instance, and device index, 0 unless given. */
    readonly attachedTo?: string;
    readonly device?: number;
    readonly card?: number;
    readonly attachedAt?: string;
  },
): NetworkInterface {
  const { attachedTo, device, card, attachedAt, ...rest } = part;
  return {
    type: 'interface',
    status: attachedTo ? 'in-use' : 'available',
    origin: { kind: 'none' },
    requesterManaged: false,
    subnetId: 'subnet-1a',
    vpcId: VPC,
    availabilityZone: 'eu-west-1a',
    securityGroupIds: [],
    secondaryIps: [],
    prefixes: [],
    ipv6Addresses: [],
    ipv6Prefixes: [],
    tags: {},
    ...(attachedTo
      ? {
          attachment: {
            instanceId: attachedTo,
            deviceIndex: device ?? 0,
            networkCardIndex: card ?? 0,
            status: 'attached',
            deleteOnTermination: true,
            ...(attachedAt ? { attachedAt } : {}),
          },
        }
      : {}),
    ...rest,
  };
}

/** A further ENI of ipamd: description and instance tag as ipamd writes them. */
export function cniEni(
  part: Partial<NetworkInterface> & {
    readonly eniId: string;
    readonly attachedTo: string;
    readonly device?: number;
    readonly createdAt?: string;
  },
): NetworkInterface {
  const { createdAt, ...rest } = part;
  return eni({
    device: 1,
    origin: { kind: 'cni-secondary', id: part.attachedTo },
    ...rest,
    tags: {
      'node.k8s.amazonaws.com/instance_id': part.attachedTo,
      ...(createdAt ? { 'node.k8s.amazonaws.com/createdAt': createdAt } : {}),
      ...rest.tags,
    },
  });
}

export function instance(part: Partial<Instance> & { readonly instanceId: string }): Instance {
  return {
    instanceType: 'm5.large',
    state: 'running',
    subnetId: 'subnet-1a',
    vpcId: VPC,
    availabilityZone: 'eu-west-1a',
    metadata: { endpoint: 'enabled', tokens: 'required', hopLimit: 2 },
    tags: {},
    ...part,
  };
}

/** A Ready Linux node of type m5.large in zone eu-west-1a; its instance is `i-<name>`. */
export function node(
  part: Partial<Node> & { readonly name: string; readonly type?: string; readonly zone?: string },
): Node {
  const { type, zone, labels, ...rest } = part;
  return {
    instanceId: `i-${part.name}`,
    createdAt: ago(86_400),
    annotations: {},
    taints: [],
    unschedulable: false,
    maxPods: 29,
    ready: 'True',
    internalIps: [],
    osImage: 'Amazon Linux 2023',
    os: 'linux',
    arch: 'amd64',
    kernelVersion: '6.1.0',
    kubeletVersion: 'v1.34.1-eks-0000000',
    labels: {
      'topology.kubernetes.io/zone': zone ?? 'eu-west-1a',
      'node.kubernetes.io/instance-type': type ?? 'm5.large',
      ...labels,
    },
    ...rest,
  };
}

/** A running pod with an address of its own. */
export function pod(part: Partial<Pod> & { readonly name: string }): Pod {
  return {
    namespace: 'default',
    class: 'ordinary',
    phase: 'Running',
    labels: {},
    createdAt: ago(3600),
    terminating: false,
    waiting: false,
    ...part,
  };
}

/** `count` pods named `<prefix>-0`, … on one node; `ips` are given to the first ones. */
export function pods(count: number, prefix: string, part: Partial<Pod>, ips: readonly string[] = []): Pod[] {
  return Array.from({ length: count }, (_, i) => pod({ ...part, name: `${prefix}-${i}`, ip: ips[i] ?? part.ip }));
}

export function eniConfig(part: Partial<EniConfig> & { readonly name: string }): EniConfig {
  return { subnetId: 'subnet-pods-1a', securityGroupIds: [], ...part };
}

export function event(
  part: Partial<ClusterEvent> & { readonly kind: ClusterEvent['kind']; readonly object: ClusterEvent['object'] },
): ClusterEvent {
  return { reason: 'FailedCreatePodSandBox', count: 1, firstAt: ago(600), lastAt: ago(60), ...part };
}

export function workloads(part: Partial<Workloads> = {}): Workloads {
  return {
    daemonSets: [],
    controllers: [],
    replicaSetOwners: {},
    autoscalers: [],
    disruptionBudgets: [],
    ...part,
  };
}

/** `count` addresses from `first` on. */
export function addresses(first: string, count: number): string[] {
  const value = first.split('.').reduce((n, octet) => n * 256 + Number(octet), 0);
  return Array.from({ length: count }, (_, i) =>
    [24, 16, 8, 0].map((shift) => Math.floor((value + i) / 2 ** shift) % 256).join('.'),
  );
}
