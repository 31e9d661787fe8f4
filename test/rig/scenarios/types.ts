import type { RigIds } from '../build/ids.ts';
import type { KubeObject } from '../clients/kube.ts';

/**
 * A scenario declares one cluster by names; ids exist only after the build (`RigIds`). Ages are minutes before the build.
 * What a reader must find in it is stated in `expected`, by hand, so that a mistake of the builder shows.
 */
export interface Scenario {
  name: string;
  cluster: ClusterSpec;
  vpcCidrs: string[];
  subnets: Record<string, SubnetSpec>;
  cni: CniSpec;
  /** ENIConfig name to subnet key. */
  eniConfigs: Record<string, string>;
  groups: Record<string, GroupSpec>;
  nodes: Record<string, NodeSpec>;
  daemonSets: DaemonSetSpec[];
  workloads: WorkloadSpec[];
  /** Finished pods: Job name to what became of it. */
  finished: FinishedSpec[];
  natGateways: { subnet: string }[];
  /** Interface endpoints: service (`ecr.api`) to subnet keys. */
  endpoints: Record<string, string[]>;
  /** Interfaces of AWS services, by subnet. */
  services: ServiceInterfaceSpec[];
  /** Instances outside the cluster: name to subnet key. */
  otherInstances: Record<string, string>;
  leaked: LeakedSpec[];
  /** Set: nodes hold what EC2 gives them when asked for so many (holdings.ts), instead of a planned address each. */
  counted?: true;
  /** Kubernetes objects beside the usual ones, once everything else is there. */
  objects?: (ids: RigIds) => KubeObject[];
  /** Pods of particular kinds, one by one. */
  pods?: PodSpec[];
  /** Nodes that aws-node does not serve, and what is made for them. */
  foreignNodes?: Record<string, ForeignNodeSpec>;
  fargateProfiles?: Record<string, string[]>;
  /** Another cluster in the VPC: name to subnet key and how many addresses each of its ENIs holds. */
  neighbours?: Record<string, { subnet: string; enis: number; addresses: number }>;
  /** Events of nodes. */
  events?: EventSpec[];
  expected: Expected;
}

/** An event of something that is no pod of `pods`. */
export interface EventSpec {
  /** Key of the node. */
  node: string;
  component: string;
  reason: string;
  message: string;
  /** The event's own `action`. */
  action?: string;
}

export interface PodSpec {
  name: string;
  namespace: string;
  /** Unset: not scheduled. */
  node?: string;
  state: 'running' | 'waiting';
  /** Whose address it has: a free one of its node (unless told), a branch ENI of its node, or none of its own. */
  address?: 'node' | 'branch' | 'fargate' | 'none';
  /** Subnet of a Fargate pod. */
  subnet?: string;
  ageMinutes?: number;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  /** Fields of the pod's spec beside its container. */
  spec?: Record<string, unknown>;
  events?: { reason: string; message: string; component?: string }[];
  /** DaemonSet or Deployment it belongs to, `DaemonSet/cilium`. */
  owner?: string;
  ready?: false;
}

export interface ForeignNodeSpec {
  platform: 'auto-mode' | 'fargate' | 'hybrid' | 'windows' | 'hyperpod';
  type: string;
  zone: string;
  subnet?: string;
  maxPods: number;
  ageMinutes: number;
  /** Single addresses and prefixes its interface holds beside the primary one. */
  holds?: Pools;
  labels?: Record<string, string>;
  allocatable?: Record<string, string>;
  ready?: false;
}

/** What an interface holds beside its primary address. */
export interface Pools {
  singles?: number;
  prefixes?: number;
}

export interface ClusterSpec {
  name: string;
  version: string;
  platformVersion: string;
  ageMinutes: number;
  /** Keys of the subnets given at creation; EKS interfaces are in `interfacesIn`. */
  subnets: string[];
  interfacesIn: string[];
  /** Managed add-ons beside vpc-cni: name to version. */
  addons: Record<string, string>;
  ipFamily?: 'ipv6';
  autoMode?: true;
  health?: { code: string; message: string; resourceIds: string[] }[];
  remoteNodes?: string;
  remotePods?: string;
  /** The role that aws-node has from EKS Pod Identity: its name, made with AmazonEKS_CNI_Policy. */
  podIdentityRole?: string;
  /** Managed policies of the cluster's role beside AmazonEKSClusterPolicy; unset: AmazonEKSVPCResourceController. */
  rolePolicies?: string[];
}

export interface SubnetSpec {
  cidr: string;
  zone: string;
  role: 'public' | 'nodes' | 'pods' | 'control-plane' | 'database';
  /**
   * `scatter`: single addresses go one to a /28, and prefixes avoid them, until no /28 is left. `loose`: anywhere.
   */
  layout: 'scatter' | 'loose';
  tags?: Record<string, string>;
  /** Of its default route; unset: what the role asks for. */
  route?: 'igw' | 'nat' | 'none';
  /** Account that shares it with this one. */
  owner?: string;
}

