/** What the Kubernetes API says: nodes, workloads, events, the CNI's own objects. Pods stand in `pods.ts`. */
import * as v from 'valibot';
import { gapSchema } from './section.ts';
import { count, requirements, textMap, time } from './values.ts';

const labels = textMap;
const taints = v.array(v.object({ key: v.string(), value: v.optional(v.string()), effect: v.string() }));

export const nodeSchema = v.object({
  name: v.string(),
  /** From `spec.providerID`; undefined for nodes that are no EC2 instances of this account. */
  instanceId: v.optional(v.string()),
  /** A node of a SageMaker HyperPod cluster, by its `spec.providerID`. */
  hyperPod: v.optional(v.boolean()),
  createdAt: time,
  labels,
  /** Only annotations that concern the CNI, Karpenter or an alternate CNI. */
  annotations: labels,
  taints,
  unschedulable: v.boolean(),
  /** `status.allocatable.pods`: kubelet's maxPods. */
  maxPods: v.optional(count),
  /** Allocatable CPU in thousandths, memory in bytes. */
  cpuMillis: v.optional(count),
  memoryBytes: v.optional(v.pipe(v.number(), v.minValue(0))),
  /** `vpc.amazonaws.com/pod-eni`; undefined where the node does not advertise it. */
  podEni: v.optional(count),
  /** `vpc.amazonaws.com/PrivateIPv4Address` (Windows). */
  windowsIps: v.optional(count),
  ready: v.picklist(['True', 'False', 'Unknown']),
  /** What the Ready condition's message is about, parsed where it is read. */
  readyReason: v.optional(v.picklist(['cni-not-initialized', 'network-not-ready', 'kubelet-silent', 'other'])),
  readySince: v.optional(time),
  internalIps: v.array(v.string()),
  /** `status.capacity.memory` and what is left of it for pods, in MiB. */
  memoryMib: v.optional(count),
  allocatableMemoryMib: v.optional(count),
  osImage: v.string(),
  os: v.string(),
  arch: v.string(),
  kernelVersion: v.string(),
  kubeletVersion: v.string(),
});

const disruptionBudget = v.object({
  namespace: v.string(),
  name: v.string(),
  matchLabels: labels,
  matchExpressions: v.optional(requirements),
  disruptionsAllowed: count,
});

export const workloadsSchema = v.object({
  daemonSets: v.array(
    v.object({
      namespace: v.string(),
      name: v.string(),
      hostNetwork: v.boolean(),
      desired: count,
      ready: count,
      images: v.array(v.string()),
    }),
  ),
  /** Deployments and StatefulSets. */
  controllers: v.array(
    v.object({
      kind: v.string(),
      namespace: v.string(),
      name: v.string(),
      replicas: count,
      ready: count,
      /** `maxSurge` of a Deployment, `25%` or a count; `0` where old pods go first; absent in files that did not read it. */
      maxSurge: v.optional(v.string()),
    }),
  ),
  /** ReplicaSet → Deployment, so that a pod's owner can be shown by the name the user wrote. */
  replicaSetOwners: textMap,
  autoscalers: v.array(
    v.object({
      namespace: v.string(),
      name: v.string(),
      targetKind: v.string(),
      targetName: v.string(),
      minReplicas: count,
      maxReplicas: count,
      currentReplicas: count,
    }),
  ),
  disruptionBudgets: v.array(disruptionBudget),
  /** `RESERVED_ENIS` of the Karpenter controller, where it was found. */
  karpenter: v.optional(v.object({ namespace: v.string(), name: v.string(), reservedEnis: v.optional(count) })),
});

/** Why the API server took no pod of a ReplicaSet, Job, StatefulSet or DaemonSet. */
const refusalSchema = v.object({
  by: v.picklist([
    'quota',
    'quota-unset',
    'limit-range',
    'pod-security',
    'service-account',
    'priority-class',
    'webhook',
    'webhook-silent',
    'policy',
    'other',
  ]),
  /** Of the quota, the webhook, the policy, the service account or the class, the level of Pod Security. */
  name: v.optional(v.string()),
  /** Quantities as written: what one pod asks for, what is used, what is allowed. */
  amounts: v.optional(
    v.array(v.object({ resource: v.string(), asked: v.string(), used: v.optional(v.string()), limit: v.string() })),
  ),
  /** What a quota counts and the pod does not set. */
  unset: v.optional(v.array(v.string())),
});

/** An event reduced to what it says; the text itself is dropped. */
export const eventSchema = v.object({
  kind: v.picklist([
    'assign-ip-failed',
    'insufficient-cidr-blocks',
    'insufficient-free-addresses',
    'unauthorized',
    'trunk-failed',
    'trunk-unsupported',
    'branch-failed',
    'eniconfig-not-found',
    'cni-not-initialized',
    'cni-unreachable',
    'network-policy-setup-failed',
    'wrong-client-version',
    'branch-annotation-failed',
    'attachment-limit',
    'security-group-refused',
    'pod-eni-insufficient',
    'windows-ip-insufficient',
    'too-many-pods',
    'volume-failed',
    'image-pull-failed',
    'probe-failed',
    'sandbox-failed',
    'scheduling-failed',
    'create-refused',
    'other',
  ]),
  reason: v.string(),
  source: v.optional(v.string()),
  object: v.object({ kind: v.string(), namespace: v.optional(v.string()), name: v.string() }),
  /** Node the reporter ran on, where the event says so. */
  node: v.optional(v.string()),
  /** The denied AWS action, `ec2:AssignPrivateIpAddresses`, where the text names one. */
  action: v.optional(v.string()),
  /** AWS refused a call for rate, as its text says. */
  throttled: v.optional(v.boolean()),
  /** What the scheduler holds against how many nodes, where the event is its own. */
  unfit: v.optional(
    v.array(
      v.object({
        what: v.picklist(['too-many-pods', 'pod-eni', 'windows-ip', 'cpu', 'memory', 'taint', 'affinity', 'other']),
        nodes: count,
      }),
    ),
  ),
  /** What refused the pod that a controller made, as the API server's answer says. */
  refusal: v.optional(refusalSchema),
  /** The volume that is not attached or mounted, where the text names one. */
  volume: v.optional(v.string()),
  count: count,
  firstAt: v.optional(time),
  lastAt: v.optional(time),
});

