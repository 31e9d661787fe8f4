/** What `inspect` reports. Field names are a public contract. */
import * as v from 'valibot';
import { gapSchema } from '../snapshot/section.ts';
import { sourceSchema } from '../snapshot.ts';
import {
  boundedSchema,
  count,
  countOrUnknown,
  flag,
  headOf,
  list,
  modeSchema,
  object,
  pairSchema,
  patternSchema,
  rangeSchema,
  text,
  textOrUnknown,
} from './fields.ts';
import { findingSchema, severitySchema } from './finding.ts';
import { sinceSchema } from './since.ts';
import { addressAccountSchema, blockAccountSchema } from './subnet-account.ts';

export const notEvaluatedSchema = object({
  code: text,
  title: text,
  /** Permissions that would allow it. */
  permissions: list(text),
  reasons: list(text),
  /** The gravest severity the check could have reached; info where nothing but rights of the optional tier is missing. */
  severity: severitySchema,
  /** True where the user switched the source off himself. */
  byChoice: flag,
  /** The objects that could not be judged, where it could judge the others and found nothing there. */
  unjudged: v.optional(object({ count, of: count, what: text })),
});

/** Adds up to the size of the registry: every check is in exactly one of the five. */
export const coverageSchema = object({
  passed: count,
  failed: count,
  notApplicable: count,
  notEvaluated: list(notEvaluatedSchema),
  suppressed: count,
});

export const settingInForceSchema = object({
  name: text,
  /** The value in force; null where the variable is absent and the binary's default applies. */
  value: textOrUnknown,
  effective: text,
  /** Where it was set. */
  origin: v.picklist(['addon-configuration', 'daemonset', 'config-map', 'default']),
  /** Why the text given is not what is in force, where so. */
  note: v.optional(text),
});

export const clusterSummarySchema = object({
  name: text,
  arn: textOrUnknown,
  region: textOrUnknown,
  account: textOrUnknown,
  kubernetesVersion: textOrUnknown,
  platformVersion: textOrUnknown,
  cni: object({ version: textOrUnknown, installMethod: text, evidence: list(text) }),
  pattern: v.nullable(patternSchema),
  mode: v.nullable(modeSchema),
  settings: list(settingInForceSchema),
  vpcId: textOrUnknown,
  vpcCidrs: v.nullable(list(text)),
  networkPolicy: object({ state: v.picklist(['enforced', 'off', 'half', 'other-engine', 'unknown']), detail: text }),
  nodes: countOrUnknown,
  pods: v.nullable(
    object({
      total: count,
      /** Those that have an address from ipamd. */
      addressed: count,
      branch: count,
      hostNetwork: count,
      stuck: countOrUnknown,
    }),
  ),
});

export const verdictSchema = object({
  severity: v.picklist(['error', 'warning', 'info', 'ok', 'unknown']),
  /** The one line that says how it stands. */
  text,
  stuckPods: countOrUnknown,
  /** What keeps them waiting, each pod counted once; the code is null where no finding accounts for it. */
  causes: list(object({ code: textOrUnknown, pods: count, text })),
});

/** A scheduled pod that has no address, or no branch ENI, and waits for it. */
export const waitingPodSchema = object({
  /** `namespace/name`. */
  pod: text,
  node: text,
  zone: textOrUnknown,
  /** `Deployment/web`. */
  owner: textOrUnknown,
  since: text,
  ageSeconds: count,
  wantsBranch: flag,
  /** Id of the finding that accounts for it; null where none does. */
  cause: textOrUnknown,
});

/** Scheduled pods without an address that wait for something else than the network. */
const waitingElsewhereSchema = object({
  /** A volume, the kubelet of a node that is silent or gone, or what nothing tells of. */
  waitsFor: v.picklist(['volume', 'silent-node', 'vanished-node', 'unknown']),
  /** `namespace/name`, the oldest first. */
  pods: list(text),
  oldestSeconds: count,
});

/** Something that changed lately and may be why. */
export const changeSchema = object({ at: text, what: text, detail: text });

/** One of the ten pattern and mode pairs for this cluster, by the closed form. */
export const capacityRowSchema = object({
  pattern: patternSchema,
  mode: modeSchema,
  current: flag,
  supported: flag,
  blockers: list(object({ reason: text, nodes: count, zones: list(text) })),
  maxPodsPerNode: v.nullable(rangeSchema),
  /** Sum over today's nodes of min(maxPods, addresses + branch + host-network). */
  clusterPods: countOrUnknown,
  /** Subnet addresses of today's nodes and pods, settled. */
  addresses: v.nullable(object({ node: count, pod: count })),
  /** /28 blocks of today's nodes and pods; null outside prefix mode. */
  blocks: countOrUnknown,
  worstSubnet: v.nullable(object({ subnetId: text, ratio: count })),
  /** Further nodes of the cluster's own mix until a subnet refuses: at the worst and the best placement of single addresses. */
  roomForNodes: v.nullable(boundedSchema),
  branchPodsAssumed: countOrUnknown,
});

export const demandSchema = object({
  /** Pods that take an address from ipamd. */
  daemonSet: count,
  other: count,
  /** Of both, those that have it. */
  holding: count,
  branch: count,
  hostNetwork: count,
});

export const nodeInterfaceSchema = object({
  eniId: text,
  /** `data`: gives addresses to pods; `unmanaged`: ipamd leaves it alone. */
  role: v.picklist(['primary', 'data', 'trunk', 'unmanaged']),
  subnetId: text,
  /** Single addresses, the ENI's own included. */
  addresses: count,
  prefixes: count,
});

