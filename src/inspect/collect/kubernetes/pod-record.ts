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
  const { labels, kept } = labelsOf(metadata.labels);
  const annotations = textMap(metadata.annotations);
  const node = text(spec.nodeName);
  const ip = text(status.podIP);
  const podClass = classOf(spec, labels, annotations);
  const { needs, ports, probes } = shapeOf(spec, labels);
  return {
    namespace: namespaceOf(pod),
    name: nameOf(pod),
    node,
    ip,
    class: podClass,
    phase: phaseOf(status.phase),
    owner: ownerOf(metadata.ownerReferences, labels),
    labels: kept,
    serviceAccount: text(spec.serviceAccountName),
    createdAt: createdAt(pod),
    terminating: metadata.deletionTimestamp !== undefined,
    waiting: node !== undefined && ip === undefined && podClass !== 'host-network' && isWaiting(status),
    branchEniId: branchEniOf(annotations[POD_ENI]),
    claims: list(spec.volumes).flatMap((v) => text(v.persistentVolumeClaim?.claimName) ?? []),
    needs,
    ...(podClass === 'host-network' ? { hostPorts: ports } : {}),
    ...(annotations[FURTHER] === undefined ? {} : { furtherInterfaces: true }),
    probes,
    unready: status.phase === 'Running' && conditionOf(status, 'Ready') === 'False',
    ambient: annotations[AMBIENT] === 'enabled',
    injected:
      podClass === 'branch' ||
      annotations[FARGATE_GROUPS] !== undefined ||
      limits(spec, WINDOWS_ADDRESS).some(isPositive),
  };
}

interface Labels {
  readonly labels: Record<string, string>;
  /** Without those nobody selects by. */
  readonly kept: Record<string, string>;
}

const labelsKnown = new WeakMap<object, Labels>();

function labelsOf(raw: unknown): Labels {
  const known = typeof raw === 'object' && raw !== null ? labelsKnown.get(raw) : undefined;
  if (known) return known;
  const labels = textMap(raw);
  const kept = Object.fromEntries(Object.entries(labels).filter(([key]) => !VOLATILE_LABELS.has(key)));
  if (typeof raw === 'object' && raw !== null) labelsKnown.set(raw, { labels, kept });
  return { labels, kept };
}

/** What follows from the part of a spec that all pods of an owner share, and from their labels. */
interface Shape {
  readonly labels: Record<string, string>;
  readonly needs: PodNeeds;
  readonly ports: readonly number[];
  readonly probes: readonly PodProbe[];
}

const shapesKnown = new WeakMap<object, Shape>();

function shapeOf(spec: KubernetesObject, labels: Record<string, string>): Shape {
  const rest = (spec as { readonly [REST]?: object })[REST];
  const known = rest && shapesKnown.get(rest);
  if (known?.labels === labels) return known;
  const shape = { labels, needs: podNeeds(spec, labels), ports: portsOf(spec), probes: probesOf(spec) };
  if (rest) shapesKnown.set(rest, shape);
  return shape;
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
function classOf(
  spec: KubernetesObject,
  labels: Record<string, string>,
  annotations: Record<string, string>,
): PodClass {
  if (spec.hostNetwork === true) return 'host-network';
  if (labels['eks.amazonaws.com/fargate-profile'] !== undefined || spec.schedulerName === 'fargate-scheduler')
    return 'fargate';
  const [first] = list(spec.containers);
  if (isPositive(first?.resources?.limits?.[POD_ENI]) || annotations[POD_ENI] !== undefined) return 'branch';
  const windows =
    spec.os?.name === 'windows' ||
    spec.nodeSelector?.['kubernetes.io/os'] === 'windows' ||
    limits(spec, WINDOWS_ADDRESS).some(isPositive);
  return windows ? 'windows' : 'ordinary';
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

/** A ReplicaSet of a Deployment is named after it and the pod-template-hash (kube-controller-manager: deployment/sync.go). */
function ownerOf(references: unknown, labels: Record<string, string>): string | undefined {
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
