import type { Instance, NetworkInterface } from '../../snapshot/ec2.ts';
import type { Node } from '../../snapshot/kubernetes.ts';
import { INSTANCE_TAG, NO_MANAGE_TAG, TRUNK_TAG } from '../node-enis.ts';
import { isPrimary } from '../node-instances.ts';
import type { Platform } from '../platforms.ts';

/** Who an ENI belongs to. */
export type OwnerClass =
  | 'sgp-branch'
  | 'sgp-trunk'
  | 'resource-controller'
  | 'cni-secondary'
  | 'control-plane'
  | 'node-primary'
  | 'auto-mode'
  | 'fargate'
  | 'user-managed'
  | 'efa'
  | 'nat-gateway'
  | 'load-balancer'
  | 'vpc-endpoint'
  | 'lambda'
  | 'efs'
  | 'aws-managed'
  | 'rds'
  | 'elasticache'
  | 'other-service'
  | 'other-cluster'
  | 'ec2'
  | 'aws-service'
  | 'unattached'
  | 'other';

/** `high`: interface type or documented tag; `medium`: a description's convention; `low`: a guess. */
export type OwnerConfidence = 'high' | 'medium' | 'low';

export interface OwnerVerdict {
  readonly class: OwnerClass;
  /** Cluster, instance, load balancer or service. */
  readonly name: string;
  /** Which of the service's resources, where its description tells: a broker, a task, a directory. */
  readonly detail?: string;
  readonly confidence: OwnerConfidence;
  readonly cluster?: string;
}

/** What the rules look things up in. */
export interface OwnerContext {
  /** This cluster's name; undefined where it is unknown. */
  readonly cluster?: string;
  /** Nodes by instance id; undefined where nodes were not read. */
  readonly nodes?: ReadonlyMap<string, { readonly node: Node; readonly platform: Platform }>;
  readonly instances: ReadonlyMap<string, Instance>;
  /** Addresses of Fargate nodes and pods. */
  readonly fargateIps: ReadonlySet<string>;
}

type Rule = (eni: NetworkInterface, context: OwnerContext) => OwnerVerdict | undefined;

const OWNER_TAG = 'eks:eni:owner';
const CLUSTER_NAME_TAG = 'cluster.k8s.amazonaws.com/name';
const CLUSTER_TAG = 'kubernetes.io/cluster/';

/** First match wins; the name of the first rule that can tell is taken. */
export function ownerOf(eni: NetworkInterface, context: OwnerContext): OwnerVerdict {
  for (const rule of RULES) {
    const verdict = rule(eni, context);
    if (verdict) return verdict;
  }
  return { class: 'other', name: nameTag(eni) ?? eni.type, confidence: 'low' };
}

/** A primary ENI carries ipamd's instance tag as well, so that tag alone does not make an ENI a further one. */
const RULES: readonly Rule[] = [
  // ECS attaches its tasks through trunks and branches of its own
  (e) => (e.origin.kind === 'ecs-task' ? byOrigin(e) : undefined),
  (e, c) =>
    is(e.type === 'branch' || e.tags[TRUNK_TAG] !== undefined || e.origin.kind === 'cni-branch', 'sgp-branch', e, c),
  (e, c) => is(e.type === 'trunk' || e.origin.kind === 'cni-trunk', 'sgp-trunk', e, c),
  (e, c) => is(e.tags[OWNER_TAG] === 'eks-vpc-resource-controller', 'resource-controller', e, c),
  (e, c) => is(!isPrimary(e) && madeByCni(e), 'cni-secondary', e, c),
  controlPlane,
  autoMode,
  nodePrimary,
  (e, c) =>
    e.primaryIp !== undefined && c.fargateIps.has(e.primaryIp)
      ? { class: 'fargate', name: c.cluster ?? 'Fargate', confidence: 'high', cluster: c.cluster }
      : undefined,
  (e) => (e.tags[NO_MANAGE_TAG] === 'true' ? high('user-managed', nameTag(e) ?? instanceOf(e) ?? e.eniId) : undefined),
  (e) => (e.type === 'efa' || e.type === 'efa-only' ? high('efa', instanceOf(e) ?? e.eniId) : undefined),
  byTypeOrOrigin,
  byOrigin,
  otherInstance,
  byRequester,
  (e) =>
    e.requesterManaged
      ? { class: 'aws-service', name: e.requesterId ?? 'unknown requester', confidence: 'low' }
      : undefined,
  (e) =>
    e.status === 'available'
      ? { class: 'unattached', name: nameTag(e) ?? 'unknown creator', confidence: 'low' }
      : undefined,
];

/** An ENI of Kubernetes' making: the name is its cluster. */
function is(
  matches: boolean,
  ownerClass: OwnerClass,
  eni: NetworkInterface,
  context: OwnerContext,
): OwnerVerdict | undefined {
  if (!matches) return undefined;
  const cluster = clusterOf(eni, context);
  return { class: ownerClass, name: cluster ?? 'unknown cluster', confidence: 'high', cluster };
}

