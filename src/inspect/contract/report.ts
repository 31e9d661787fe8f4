/** What the commands report: the shapes of the JSON, and what views turn into screens. Field names are a public contract. */
import type { CatalogSource } from '../../calc/catalog/index.ts';
import type { MaxPodsGroup, MaxPodsItem } from '../../calc/maxpods/index.ts';
import type { Mode, Pattern } from '../../calc/patterns.ts';
import type { Gap } from '../snapshot/section.ts';
import type { Source } from '../snapshot.ts';
import type { Finding, Severity } from './finding.ts';

export const REPORT_VERSION = 1;

export interface ReportHead<K extends string> {
  readonly schemaVersion: number;
  readonly kind: K;
  readonly tool: { readonly name: string; readonly version: string };
  /** When the report was made; for a report on a snapshot, when the snapshot was taken. */
  readonly generatedAt: string;
}

/** A number that history or placement leaves open. */
export interface Range {
  readonly min: number;
  readonly max: number;
}
export type Bounded = number | Range;

export interface NotEvaluated {
  readonly code: string;
  readonly title: string;
  /** Permissions that would allow it. */
  readonly permissions: readonly string[];
  readonly reasons: readonly string[];
  /** The gravest severity the check could have reached. */
  readonly severity: Severity;
  /** True where the user switched the source off himself. */
  readonly byChoice: boolean;
}

/** Adds up to the size of the registry: every check is in exactly one of the five. */
export interface Coverage {
  readonly passed: number;
  readonly failed: number;
  readonly notApplicable: number;
  readonly notEvaluated: readonly NotEvaluated[];
  readonly suppressed: number;
}

export interface SettingInForce {
  readonly name: string;
  /** The value in force; null where the variable is absent and the binary's default applies. */
  readonly value: string | null;
  readonly effective: string;
  /** Where it was set. */
  readonly origin: 'addon-configuration' | 'daemonset' | 'default';
  /** Why the text given is not what is in force, where so. */
  readonly note?: string;
}

export interface ClusterSummary {
  readonly name: string;
  readonly arn: string | null;
  readonly region: string | null;
  readonly account: string | null;
  readonly kubernetesVersion: string | null;
  readonly platformVersion: string | null;
  readonly cni: {
    readonly version: string | null;
    readonly installMethod: string;
    readonly evidence: readonly string[];
  };
  readonly pattern: Pattern | null;
  readonly mode: Mode | null;
  readonly settings: readonly SettingInForce[];
  readonly vpcId: string | null;
  readonly vpcCidrs: readonly string[] | null;
  readonly networkPolicy: {
    readonly state: 'enforced' | 'off' | 'half' | 'other-engine' | 'unknown';
    readonly detail: string;
  };
  readonly nodes: number | null;
  readonly pods: {
    readonly total: number;
    /** Those that have an address from ipamd. */
    readonly addressed: number;
    readonly branch: number;
    readonly hostNetwork: number;
    /** Null where it could not be told. */
    readonly stuck: number | null;
  } | null;
}

export interface Verdict {
  readonly severity: Severity | 'ok' | 'unknown';
  /** The one line that says how it stands. */
  readonly text: string;
  readonly stuckPods: number | null;
  /** What keeps them waiting, each pod counted once; the code is null where no finding accounts for it. */
  readonly causes: readonly { readonly code: string | null; readonly pods: number; readonly text: string }[];
}

/** A scheduled pod that has no address, or no branch ENI, and waits for it. */
export interface WaitingPod {
  /** `namespace/name`. */
  readonly pod: string;
  readonly node: string;
  readonly zone: string | null;
  /** `Deployment/web`. */
  readonly owner: string | null;
  readonly since: string;
  readonly ageSeconds: number;
  readonly wantsBranch: boolean;
  /** Id of the finding that accounts for it; null where none does. */
  readonly cause: string | null;
}

/** Something that changed lately and may be why. */
export interface Change {
  readonly at: string;
  readonly what: string;
  readonly detail: string;
}

/** One of the ten pattern and mode pairs for this cluster, by the closed form. */
export interface CapacityRow {
  readonly pattern: Pattern;
  readonly mode: Mode;
  readonly current: boolean;
  readonly supported: boolean;
  readonly blockers: readonly { readonly reason: string; readonly nodes: number; readonly zones: readonly string[] }[];
  readonly maxPodsPerNode: Range | null;
  /** Sum over today's nodes of min(maxPods, addresses + branch + host-network). */
  readonly clusterPods: number | null;
  /** Subnet addresses of today's nodes and pods, settled. */
  readonly addresses: { readonly node: number; readonly pod: number } | null;
  /** /28 blocks of today's nodes and pods; null outside prefix mode. */
  readonly blocks: number | null;
  readonly worstSubnet: { readonly subnetId: string; readonly ratio: number } | null;
  /** Further nodes of the cluster's own mix until a subnet refuses: at the worst and the best placement of single addresses. */
  readonly roomForNodes: Bounded | null;
  readonly branchPodsAssumed: number | null;
}

export interface Demand {
  /** Pods that take an address from ipamd. */
  readonly daemonSet: number;
  readonly other: number;
  /** Of both, those that have it. */
  readonly holding: number;
  readonly branch: number;
  readonly hostNetwork: number;
}

export interface NodeInterface {
  readonly eniId: string;
  /** `data`: gives addresses to pods; `unmanaged`: ipamd leaves it alone. */
  readonly role: 'primary' | 'data' | 'trunk' | 'unmanaged';
  readonly subnetId: string;
  /** Single addresses, the ENI's own included. */
  readonly addresses: number;
  readonly prefixes: number;
}

