/** One pod as the API sends it, reduced to what the snapshot keeps. */
import {
  POD_PHASES,
  type Pod,
  type PodClass,
  type PodNeeds,
  type PodPhase,
  type PodProbe,
} from '../../snapshot/pods.ts';
import type { KubernetesObject } from './access.ts';
import { REST } from './json-wanted.ts';
import { AMBIENT, FARGATE_GROUPS, FURTHER, POD_ENI } from './pod-fields.ts';
import { podNeeds } from './pod-needs.ts';
import { createdAt, integer, list, nameOf, namespaceOf, text, textMap } from './wire-fields.ts';

const WINDOWS_ADDRESS = 'vpc.amazonaws.com/PrivateIPv4Address';

/** Labels that differ from pod to pod or from rollout to rollout, and that nobody selects by: they would defeat interning. */
const VOLATILE_LABELS: ReadonlySet<string> = new Set([
  'pod-template-hash',
  'pod-template-generation',
  'controller-revision-hash',
  'controller-uid',
  'batch.kubernetes.io/controller-uid',
]);

export function podRecord(pod: KubernetesObject): Pod {
  const { metadata = {}, spec = {}, status = {} } = pod;
  const labels = labelsOf(metadata.labels);
  const shape = shapeOf(spec, labels);
  const branch = annotation(metadata, POD_ENI);
  const node = text(spec.nodeName);
  const ip = text(status.podIP);
  const podClass = branch === undefined ? shape.class : withBranch(shape.class);
  return {
    namespace: namespaceOf(pod),
    name: nameOf(pod),
    node,
    ip,
    class: podClass,
    phase: phaseOf(status.phase),
    owner: ownerOf(metadata.ownerReferences, labels),
    labels: labels.kept,
    serviceAccount: text(spec.serviceAccountName),
    createdAt: createdAt(pod),
    terminating: metadata.deletionTimestamp !== undefined,
    waiting: node !== undefined && ip === undefined && podClass !== 'host-network' && isWaiting(status),
    branchEniId: branchEniOf(branch),
    claims: list(spec.volumes).flatMap((v) => text(v.persistentVolumeClaim?.claimName) ?? []),
    needs: shape.needs,
    hostPorts: podClass === 'host-network' ? shape.ports : undefined,
    furtherInterfaces: annotation(metadata, FURTHER) === undefined ? undefined : true,
    probes: shape.probes,
    unready: status.phase === 'Running' && conditionOf(status, 'Ready') === 'False',
    ambient: annotation(metadata, AMBIENT) === 'enabled',
    injected: podClass === 'branch' || shape.asksWindowsAddress || annotation(metadata, FARGATE_GROUPS) !== undefined,
  };
}

function annotation(metadata: KubernetesObject, name: string): string | undefined {
  const value: unknown = metadata.annotations?.[name];
  return typeof value === 'string' ? value : undefined;
}

interface Labels {
  readonly all: Record<string, string>;
  /** Without those nobody selects by. */
  readonly kept: Record<string, string>;
}

/** What follows from a value that many pods share is worked out once. */
function onceFor<K extends object, V>(known: WeakMap<K, V>, key: K | undefined, make: () => V): V {
  const before = key && known.get(key);
  if (before !== undefined) return before;
  const made = make();
  if (key) known.set(key, made);
  return made;
}

function objectOf(value: unknown): object | undefined {
  return typeof value === 'object' && value !== null ? value : undefined;
}

const labelsKnown = new WeakMap<object, Labels>();

function labelsOf(raw: unknown): Labels {
  return onceFor(labelsKnown, objectOf(raw), () => {
    const all = textMap(raw);
    return { all, kept: Object.fromEntries(Object.entries(all).filter(([key]) => !VOLATILE_LABELS.has(key))) };
  });
}

/** What follows from the part of a spec that all pods of an owner share, and from their labels. */
interface Shape {
  /** Without regard to the annotation of a branch ENI. */
  readonly class: PodClass;
  readonly needs: PodNeeds;
  readonly ports: readonly number[];
  readonly probes: readonly PodProbe[];
  readonly asksWindowsAddress: boolean;
}

const shapesKnown = new WeakMap<object, WeakMap<Labels, Shape>>();

function shapeOf(spec: KubernetesObject, labels: Labels): Shape {
  const rest = (spec as { readonly [REST]?: object })[REST];
  const ofSpec = rest && onceFor(shapesKnown, rest, () => new WeakMap<Labels, Shape>());
  const make = () => ({
    class: classOf(spec, labels.all),
    needs: podNeeds(spec, labels.all),
    ports: portsOf(spec),
    probes: probesOf(spec),
    asksWindowsAddress: limits(spec, WINDOWS_ADDRESS).some(isPositive),
  });
  return ofSpec ? onceFor(ofSpec, labels, make) : make();
}