function high(ownerClass: OwnerClass, name: string): OwnerVerdict {
  return { class: ownerClass, name, confidence: 'high' };
}

function madeByCni(eni: NetworkInterface): boolean {
  return (
    eni.tags[INSTANCE_TAG] !== undefined ||
    eni.origin.kind === 'cni-secondary' ||
    eni.tags[OWNER_TAG] === 'amazon-vpc-cni'
  );
}

function controlPlane(eni: NetworkInterface): OwnerVerdict | undefined {
  if (eni.origin.kind !== 'eks-control-plane') return undefined;
  return { ...high('control-plane', eni.origin.id ?? 'unknown cluster'), cluster: eni.origin.id };
}

/** Further ENIs of an Auto Mode node belong to it as well. */
function autoMode(eni: NetworkInterface, { nodes, cluster }: OwnerContext): OwnerVerdict | undefined {
  const at = nodes?.get(instanceOf(eni) ?? '');
  if (at?.platform !== 'auto-mode') return undefined;
  return { class: 'auto-mode', name: cluster ?? 'this cluster', confidence: 'medium', cluster };
}

/** Without the node list, ipamd's tag on a primary ENI tells that its instance is a node, and of which cluster the tags tell. */
function nodePrimary(eni: NetworkInterface, context: OwnerContext): OwnerVerdict | undefined {
  if (!isPrimary(eni)) return undefined;
  if (context.nodes?.has(instanceOf(eni)!)) return ofThisCluster('high', context);
  const tagged = taggedCluster(eni, context);
  if (tagged !== undefined && tagged === context.cluster) return ofThisCluster('medium', context);
  if (context.nodes || eni.tags[INSTANCE_TAG] === undefined || tagged !== undefined) return undefined;
  return { class: 'node-primary', name: 'unknown cluster', confidence: 'medium' };
}

function ofThisCluster(confidence: OwnerConfidence, { cluster }: OwnerContext): OwnerVerdict {
  return { class: 'node-primary', name: cluster ?? 'this cluster', confidence, cluster };
}

/** Interface types as EC2 sends them; the published list writes some of them in camel case. */
const TYPES: Readonly<Record<string, OwnerClass>> = {
  nat_gateway: 'nat-gateway',
  natGateway: 'nat-gateway',
  network_load_balancer: 'load-balancer',
  load_balancer: 'load-balancer',
  gateway_load_balancer: 'load-balancer',
  gateway_load_balancer_endpoint: 'load-balancer',
  vpc_endpoint: 'vpc-endpoint',
  lambda: 'lambda',
  efs: 'efs',
};

/** Types that name the service that manages the interface. */
const MANAGED: Readonly<Record<string, string>> = {
  transit_gateway: 'Transit Gateway',
  api_gateway_managed: 'API Gateway',
  global_accelerator_managed: 'Global Accelerator',
  ec2_instance_connect_endpoint: 'EC2 Instance Connect Endpoint',
  quicksight: 'QuickSight',
  iot_rules_managed: 'IoT Rules',
  aws_codestar_connections_managed: 'CodeStar Connections',
  evs: 'Elastic VMware Service',
};

/** Types that say nothing of a creator. */
const ORDINARY: ReadonlySet<string> = new Set(['', 'interface', 'trunk', 'branch', 'efa', 'efa-only']);

const ORIGINS: Readonly<Record<string, readonly [OwnerClass, OwnerConfidence]>> = {
  'nat-gateway': ['nat-gateway', 'high'],
  'load-balancer': ['load-balancer', 'medium'],
  'vpc-endpoint': ['vpc-endpoint', 'high'],
  lambda: ['lambda', 'high'],
  efs: ['efs', 'high'],
};

/** A type that EC2 added after this was written names its service in its own words. */
function byTypeOrOrigin(eni: NetworkInterface): OwnerVerdict | undefined {
  const type = TYPES[eni.type];
  if (type !== undefined) return high(type, eni.origin.id ?? eni.type.replaceAll('_', ' '));
  const managed = MANAGED[eni.type];
  if (managed !== undefined) return { ...high('aws-managed', managed), detail: eni.origin.id };
  const origin = ORIGINS[eni.origin.kind];
  if (origin !== undefined) return { class: origin[0], name: eni.origin.id ?? eni.origin.kind, confidence: origin[1] };
  if (ORDINARY.has(eni.type)) return undefined;
  return high('aws-managed', eni.type.replace(/_managed$/, '').replaceAll('_', ' '));
}