export interface NodeReport {
  readonly name: string;
  readonly instanceId: string | null;
  readonly instanceType: string | null;
  readonly zone: string | null;
  /** Of its primary ENI. */
  readonly subnetId: string | null;
  readonly ready: boolean;
  /** What launched it: a managed node group, a Karpenter NodePool, an Auto Scaling group; the name is empty where nothing tells. */
  readonly group: { readonly kind: string; readonly name: string };
  /** `vpc-cni`, or who else gives its pods their addresses. */
  readonly platform: string;
  /** kubelet's, and what is safe for any mix of pods. */
  readonly maxPods: number | null;
  readonly recommendedMaxPods: number | null;
  /** Addresses ipamd could give to pods here at most. */
  readonly podIpCapacity: number | null;
  readonly demand: Demand | null;
  readonly stuckPods: number | null;
  readonly configured: { readonly pattern: Pattern; readonly mode: Mode } | null;
  readonly observed: { readonly pattern: Pattern; readonly mode: Mode } | null;
  readonly enis: number | null;
  /** ENIs attached to network card 0. */
  readonly interfaces: readonly NodeInterface[] | null;
  /** Pod addresses held, and how many of them no pod uses, as EC2 shows them. */
  readonly held: number | null;
  readonly warm: number | null;
  /** What the ipamd model expects for this node's pods. */
  readonly predicted: { readonly held: Bounded; readonly enis: Bounded } | null;
  /** Why observed and predicted differ, where they do. */
  readonly deviation: string | null;
}

/** What DaemonSets cost in addresses. */
export interface DaemonSetCost {
  readonly namespace: string;
  readonly name: string;
  readonly pods: number;
  readonly hostNetwork: boolean;
  readonly addresses: number;
}

export interface OwnerShare {
  readonly class: string;
  readonly name: string;
  readonly confidence: 'high' | 'medium' | 'low';
  /** This cluster's; false for another's and for what nothing tells of. */
  readonly ours: boolean;
  /** Addresses outside prefixes. */
  readonly addresses: number;
  readonly prefixes: number;
  readonly enis: number;
  /** Addresses held and used by no pod; null where that cannot be told. */
  readonly idle: number | null;
  readonly reclaimable: number | null;
}

export interface SubnetReport {
  readonly subnetId: string;
  readonly name: string | null;
  readonly availabilityZone: string;
  readonly cidr: string;
  /** Why the subnet is listed: `node`, `eniconfig`, `control-plane`, `discovery`, `fargate`. */
  readonly sources: readonly string[];
  readonly addresses: {
    readonly total: number;
    readonly reserved: number;
    /** Addresses of visible ENIs, each prefix counted as 16; null where ENIs could not be read. */
    readonly seen: number | null;
    readonly reservedUnallocated: number | null;
    readonly free: number;
    readonly invisible: number | null;
  };
  readonly blocks: {
    readonly total: number;
    readonly usable: number;
    readonly free: number;
    readonly fragmented: number;
    readonly full: number;
    readonly awsReserved: number;
    readonly prefix: number;
    readonly prefixReserved: number;
    readonly explicitReserved: number;
    /** Others hold addresses that are not visible, or something was not read: fewer may be free. */
    readonly upperBound: boolean;
  } | null;
  readonly owners: readonly OwnerShare[] | null;
}

/** Where the report comes from: the cluster itself, a snapshot file, or the bundled demo. */
export type Origin =
  | { readonly kind: 'live'; readonly seconds: number; readonly requests: number }
  | { readonly kind: 'snapshot' | 'demo' };

export interface Inspection extends ReportHead<'Inspection'> {
  readonly origin: Origin;
  /** Which findings the user asked for, and how many others there are; absent where all are here. */
  readonly narrowing?: { readonly by: string; readonly hidden: number };
  /** Commands to run once, so that those of the fixes reach this cluster and no other. */
  readonly setup: readonly string[];
  readonly cluster: ClusterSummary;
  readonly verdict: Verdict;
  /** Pods without an address, the oldest first; null where that cannot be told. */
  readonly waitingPods: readonly WaitingPod[] | null;
  readonly changes: readonly Change[];
  readonly coverage: Coverage;
  readonly capacity: readonly CapacityRow[];
  readonly nodes: readonly NodeReport[] | null;
  readonly daemonSets: readonly DaemonSetCost[] | null;
  readonly subnets: readonly SubnetReport[] | null;
  readonly findings: readonly Finding[];
  /** What could not be read, by section. */
  readonly unread: readonly { readonly section: string; readonly gaps: readonly Gap[] }[];
  readonly sources: readonly Source[];
}

/** Text to put into a configuration, and the nodes it reaches. */
export interface KubeletSnippet {
  readonly id:
    | 'nodeconfig'
    | 'nodeconfig-expression'
    | 'bottlerocket'
    | 'ec2nodeclass'
    | 'reserved-enis'
    | 'eksctl'
    | 'windows-bootstrap';
  readonly title: string;
  readonly appliesTo: string;
  readonly text: string;
  readonly note?: string;
}

export interface MaxPodsReport extends ReportHead<'MaxPods'> {
  /** The data the numbers stand on, and how old each part of it is. */
  readonly catalog: {
    readonly date: string;
    readonly cniRelease: string;
    readonly sources: Readonly<Record<string, CatalogSource>>;
  };
  /** Types in the order asked for; with all modes, ten items a type. */
  readonly items: readonly MaxPodsItem[];
  /** Several types under one pair of pattern and mode: what one setting for all of them can be. */
  readonly group?: MaxPodsGroup;
  /** Empty with all modes: there is not one answer to paste. */
  readonly paste: readonly KubeletSnippet[];
}
