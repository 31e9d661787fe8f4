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
  expected: Expected;
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
}

export interface SubnetSpec {
  cidr: string;
  zone: string;
  role: 'public' | 'nodes' | 'pods' | 'control-plane' | 'database';
  /**
   * `scatter`: single addresses go one to a /28, and prefixes avoid them, until no /28 is left. `loose`: anywhere.
   */
  layout: 'scatter' | 'loose';
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
}

export type GroupSpec =
  | { kind: 'managed'; subnets: string[]; instanceTypes: string[]; min: number; max: number }
  | { kind: 'karpenter'; subnets: string[]; cpuLimit: number }
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
}

export interface LeakedSpec {
  subnet: string;
  prefixes: number;
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