/** Services told by the convention of their description only. */
const SERVICES: Readonly<Record<string, string>> = {
  redshift: 'Redshift',
  dax: 'DAX',
  codebuild: 'CodeBuild',
  codestar: 'CodeStar Connections',
  'ecs-task': 'ECS task',
  dms: 'DMS',
  opensearch: 'OpenSearch',
  msk: 'MSK',
  mq: 'Amazon MQ',
  firehose: 'Firehose',
  'route53-resolver': 'Route 53 Resolver',
  'directory-service': 'Directory Service',
  workspaces: 'WorkSpaces',
  appstream: 'AppStream',
  emr: 'EMR',
  glue: 'Glue',
  sagemaker: 'SageMaker',
  datasync: 'DataSync',
  cloudhsm: 'CloudHSM',
  memorydb: 'MemoryDB',
  fsx: 'FSx',
  'api-gateway': 'API Gateway',
  'transit-gateway': 'Transit Gateway',
  'cloud-wan': 'Cloud WAN',
  'client-vpn': 'Client VPN',
  'global-accelerator': 'Global Accelerator',
  'instance-connect': 'EC2 Instance Connect Endpoint',
  'network-firewall': 'Network Firewall',
};

function byOrigin({ origin }: NetworkInterface): OwnerVerdict | undefined {
  if (origin.kind === 'rds') return { class: 'rds', name: origin.id ?? 'RDS', confidence: 'medium' };
  if (origin.kind === 'rds-proxy')
    return { class: 'rds', name: origin.id ? `proxy ${origin.id}` : 'RDS Proxy', confidence: 'medium' };
  if (origin.kind === 'elasticache')
    return { class: 'elasticache', name: origin.id ?? 'ElastiCache', confidence: 'medium' };
  const service = SERVICES[origin.kind];
  return service === undefined
    ? undefined
    : { class: 'other-service', name: service, detail: origin.id, confidence: 'medium' };
}

/** Requesters that are services; a role's session is told by the name the service gives it. */
const REQUESTERS: readonly (readonly [RegExp, OwnerClass, string])[] = [
  [/^amazon-rds$/, 'rds', 'RDS'],
  [/^amazon-elasticache$/, 'elasticache', 'ElastiCache'],
  [/^amazon-elb$/, 'load-balancer', 'load balancer'],
  [/^amazon-redshift$/, 'other-service', 'Redshift'],
  [/^amazon-(?:elasticsearch|opensearch|es)$/, 'other-service', 'OpenSearch'],
  [/:AWSCodeBuild-/, 'other-service', 'CodeBuild'],
  [/:awslambda/, 'lambda', 'Lambda'],
];

function byRequester({ requesterId }: NetworkInterface): OwnerVerdict | undefined {
  const found = REQUESTERS.find(([pattern]) => requesterId !== undefined && pattern.test(requesterId));
  return found && { class: found[1], name: found[2], confidence: 'medium' };
}

/** An instance that is no node of this cluster: of another one, or none. */
function otherInstance(eni: NetworkInterface, context: OwnerContext): OwnerVerdict | undefined {
  const instanceId = instanceOf(eni);
  if (instanceId === undefined || context.nodes?.has(instanceId)) return undefined;
  const cluster = taggedCluster(eni, context);
  if (cluster !== undefined) return { ...high('other-cluster', cluster), cluster };
  if (eni.tags[INSTANCE_TAG] !== undefined) return high('other-cluster', 'unknown cluster');
  const tags = { ...eni.tags, ...context.instances.get(instanceId)?.tags };
  return high('ec2', tags['aws:autoscaling:groupName'] ?? tags.Name ?? instanceId);
}

/** The EKS cluster an ENI serves: by its own tags, else by those of its instance, else because its instance is a node of this one. */
export function clusterOf(eni: NetworkInterface, context: OwnerContext): string | undefined {
  const tagged = taggedCluster(eni, context);
  if (tagged !== undefined) return tagged;
  return context.nodes?.has(instanceOf(eni) ?? '') ? context.cluster : undefined;
}

function taggedCluster(eni: NetworkInterface, context: OwnerContext): string | undefined {
  const instance = context.instances.get(instanceOf(eni) ?? '');
  return eni.tags[CLUSTER_NAME_TAG] ?? clusterTag(eni.tags) ?? (instance && clusterTag(instance.tags));
}

function clusterTag(tags: Readonly<Record<string, string>>): string | undefined {
  for (const key in tags) if (key.startsWith(CLUSTER_TAG)) return key.slice(CLUSTER_TAG.length);
  return undefined;
}

/** The instance an ENI is attached to, or was made for. */
export function instanceOf(eni: NetworkInterface): string | undefined {
  if (eni.attachment?.instanceId !== undefined) return eni.attachment.instanceId;
  return eni.tags[INSTANCE_TAG] ?? (eni.origin.kind === 'cni-secondary' ? eni.origin.id : undefined);
}

function nameTag(eni: NetworkInterface): string | undefined {
  return eni.tags.Name || undefined;
}
