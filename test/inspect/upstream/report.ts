/** What the reports have in common: a cluster in order, and the few things that go wrong in them. */
import type { IamRole } from '../../../src/inspect/snapshot/account.ts';
import type { NetworkInterface } from '../../../src/inspect/snapshot/ec2.ts';
import type { Cni, Node, SecurityGroupPolicy } from '../../../src/inspect/snapshot/kubernetes.ts';
import type { ClusterSnapshot } from '../../../src/inspect/snapshot.ts';
import {
  addon,
  ago,
  cluster,
  cni,
  event,
  type GivenSections,
  iamOfNodes,
  NODE_ROLE,
  nodegroup,
  pod,
  VPC,
} from '../../support/snapshot-builder.ts';
import { plain } from '../checks/cases/worlds.ts';
import type { World } from '../checks/world.ts';

export interface Report {
  /** Where it was reported, and what. */
  readonly story: string;
  readonly of: () => ClusterSnapshot;
  readonly told: readonly string[];
  /** Part of the evidence. */
  readonly shows?: Readonly<Record<string, unknown>>;
  /** Commands of the findings that are no symptoms of others; and what none of them may be. */
  readonly command?: RegExp | readonly RegExp[];
  readonly never?: RegExp;
}

export const ADDON = addon({ configuration: {} });

/** What EKS says of an add-on whose pods are not all ready. */
export const degraded = (part: Parameters<typeof addon>[0] = {}) =>
  addon({
    status: 'DEGRADED',
    configuration: {},
    health: [{ code: 'InsufficientNumberOfReplicas', message: '', resourceIds: [] }],
    ...part,
  });

type CniPod = Cni['pods'][number];
type Container = NonNullable<CniPod['containers']>[number];
const CRASHES: Container = {
  ...{ name: 'aws-node', init: false, ready: false, restarts: 12 },
  ...{ waitingReason: 'CrashLoopBackOff', exitCode: 1 },
};

/** aws-node of a world, ending again and again on these nodes. */
export const crashing = (world: World, names: readonly string[], container: Partial<Container> = {}): CniPod[] =>
  world.cniPods.map((p) =>
    p.node !== undefined && names.includes(p.node)
      ? { ...p, revision: 'abc', ready: false, restarts: 12, containers: [{ ...CRASHES, ...container }] }
      : { ...p, revision: 'abc', ready: true, restarts: 0, containers: [] },
  );

/** A node that joined and never got ready, as kubelet words it. */
export const NEVER_READY: Partial<Node> = {
  ready: 'False',
  readyReason: 'cni-not-initialized',
  readySince: ago(1200),
  createdAt: ago(1200),
};

/** aws-node at another release than the newest. */
export function released(of: Cni, version: string): Cni {
  const tagged = <T extends { image: string }>(c: T): T => ({ ...c, image: `amazon-k8s-cni:${version}` });
  return { ...of, version, containers: of.containers.map(tagged), initContainers: of.initContainers.map(tagged) };
}

/** With the network policy agent beside aws-node. */
export function withAgent(of: Cni, image: string, flag = 'true'): Cni {
  const agent = { name: 'aws-eks-nodeagent', image, env: {}, args: [`--enable-network-policy=${flag}`] };
  return {
    ...of,
    configMap: { 'enable-network-policy-controller': 'true' },
    containers: [...of.containers, { ...of.containers[0]!, ...agent }],
  };
}

const KINDS = ['policyendpoints', 'clusterpolicyendpoints'];
/** What the agent asks of the cluster. */
export const policyObjects: GivenSections = {
  crds: KINDS.map((n) => ({ name: `${n}.networking.k8s.aws`, versions: ['v1alpha1'], createdAt: ago(86_400) })),
  rbac: {
    rules: [{ groups: ['networking.k8s.aws'], resources: KINDS, verbs: ['get', 'list', 'watch'], urls: [] }],
    bound: true,
  },
};

const rest = { notActions: [], notResources: [], conditions: [] };
export const allows = (...actions: string[]) => ({ effect: 'Allow' as const, actions, resources: ['*'], ...rest });
/** The role of the nodes with these statements of its own alone. */
export const nodesMay = (...actions: string[]): GivenSections['iam'] => ({
  ...iamOfNodes(),
  roles: [{ ...iamOfNodes().roles[0]!, attachedPolicies: [], statements: [allows(...actions)] }],
});

