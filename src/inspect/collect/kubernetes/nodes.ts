import type { Cni, Node } from '../../snapshot/kubernetes.ts';
import { cpuMillis, memoryBytes } from '../../snapshot/pod-requests.ts';
import { defineKubernetesCollector } from '../define-collector.ts';
import type { KubernetesObject } from './access.ts';
import type { Fields } from './json-wanted.ts';
import { listAll } from './list-all.ts';
import { countOf, createdAt, list, nameOf, text, textMap } from './wire-fields.ts';

export const nodes = defineKubernetesCollector<'nodes'>({
  section: 'nodes',
  purpose: 'how many pods each node takes, and which nodes exist, is unknown',
  calls: [{ rbac: { group: '', resource: 'nodes', verbs: ['get', 'list'] }, tier: 'core' }],
  async collect(kubernetes, ctx) {
    const keep = annotationFilter(await ctx.section('cni'));
    return { data: (await listAll(kubernetes, NODES, (node) => reduce(node, keep), { keep: READ })) ?? [] };
  },
});

const NODES = { group: '', version: 'v1', resource: 'nodes' };

/** What `reduce` reads: without the images of each node, the longest part. */
const READ: Fields = {
  metadata: { name: true, uid: true, creationTimestamp: true, labels: true, annotations: true },
  spec: { providerID: true, taints: true, unschedulable: true },
  status: {
    allocatable: true,
    capacity: true,
    conditions: { type: true, status: true, reason: true, message: true, lastTransitionTime: true },
    addresses: true,
    nodeInfo: true,
  },
};

/** Domains whose annotations tell of the CNI, of Karpenter or of another CNI. */
const KEPT = /^(?:[a-z0-9.-]+\.)?(?:amazonaws\.com|k8s\.aws|karpenter\.sh|cilium\.io|projectcalico\.org|antrea\.io)\//;

/** aws-node may be told to read the ENIConfig's name from any annotation (ENI_CONFIG_ANNOTATION_DEF). */
function annotationFilter(cni: Cni | undefined): (key: string) => boolean {
  const own = cni?.containers.find((c) => c.name === 'aws-node')?.env.ENI_CONFIG_ANNOTATION_DEF;
  return (key) => key === own || KEPT.test(key);
}

function reduce(node: KubernetesObject, keep: (annotation: string) => boolean): Node {
  const { metadata = {}, spec = {}, status = {} } = node;
  const info = status.nodeInfo ?? {};
  const labels = textMap(metadata.labels);
  const resource = (name: string) => countOf(status.allocatable?.[name] ?? status.capacity?.[name]);
  return {
    name: nameOf(node),
    instanceId: instanceIdOf(spec.providerID),
    ...(isHyperPod(spec.providerID) ? { hyperPod: true } : {}),
    createdAt: createdAt(node),
    labels,
    annotations: Object.fromEntries(Object.entries(textMap(metadata.annotations)).filter(([key]) => keep(key))),
    taints: list(spec.taints).map((t) => ({
      key: text(t.key) ?? '',
      value: text(t.value),
      effect: text(t.effect) ?? '',
    })),
    unschedulable: spec.unschedulable === true,
    maxPods: resource('pods'),
    ...allocatable(status.allocatable),
    podEni: resource('vpc.amazonaws.com/pod-eni'),
    windowsIps: resource('vpc.amazonaws.com/PrivateIPv4Address'),
    ...readiness(status.conditions),
    internalIps: list(status.addresses)
      .filter((a) => a.type === 'InternalIP')
      .flatMap((a) => text(a.address) ?? []),
    ...memory(status),
    osImage: text(info.osImage) ?? '',
    os: text(info.operatingSystem) ?? labels['kubernetes.io/os'] ?? '',
    arch: text(info.architecture) ?? labels['kubernetes.io/arch'] ?? '',
    kernelVersion: text(info.kernelVersion) ?? '',
    kubeletVersion: text(info.kubeletVersion) ?? '',
  };
}

/** What pods can ask for; the system's own share is off already. */
function allocatable(resources: KubernetesObject | undefined): Pick<Node, 'cpuMillis' | 'memoryBytes'> {
  const cpu = cpuMillis(resources?.cpu);
  const memory = memoryBytes(resources?.memory);
  return { ...(cpu === undefined ? {} : { cpuMillis: cpu }), ...(memory === undefined ? {} : { memoryBytes: memory }) };
}

/** `aws:///eu-west-1a/i-0abc`; Fargate and hybrid nodes have other ids there. */
function instanceIdOf(providerId: unknown): string | undefined {
  return /^aws:\/\/.*\/(i-[0-9a-f]{8,17})$/.exec(text(providerId) ?? '')?.[1];
}

/** `aws:///use1-az4/sagemaker/cluster/hyperpod-0abc-i-0def`: the instance belongs to an account of SageMaker. */
function isHyperPod(providerId: unknown): boolean {
  return /\/sagemaker\/cluster\/hyperpod-/.test(text(providerId) ?? '');
}

/** `7934352Ki` in whole MiB (apimachinery: resource.Quantity, binary suffixes and plain bytes). */
function mebibytes(quantity: unknown): number | undefined {
  const parts = /^(\d+)(Ki|Mi|Gi|Ti)?$/.exec(String(quantity ?? ''));
  if (!parts) return undefined;
  const power = parts[2] === undefined ? -2 : ['Ki', 'Mi', 'Gi', 'Ti'].indexOf(parts[2]) - 1;
  return Math.floor(Number(parts[1]) * 1024 ** power);
}

function memory(status: KubernetesObject): Pick<Node, 'memoryMib' | 'allocatableMemoryMib'> {
  const memoryMib = mebibytes(status.capacity?.memory);
  const allocatableMemoryMib = mebibytes(status.allocatable?.memory);
  return {
    ...(memoryMib === undefined ? {} : { memoryMib }),
    ...(allocatableMemoryMib === undefined ? {} : { allocatableMemoryMib }),
  };
}

function readiness(conditions: unknown): Pick<Node, 'ready' | 'readyReason' | 'readySince'> {
  const ready = list(conditions).find((c) => c.type === 'Ready');
  const since = text(ready?.lastTransitionTime);
  if (ready?.status === 'True') return { ready: 'True', ...(since ? { readySince: since } : {}) };
  return {
    ready: ready?.status === 'False' ? 'False' : 'Unknown',
    readyReason: readyReason(text(ready?.reason) ?? '', text(ready?.message) ?? ''),
    ...(since ? { readySince: since } : {}),
  };
}

/** Texts of kubelet (pkg/kubelet/nodestatus/setters.go) and of the node lifecycle controller. */
function readyReason(reason: string, message: string): Node['readyReason'] {
  if (/cni plugin not initialized|cni config uninitialized/i.test(message)) return 'cni-not-initialized';
  if (/NetworkPluginNotReady|NetworkReady=false/.test(message)) return 'network-not-ready';
  if (reason === 'NodeStatusUnknown' || /stopped posting node status/i.test(message)) return 'kubelet-silent';
  return 'other';
}