/** On the host network a container's port is the node's. */
function portsOf(spec: KubernetesObject): number[] {
  const ports = list(spec.containers).flatMap((c) => list(c.ports).flatMap((p) => integer(p.containerPort) ?? []));
  return [...new Set(ports)].sort((a, b) => a - b);
}

/**
 * The pod's own marks; nodes that are Windows or Fargate without the pod saying so are settled by the caller. The
 * controller's webhook puts the branch limit on the first container (vpc-resource-controller: webhooks/core/pod_webhook.go).
 */
function classOf(spec: KubernetesObject, labels: Record<string, string>): PodClass {
  if (spec.hostNetwork === true) return 'host-network';
  if (labels['eks.amazonaws.com/fargate-profile'] !== undefined || spec.schedulerName === 'fargate-scheduler')
    return 'fargate';
  const [first] = list(spec.containers);
  if (isPositive(first?.resources?.limits?.[POD_ENI])) return 'branch';
  const windows =
    spec.os?.name === 'windows' ||
    spec.nodeSelector?.['kubernetes.io/os'] === 'windows' ||
    limits(spec, WINDOWS_ADDRESS).some(isPositive);
  return windows ? 'windows' : 'ordinary';
}

/** Of a pod that is annotated with a branch ENI. */
function withBranch(podClass: PodClass): PodClass {
  return podClass === 'host-network' || podClass === 'fargate' ? podClass : 'branch';
}

/** What its containers ask of a resource. */
function limits(spec: KubernetesObject, resource: string): unknown[] {
  return list(spec.containers).map((c) => c.resources?.limits?.[resource]);
}

function isPositive(quantity: unknown): boolean {
  return quantity !== undefined && String(quantity) !== '0';
}

function phaseOf(phase: unknown): PodPhase {
  return POD_PHASES.find((p) => p === phase) ?? 'Unknown';
}

/** kubelet makes the sandbox, and with it the address, before any container leaves these states. */
function isWaiting(status: KubernetesObject): boolean {
  if (status.phase !== 'Pending') return false;
  const containers = [...list(status.initContainerStatuses), ...list(status.containerStatuses)];
  return containers.every((c) => {
    const reason = c.state?.waiting?.reason;
    return reason === 'ContainerCreating' || reason === 'PodInitializing';
  });
}

const ownersKnown = new WeakMap<Labels, WeakMap<object, { readonly owner: string | undefined }>>();

function ownerOf(references: unknown, labels: Labels): string | undefined {
  const ofLabels = onceFor(ownersKnown, labels, () => new WeakMap());
  return onceFor(ofLabels, objectOf(references), () => ({ owner: readOwner(references, labels.all) })).owner;
}

/** A ReplicaSet of a Deployment is named after it and the pod-template-hash (kube-controller-manager: deployment/sync.go). */
function readOwner(references: unknown, labels: Record<string, string>): string | undefined {
  const owner = list(references).find((r) => r.controller === true);
  const kind = text(owner?.kind);
  const name = text(owner?.name);
  if (!kind || !name) return undefined;
  const suffix = `-${labels['pod-template-hash']}`;
  if (kind === 'ReplicaSet' && name.endsWith(suffix)) return `Deployment/${name.slice(0, -suffix.length)}`;
  return `${kind}/${name}`;
}

function conditionOf(status: KubernetesObject, type: string): string | undefined {
  return text(list(status.conditions).find((c) => c.type === type)?.status);
}

const PROBES = [
  ['livenessProbe', 'liveness'],
  ['readinessProbe', 'readiness'],
  ['startupProbe', 'startup'],
] as const;

/** Of its containers and sidecars, each once. A port by name is that of the same container (core/v1 HTTPGetAction). */
function probesOf(spec: KubernetesObject): PodProbe[] {
  const all = [...list(spec.containers), ...list(spec.initContainers)].flatMap((c) =>
    PROBES.flatMap(([field, kind]): PodProbe[] => {
      const p = c[field];
      if (!p) return [];
      const by = p.exec ? 'exec' : p.httpGet ? 'http' : p.grpc ? 'grpc' : 'tcp';
      const asked = p.httpGet?.port ?? p.tcpSocket?.port ?? p.grpc?.port;
      const port = integer(asked) ?? integer(list(c.ports).find((x) => x.name === asked)?.containerPort);
      return [{ kind, by, ...(port === undefined ? {} : { port }) }];
    }),
  );
  return [...new Map(all.map((p) => [JSON.stringify(p), p])).values()];
}

/** The controller's annotation: a JSON array with one object per branch ENI (pkg/provider/branch/trunk/trunk.go). */
function branchEniOf(annotation: string | undefined): string | undefined {
  return /"eniId"\s*:\s*"(eni-[0-9a-f]+)"/.exec(annotation ?? '')?.[1];
}