export const CNI_ROLE = 'arn:aws:iam::111122223333:role/cni';
const ISSUER = 'oidc.eks.eu-west-1.amazonaws.com/id/ABC';
export const cniRole = (subject = 'system:serviceaccount:kube-system:aws-node'): IamRole => ({
  ...iamOfNodes().roles[0]!,
  arn: CNI_ROLE,
  name: 'cni',
  usedBy: ['aws-node'],
  trust: [
    {
      effect: 'Allow',
      actions: ['sts:AssumeRoleWithWebIdentity'],
      principals: [`arn:aws:iam::111122223333:oidc-provider/${ISSUER}`],
      conditions: [
        { operator: 'StringEquals', key: `${ISSUER}:sub`, values: [subject] },
        { operator: 'StringEquals', key: `${ISSUER}:aud`, values: ['sts.amazonaws.com'] },
      ],
    },
  ],
});
/** aws-node by IRSA, its pods with the token; the role of the nodes alone would not do. */
export const irsa = (over: Parameters<World['snapshot']>[0] = {}, own = cniRole(), world = plain()) =>
  world.snapshot({
    cluster: cluster({ oidcIssuer: `https://${ISSUER}` }),
    nodegroups: [nodegroup({ nodeRole: NODE_ROLE })],
    addons: [addon({ serviceAccountRoleArn: CNI_ROLE, configuration: {} })],
    iam: {
      ...iamOfNodes(),
      roles: [{ ...iamOfNodes().roles[0]!, attachedPolicies: [], statements: [allows('ec2:DescribeInstances')] }, own],
      oidcIssuers: [ISSUER],
    },
    cni: irsaCni(world.cniPods.map((p) => ({ ...p, revision: 'abc' }))),
    ...over,
  });
export const irsaCni = (pods: readonly CniPod[]) =>
  cni({
    serviceAccountRoleArn: CNI_ROLE,
    pods: pods.map((p) => ({ ...p, credentials: 'web-identity' as const })),
    desired: pods.length,
  });

export const trunkOf = (instanceId: string, deviceIndex: number): Partial<NetworkInterface> => ({
  type: 'trunk',
  status: 'in-use',
  origin: { kind: 'cni-trunk' },
  securityGroupIds: ['sg-node'],
  attachment: { instanceId, deviceIndex, networkCardIndex: 0, status: 'attached', deleteOnTermination: true },
});

const DB: SecurityGroupPolicy = {
  namespace: 'shop',
  name: 'db',
  createdAt: ago(90_000),
  podSelector: { matchLabels: { app: 'db' }, matchExpressions: [] },
  securityGroupIds: ['sg-db'],
};
/** A policy for pods `app=db`, its group, and nodes that asked for their trunk. */
export const podGroups = (...nodes: string[]): GivenSections => ({
  securityGroupPolicies: [DB],
  securityGroups: ['sg-node', 'sg-db'].map((groupId) => ({ groupId, vpcId: VPC, name: groupId })),
  cniNodes: nodes.map((name) => ({
    name,
    features: [{ name: 'SecurityGroupsForPods' }],
    tags: { 'node.k8s.amazonaws.com/instance_id': `i-${name}` },
    deleting: false,
    createdAt: ago(90_000),
  })),
});
export const POD_ENI = {
  ENABLE_POD_ENI: 'true',
  POD_SECURITY_GROUP_ENFORCING_MODE: 'standard',
  AWS_VPC_K8S_CNI_EXTERNALSNAT: 'true',
};

/** A pod `app=db` that asks for a branch ENI and waits for ten minutes. */
export function dbWaits(world: World, node: string, ...events: Parameters<typeof event>[0]['kind'][]): World {
  const object = { kind: 'Pod', namespace: 'shop', name: 'db-0' };
  world.pods.push(
    pod({
      ...{ name: 'db-0', namespace: 'shop', node, class: 'branch', phase: 'Pending', waiting: true },
      ...{ createdAt: ago(600), labels: { app: 'db' }, injected: true },
    }),
  );
  world.events.push(...events.map((kind) => event({ kind, object, count: 9 })));
  return world;
}

/** One table for all subnets of a world, its default route to this target. */
export const routes = (subnetIds: readonly string[], target?: string): GivenSections['routeTables'] => [
  {
    routeTableId: 'rtb-1',
    main: false,
    subnetIds: [...subnetIds],
    routes: [
      { destination: '10.0.0.0/16', target: 'local', state: 'active' },
      ...(target ? [{ destination: '0.0.0.0/0', target, state: 'active' }] : []),
    ],
  },
];