export const nodeReportSchema = object({
  name: text,
  instanceId: textOrUnknown,
  instanceType: textOrUnknown,
  zone: textOrUnknown,
  /** Of its primary ENI. */
  subnetId: textOrUnknown,
  ready: flag,
  /** What launched it: a managed node group, a Karpenter NodePool, an Auto Scaling group; the name is empty where nothing tells. */
  group: object({ kind: text, name: text }),
  /** `vpc-cni`, or who else gives its pods their addresses. */
  platform: text,
  /** kubelet's, and what is safe for any mix of pods. */
  maxPods: countOrUnknown,
  recommendedMaxPods: countOrUnknown,
  /** Addresses ipamd could give to pods here at most. */
  podIpCapacity: countOrUnknown,
  demand: v.nullable(demandSchema),
  stuckPods: countOrUnknown,
  configured: v.nullable(pairSchema),
  observed: v.nullable(pairSchema),
  enis: countOrUnknown,
  /** ENIs attached to network card 0. */
  interfaces: v.nullable(list(nodeInterfaceSchema)),
  /** Pod addresses held, and how many of them no pod uses, as EC2 shows them. */
  held: countOrUnknown,
  warm: countOrUnknown,
  /** What the ipamd model expects for this node's pods. */
  predicted: v.nullable(object({ held: boundedSchema, enis: boundedSchema })),
  /** Why observed and predicted differ, where they do. */
  deviation: textOrUnknown,
});

/** What DaemonSets cost in addresses. */
export const daemonSetCostSchema = object({
  namespace: text,
  name: text,
  pods: count,
  hostNetwork: flag,
  addresses: count,
});

export const ownerShareSchema = object({
  class: text,
  name: text,
  confidence: v.picklist(['high', 'medium', 'low']),
  /** This cluster's; false for another's and for what nothing tells of. */
  ours: flag,
  /** Addresses outside prefixes. */
  addresses: count,
  prefixes: count,
  enis: count,
  /** Addresses held and used by no pod; null where that cannot be told. */
  idle: countOrUnknown,
  reclaimable: countOrUnknown,
});

export const subnetReportSchema = object({
  subnetId: text,
  name: textOrUnknown,
  availabilityZone: text,
  cidr: text,
  /** Why the subnet is listed: `node`, `eniconfig`, `control-plane`, `discovery`, `fargate`. */
  sources: list(text),
  addresses: addressAccountSchema,
  blocks: v.nullable(blockAccountSchema),
  owners: v.nullable(list(ownerShareSchema)),
});

/** Where the report comes from: the cluster itself, a snapshot file, or the bundled demo. */
export const originSchema = v.variant('kind', [
  object({ kind: v.literal('live'), seconds: count, requests: count }),
  object({ kind: v.picklist(['snapshot', 'demo']) }),
]);

export const inspectionSchema = object({
  ...headOf('Inspection'),
  origin: originSchema,
  /** Which findings the user asked for, and how many others there are; absent where all are here. `note`: what he named is not there. */
  narrowing: v.optional(object({ by: text, hidden: count, note: v.optional(text) })),
  /** Suppressions, as given, that no finding answers to. */
  unusedSuppressions: list(text),
  /** Commands to run once, so that those of the fixes reach this cluster and no other. */
  setup: list(text),
  cluster: clusterSummarySchema,
  verdict: verdictSchema,
  /** Pods without an address, the oldest first; null where that cannot be told. */
  waitingPods: v.nullable(list(waitingPodSchema)),
  /** Others without an address, by what they wait for; null where that cannot be told. */
  waitingElsewhere: v.nullable(list(waitingElsewhereSchema)),
  changes: list(changeSchema),
  /** What changed since older snapshots, where some were given. */
  since: v.optional(sinceSchema),
  coverage: coverageSchema,
  capacity: list(capacityRowSchema),
  nodes: v.nullable(list(nodeReportSchema)),
  daemonSets: v.nullable(list(daemonSetCostSchema)),
  subnets: v.nullable(list(subnetReportSchema)),
  findings: list(findingSchema),
  /** What could not be read, by section. */
  unread: list(
    object({
      section: text,
      gaps: list(gapSchema),
      /** Whether a check or a part of this report would have made use of it. */
      used: flag,
    }),
  ),
  sources: list(sourceSchema),
});

export type NotEvaluated = v.InferOutput<typeof notEvaluatedSchema>;
export type Coverage = v.InferOutput<typeof coverageSchema>;
export type SettingInForce = v.InferOutput<typeof settingInForceSchema>;
export type ClusterSummary = v.InferOutput<typeof clusterSummarySchema>;
export type Verdict = v.InferOutput<typeof verdictSchema>;
export type WaitingPod = v.InferOutput<typeof waitingPodSchema>;
export type WaitingElsewhere = v.InferOutput<typeof waitingElsewhereSchema>;
export type Change = v.InferOutput<typeof changeSchema>;
export type CapacityRow = v.InferOutput<typeof capacityRowSchema>;
export type Demand = v.InferOutput<typeof demandSchema>;
export type NodeInterface = v.InferOutput<typeof nodeInterfaceSchema>;
export type NodeReport = v.InferOutput<typeof nodeReportSchema>;
export type DaemonSetCost = v.InferOutput<typeof daemonSetCostSchema>;
export type OwnerShare = v.InferOutput<typeof ownerShareSchema>;
export type SubnetReport = v.InferOutput<typeof subnetReportSchema>;
export type Origin = v.InferOutput<typeof originSchema>;
export type Inspection = v.InferOutput<typeof inspectionSchema>;
