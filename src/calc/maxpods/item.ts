import type { Mode, Pattern } from '../patterns.ts';

/** What keeps `maxPods` from being higher. */
export type BoundBy =
  | 'eni-slots'
  | 'vcpu-ceiling'
  /** kubelet's own 110, on Windows. */
  | 'kubelet-default'
  | 'max-eni'
  | 'trunk'
  | 'pods-per-core'
  | 'none';

/** ENIs of the default card that give pods no address, and why. */
export interface Deduction {
  readonly reason: 'max-eni' | 'unmanaged' | 'trunk' | 'custom-networking' | 'excluded-primary';
  readonly enis: number;
  readonly note: string;
}

/** The most pods AWS recommends for a node of this size; null where no recommendation can be made. */
export interface Ceiling {
  readonly value: number | null;
  readonly reason: string;
}

export type AuthorityId =
  | 'eni-max-pods.txt'
  | 'max-pods-calculator.sh'
  | 'al2-bootstrap'
  | 'nodeadm'
  | 'bottlerocket'
  | 'managed-node-group'
  | 'karpenter'
  | 'eks-auto-mode'
  | 'windows'
  | 'fargate'
  | 'kubelet-default';

/** Something that sets, or publishes, kubelet's maxPods. */
export interface Authority {
  readonly id: AuthorityId;
  /** What it sets for this type; null where it has no value. */
  readonly maxPods: number | null;
  /** The same before its ceiling and podsPerCore. */
  readonly uncappedMaxPods: number | null;
  /** True for the one the options select. */
  readonly applies: boolean;
  /** How recent our knowledge of it is: a date, or the version of its interface. */
  readonly asOf: string;
  readonly note: string;
}

export interface Warning {
  /** Stable slug, `prefix-on-xen`. */
  readonly id: string;
  readonly message: string;
}

/** IPv4 addresses a node takes from its subnets when kubelet's maxPods is full, warm pool included. */
export interface NodeAddresses {
  readonly nodeSubnet: number;
  /** From the ENIConfig's subnet; 0 without custom networking. */
  readonly podSubnet: number;
}

/** How many pods fit on one instance type under one pair of pattern and mode. */
export interface MaxPodsItem {
  readonly instanceType: string;
  readonly os: 'linux' | 'windows';
  readonly pattern: Pattern;
  /** The address mode in force, where the requested one falls back. */
  readonly mode: Mode;
  readonly requestedMode: Mode;
  /** False where the CNI refuses to start like this: then no pod gets an address. */
  readonly supported: boolean;
  /** What to give kubelet: safe for any mix of pods, host-network pods included. */
  readonly maxPods: number;
  /** The same when branch ENIs are used in full: room for that many pods, if enough of them are branch pods. */
  readonly maxPodsWithBranch: number;
  /** The formula before ceiling and podsPerCore. */
  readonly theoreticalMaxPods: number;
  readonly boundBy: BoundBy;
  /** ENIs attachable to the default network card. */
  readonly enis: number;
  readonly usableEnis: number;
  readonly ipv4PerEni: number;
  /** Addresses for pods that are neither host-network nor branch pods; 2^48 with IPv6. */
  readonly ipsForPods: number;
  /** Branch ENIs for pods; 0 unless security groups for pods are on. */
  readonly branchEnis: number;
  readonly vcpus: number | null;
  readonly formula: string;
  readonly warnings: readonly Warning[];
  readonly authorities: readonly Authority[];
  readonly deductions: readonly Deduction[];
  readonly ceiling: Ceiling;
  readonly nodeAddresses: NodeAddresses;
  readonly kubeReserved: ReservedMemory | null;
  readonly limits: TypeLimits;
}

/** Memory kubelet keeps for itself where the AMI sizes it by `maxPods`. */
export interface ReservedMemory {
  /** MiB kept, and of how many. */
  readonly mib: number;
  readonly ofMib: number;
  /** True where that is more than a third. */
  readonly excessive: boolean;
  /** The most pods for which it is not; 0 where none is few enough. */
  readonly roomyMaxPods: number;
}

/** The type itself, whatever the options. */
export interface TypeLimits {
  readonly hypervisor: 'nitro' | 'xen' | 'unknown';
  readonly bareMetal: boolean;
  /** Null where no source tells. */
  readonly memoryMiB: number | null;
  readonly networkCards: number;
  readonly maxEnisTotal: number;
  /** Null where the resource controller does not list the type. */
  readonly trunkingCompatible: boolean | null;
  readonly branchEnis: number;
}

/** Several types that share one setting: it must suit the smallest. */
export interface MaxPodsGroup {
  readonly maxPods: number;
  /** The type that alone comes to so few; null where several do. */
  readonly becauseOf: string | null;
  /** Types that come to no more, and what holds them all down; null where that differs. */
  readonly smallest: number;
  readonly boundBy: BoundBy | null;
}