export const eniConfigSchema = v.object({
  name: v.string(),
  subnetId: v.optional(v.string()),
  securityGroupIds: v.array(v.string()),
  /** True where `securityGroups` is one text in place of a list, which aws-node cannot read. */
  groupsAreText: v.optional(v.boolean()),
});

export const selectorSchema = v.object({ matchLabels: labels, matchExpressions: requirements });

export const securityGroupPolicySchema = v.object({
  namespace: v.string(),
  name: v.string(),
  createdAt: time,
  podSelector: v.optional(selectorSchema),
  serviceAccountSelector: v.optional(
    v.object({
      ...selectorSchema.entries,
      matchNames: v.array(v.string()),
      /** Service accounts of the namespace that its labels select; undefined where it has none, or they could not be read. */
      selected: v.optional(v.array(v.string())),
      /** Why they could not be read. */
      unread: v.optional(gapSchema),
    }),
  ),
  securityGroupIds: v.array(v.string()),
});

export const cniNodeSchema = v.object({
  name: v.string(),
  features: v.array(v.object({ name: v.string(), value: v.optional(v.string()) })),
  tags: labels,
  deleting: v.boolean(),
  /** Since when it is being deleted, and what holds that up; undefined in files that did not tell. */
  deletingSince: v.optional(time),
  finalizers: v.optional(v.array(v.string())),
  createdAt: time,
});

/** A volume that is bound to a claim, and the zones it can be used in. */
export const persistentVolumeSchema = v.object({
  name: v.string(),
  /** `namespace/name` of the claim. */
  claim: v.string(),
  /** Empty where it is bound to no zone. */
  zones: v.array(v.string()),
});

export const nodePoolSchema = v.object({
  name: v.string(),
  nodeClass: v.object({ kind: v.string(), name: v.string() }),
  limits: labels,
  requirements,
  /** Of its nodes' template. */
  labels: v.optional(labels),
  taints: v.optional(taints),
  /** v1beta1 has kubelet settings here; v1 on the class. */
  maxPods: v.optional(count),
  /**
   * Nodes disrupted at once, `10%` or a count; one entry a budget that holds at all times for nodes that drift. `100%` where
   * there are only budgets for other times or reasons.
   */
  budgets: v.optional(v.array(v.string())),
  /** `720h` or `Never`: expired nodes go without asking a budget. */
  expireAfter: v.optional(v.string()),
});

export const nodeClassSchema = v.object({
  /** `EC2NodeClass` (Karpenter) or `NodeClass` (Auto Mode). */
  kind: v.string(),
  name: v.string(),
  amiFamily: v.optional(v.string()),
  maxPods: v.optional(count),
  podsPerCore: v.optional(count),
  /** Terms it selects subnets by: any of them; a value `*` asks for the key alone. */
  subnetSelector: v.optional(v.array(v.object({ id: v.optional(v.string()), tags: labels }))),
  /** Subnets nodes may be launched in, as the controller resolved them. */
  subnetIds: v.array(v.string()),
  securityGroupIds: v.array(v.string()),
  /** Conditions that are not True: `SubnetsReady`, `SecurityGroupsReady`. */
  notReady: v.optional(v.array(v.string())),
  /** Terms that choose the subnets of pods (Auto Mode): ids, or tags that a subnet must all have. */
  podSubnetTerms: v.optional(v.array(v.object({ id: v.optional(v.string()), tags: labels }))),
  /** `advancedNetworking.ipv4PrefixSize` (Auto Mode): `Auto`, `32`. */
  ipv4PrefixSize: v.optional(v.string()),
});

export type Node = v.InferOutput<typeof nodeSchema>;
export type Workloads = v.InferOutput<typeof workloadsSchema>;
export type ClusterEvent = v.InferOutput<typeof eventSchema>;
export type Refusal = v.InferOutput<typeof refusalSchema>;
export type { Cni } from './cni.ts';
export type EniConfig = v.InferOutput<typeof eniConfigSchema>;
export type Selector = v.InferOutput<typeof selectorSchema>;
export type SecurityGroupPolicy = v.InferOutput<typeof securityGroupPolicySchema>;
export type CniNode = v.InferOutput<typeof cniNodeSchema>;
export type PersistentVolume = v.InferOutput<typeof persistentVolumeSchema>;
export type NodePool = v.InferOutput<typeof nodePoolSchema>;
export type NodeClass = v.InferOutput<typeof nodeClassSchema>;