export interface CniSpec {
  addonVersion: string;
  /** Version before the last update. */
  previousVersion: string;
  updatedMinutesAgo: number;
  /** Variables of `configurationValues.env`: what this cluster sets beside the defaults. */
  env: Record<string, string>;
  nodeAgentVersion: string;
  status: 'ACTIVE' | 'DEGRADED';
  /** Unset: the managed add-on. */
  install?: 'manifest' | 'none';
  /** Of the agent's argument and of the controller's key; unset: both off. */
  networkPolicy?: { agent: boolean; controller: boolean };
  initEnv?: Record<string, string>;
  /** Images of containers of aws-node that someone set by hand, by container. */
  images?: Record<string, string>;
  /** Of the init image, where it is another one. */
  initVersion?: string;
  /** Fields of the pod template's spec, laid over the usual ones. */
  template?: Record<string, unknown>;
  configMap?: Record<string, string>;
  /** Variables the DaemonSet has and the add-on's values do not. */
  handSet?: Record<string, string>;
  issues?: { code: string; message: string }[];
  addonStatus?: string;
  /** Managed policies of the nodes' role; unset: the three of every node. */
  nodeRolePolicies?: string[];
  /** Actions of a policy of its own beside them. */
  nodeRoleActions?: string[];
}

export type GroupSpec =
  | {
      kind: 'managed';
      subnets: string[];
      instanceTypes: string[];
      min: number;
      max: number;
      /** False: EKS computes maxPods. Unset: the template says what the first node has. */
      template?: false;
      amiType?: string;
      health?: { code: string; message: string; resourceIds: string[] }[];
    }
  | {
      kind: 'karpenter';
      subnets: string[];
      cpuLimit: number;
      /** `RESERVED_ENIS` of the controller; unset: 1. */
      reservedEnis?: number;
      /** `spec.kubelet.maxPods`; null: none; unset: 110. */
      maxPods?: number | null;
      types?: string[];
      /** Conditions of the EC2NodeClass that are not met, with what Karpenter says of them. */
      unmet?: Record<string, string>;
    }
  | { kind: 'self-managed'; subnets: string[]; max: number; taint: string };

export interface NodeSpec {
  group: string;
  type: string;
  zone: string;
  maxPods: number;
  ageMinutes: number;
  /** Pods of workloads (not DaemonSets) that have an address here. */
  apps: number;
  /** Workload pods here that wait for an address. */
  waiting?: number;
  /** /28 prefixes held, where the subnet ran out before the CNI had what it wants. Unset: what the rules give. */
  prefixes?: number;
  /** The CNI never became ready here: no ENI for pods, node NotReady, its DaemonSet pods wait. */
  broken?: true;
  /** What its interfaces hold, the primary first, where it is not what the rules give (counted scenarios). */
  enis?: Pools[];
  /** A trunk that the rules ask for and that is not there. */
  trunk?: false;
  /** A container of aws-node that does not stay up; `ready`: the node is so still. */
  crash?: {
    container: string;
    reason: string;
    exitCode: number;
    restarts: number;
    ready: boolean;
    /** Why it does not start again; unset: CrashLoopBackOff. With another reason it never ran. */
    waits?: string;
  };
  /** No pod of aws-node here. */
  withoutCni?: true;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  taints?: { key: string; value?: string; effect: string }[];
  unschedulable?: true;
  /** Subnet key of its primary interface; unset: the first of role `nodes` in its zone. */
  subnet?: string;
  /** Subnet key of the ENIs ipamd made; unset: what ENIConfig or the primary interface say. */
  podSubnet?: string;
}

export interface DaemonSetSpec {
  namespace: string;
  name: string;
  hostNetwork: boolean;
}

export interface WorkloadSpec {
  namespace: string;
  name: string;
  kind: 'Deployment' | 'StatefulSet';
  replicas: number;
  /** Runs on the nodes of this group alone. */
  group?: string;
  hpaMax?: number;
  /** `minAvailable` of a PodDisruptionBudget. */
  pdbMinAvailable?: number;
}

export interface FinishedSpec {
  namespace: string;
  job: string;
  node: string;
  phase: 'Succeeded' | 'Failed';
  /** Its old address belongs to a running pod by now. */
  reusedAddress?: true;
}

export type ServiceKind =
  | 'lambda'
  | 'ecs-task'
  | 'rds'
  | 'elasticache'
  | 'efs'
  | 'application-load-balancer'
  | 'network-load-balancer';

export interface ServiceInterfaceSpec {
  kind: ServiceKind;
  name: string;
  subnet: string;
  count: number;
  /** Its address, where it matters (counted scenarios; of one interface). */
  at?: string;
}

export interface LeakedSpec {
  subnet: string;
  prefixes: number;
  singles?: number;
  ageMinutes: number;
}

/** Owner classes of the scenario's accounting, after the owner of each interface. */
export type OwnerClass =
  | 'node-primary'
  | 'cni'
  | 'cni-leaked'
  | 'eks-control-plane'
  | 'nat-gateway'
  | 'load-balancer'
  | 'vpc-endpoint'
  | 'lambda'
  | 'efs'
  | 'rds'
  | 'elasticache'
  | 'ecs-task'
  | 'ec2-other';

export interface Held {
  enis: number;
  /** Single addresses: primaries included. */
  addresses: number;
  prefixes: number;
}

export interface Expected {
  /** Subnet key to what its interfaces hold, what EC2 reports as free, and (where pods live) free aligned /28s. */
  subnets: Record<string, { free: number; freeBlocks?: number; owners: Partial<Record<OwnerClass, Held>> }>;
  pods: { ordinary: number; hostNetwork: number; branch: number; terminal: number; total: number };
  /** Pods without an address, by the scenario's cause. */
  waiting: { total: number; noFreeBlock: number; fullNodes: number; missingEniConfig: number };
  nodes: {
    total: number;
    byGroup: Record<string, number>;
    byType: Record<string, number>;
    byZone: Record<string, number>;
  };
  findings: {
    /** Codes that must be reported at warning or above, with the subnets or nodes they are about (scenario keys). */
    required: { code: string; about: string[] }[];
    /** Codes that may appear at warning or above: symptoms and relatives of the required ones. */
    allowed: string[];
  };
}
