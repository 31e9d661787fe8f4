/** What the Kubernetes API says: nodes, workloads, events, the CNI's own objects. Pods stand in `pods.ts`. */
import * as v from 'valibot';
import { count, textMap, time } from './values.ts';

const labels = textMap;
const taints = v.array(v.object({ key: v.string(), value: v.optional(v.string()), effect: v.string() }));

export const nodeSchema = v.object({
  name: v.string(),
  /** From `spec.providerID`; undefined for nodes that are no EC2 instances. */
  instanceId: v.optional(v.string()),
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
  osImage: v.string(),
  os: v.string(),
  arch: v.string(),
  kernelVersion: v.string(),
  kubeletVersion: v.string(),
});

const requirements = v.array(v.object({ key: v.string(), operator: v.string(), values: v.array(v.string()) }));

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
    v.object({ kind: v.string(), namespace: v.string(), name: v.string(), replicas: count, ready: count }),
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
    'pod-eni-insufficient',
    'sandbox-failed',
    'scheduling-failed',
    'other',
  ]),
  reason: v.string(),
  source: v.optional(v.string()),
  object: v.object({ kind: v.string(), namespace: v.optional(v.string()), name: v.string() }),
  /** Node the reporter ran on, where the event says so. */
  node: v.optional(v.string()),
  /** The denied AWS action, `ec2:AssignPrivateIpAddresses`, where the text names one. */
  action: v.optional(v.string()),
  /** The volume that is not attached or mounted, where the text names one. */
  volume: v.optional(v.string()),
  count: count,
  firstAt: v.optional(time),
  lastAt: v.optional(time),
});

/** One container of aws-node as its DaemonSet declares it. Values are kept for known CNI variables only. */
const containerSchema = v.object({
  name: v.string(),
  image: v.string(),
  env: labels,
  /** Variables set from a source that was not read (a Secret, a field). */
  unresolved: v.array(v.string()),
  args: v.array(v.string()),
});

export const cniSchema = v.object({
  /** False where no DaemonSet `kube-system/aws-node` exists. */
  installed: v.boolean(),
  /** How it was installed, and what says so. */
  installMethod: v.picklist(['managed-addon', 'helm', 'manifest', 'unknown', 'none']),
  evidence: v.array(v.string()),
  helmRelease: v.optional(v.object({ name: v.string(), namespace: v.string(), chart: v.optional(v.string()) })),
  version: v.optional(v.string()),
  containers: v.array(containerSchema),
  initContainers: v.array(containerSchema),
  desired: v.optional(count),
  ready: v.optional(count),
  updated: v.optional(count),
  generation: v.optional(count),
  /** When the DaemonSet's template last changed: newest controller revision, else managed fields. */
  changedAt: v.optional(time),
  revision: v.optional(count),
  /** `kube-system/amazon-vpc-cni`, known keys; undefined where it does not exist. */
  configMap: v.optional(labels),
  serviceAccountRoleArn: v.optional(v.string()),
  /** The aws-node pods themselves. */
  pods: v.array(
    v.object({
      name: v.string(),
      node: v.optional(v.string()),
      ready: v.boolean(),
      phase: v.string(),
      restarts: count,
      waitingReason: v.optional(v.string()),
      exitCode: v.optional(count),
      startedAt: v.optional(time),
      image: v.optional(v.string()),
    }),
  ),
  /** DaemonSets of other CNIs or policy engines: `cilium`, `calico-node`, `antrea-agent`. */
  otherCnis: v.array(v.object({ engine: v.string(), namespace: v.string(), name: v.string() })),
});

export const eniConfigSchema = v.object({
  name: v.string(),
  subnetId: v.optional(v.string()),
  securityGroupIds: v.array(v.string()),
});

const selector = v.object({
  matchLabels: labels,
  matchExpressions: requirements,
});

export const securityGroupPolicySchema = v.object({
  namespace: v.string(),
  name: v.string(),
  createdAt: time,
  podSelector: v.optional(selector),
  serviceAccountSelector: v.optional(v.object({ ...selector.entries, matchNames: v.array(v.string()) })),
  securityGroupIds: v.array(v.string()),
});

export const cniNodeSchema = v.object({
  name: v.string(),
  features: v.array(v.object({ name: v.string(), value: v.optional(v.string()) })),
  tags: labels,
  deleting: v.boolean(),
  createdAt: time,
});

export const networkPolicySchema = v.object({ namespace: v.string(), name: v.string(), podSelector: selector });
export const policyEndpointSchema = v.object({ namespace: v.string(), name: v.string(), policy: v.string() });

export const nodePoolSchema = v.object({
  name: v.string(),
  nodeClass: v.object({ kind: v.string(), name: v.string() }),
  limits: labels,
  requirements,
  /** Of its nodes' template. */
  labels: v.optional(labels),
  taints: v.optional(taints),
  /** v1beta1 has kubelet settings here; v1 on the class. */
  maxPods: v.optional(v.number()),
  /** Nodes disrupted at once, `10%` or a count; one entry a budget. */
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
  subnetIds: v.array(v.string()),
  securityGroupIds: v.array(v.string()),
});

export type Node = v.InferOutput<typeof nodeSchema>;
export type Workloads = v.InferOutput<typeof workloadsSchema>;
export type ClusterEvent = v.InferOutput<typeof eventSchema>;
export type Cni = v.InferOutput<typeof cniSchema>;
export type EniConfig = v.InferOutput<typeof eniConfigSchema>;
export type Selector = v.InferOutput<typeof selector>;
export type SecurityGroupPolicy = v.InferOutput<typeof securityGroupPolicySchema>;
export type CniNode = v.InferOutput<typeof cniNodeSchema>;
export type NetworkPolicy = v.InferOutput<typeof networkPolicySchema>;
export type NodePool = v.InferOutput<typeof nodePoolSchema>;
export type NodeClass = v.InferOutput<typeof nodeClassSchema>;
