/** When aws-node's template last changed, and the state of its pods. */
import type { Cni } from '../../snapshot/kubernetes.ts';
import type { KubernetesAccess, KubernetesObject } from './access.ts';
import { listAll } from './list-all.ts';
import { createdAt, integer, list, nameOf, text } from './wire-fields.ts';

type CniPod = Cni['pods'][number];
const OF_AWS_NODE = { query: { labelSelector: 'k8s-app=aws-node' } };
const KUBE_SYSTEM = 'kube-system';

export interface Revision {
  readonly revision?: number;
  readonly changedAt?: string;
}

/** The newest ControllerRevision; where there is none, the last write to the template by anybody. */
export async function revisionOf(kubernetes: KubernetesAccess, daemonSet: KubernetesObject): Promise<Revision> {
  const what = { group: 'apps', version: 'v1', resource: 'controllerrevisions', namespace: KUBE_SYSTEM };
  const revisions = await listAll(
    kubernetes,
    what,
    (r) => (isOwned(r, daemonSet) ? toRevision(r) : undefined),
    OF_AWS_NODE,
  );
  const newest = (revisions ?? []).sort((a, b) => b.revision - a.revision)[0];
  return newest ?? lastTemplateWrite(daemonSet);
}

/** From the object itself, for callers that may not list revisions. */
export function lastTemplateWrite(daemonSet: KubernetesObject): Revision {
  const times = list(daemonSet.metadata?.managedFields)
    .filter((f) => f.fieldsV1?.['f:spec']?.['f:template'] !== undefined)
    .flatMap((f) => text(f.time) ?? []);
  const changedAt = times.sort().at(-1);
  return changedAt ? { changedAt } : {};
}

function isOwned(revision: KubernetesObject, daemonSet: KubernetesObject): boolean {
  return list(revision.metadata?.ownerReferences).some((o) => o.uid === daemonSet.metadata?.uid);
}

function toRevision(r: KubernetesObject): { revision: number; changedAt: string } {
  return { revision: integer(r.revision) ?? 0, changedAt: createdAt(r) };
}

export async function podsOfAwsNode(kubernetes: KubernetesAccess): Promise<CniPod[]> {
  const what = { group: '', version: 'v1', resource: 'pods', namespace: KUBE_SYSTEM };
  return (await listAll(kubernetes, what, toPod, OF_AWS_NODE)) ?? [];
}

function toPod(pod: KubernetesObject): CniPod {
  const { spec = {}, status = {} } = pod;
  const states = [
    ...list(status.initContainerStatuses).map((c) => containerState(c, true)),
    ...list(status.containerStatuses).map((c) => containerState(c, false)),
  ];
  const unwell = states.filter((c) => !runsWell(c));
  const worst = [...unwell].sort(byGravity)[0];
  const node = text(spec.nodeName);
  const startedAt = text(status.startTime);
  const image = text(list(spec.containers).find((c) => c.name === 'aws-node')?.image);
  const revision = text(pod.metadata?.labels?.['controller-revision-hash']);
  const credentials = credentialsOf(spec);
  return {
    name: nameOf(pod),
    ...(node ? { node } : {}),
    ready: list(status.conditions).some((c) => c.type === 'Ready' && c.status === 'True'),
    phase: text(status.phase) ?? 'Unknown',
    restarts: states.reduce((n, s) => n + s.restarts, 0),
    ...(worst?.waitingReason ? { waitingReason: worst.waitingReason } : {}),
    ...(worst?.exitCode === undefined ? {} : { exitCode: worst.exitCode }),
    ...(startedAt ? { startedAt } : {}),
    ...(image ? { image } : {}),
    containers: unwell,
    ...(revision ? { revision } : {}),
    ...(credentials ? { credentials } : {}),
  };
}

type ContainerState = NonNullable<CniPod['containers']>[number];

/** The present run where it has ended, else the last one. */
function containerState(c: KubernetesObject, init: boolean): ContainerState {
  const ended = c.state?.terminated ?? c.lastState?.terminated;
  const waitingReason = text(c.state?.waiting?.reason);
  const endedReason = text(ended?.reason);
  const exitCode = integer(ended?.exitCode);
  const endedAt = text(ended?.finishedAt);
  return {
    name: text(c.name) ?? '',
    init,
    ready: c.ready === true || (init && integer(c.state?.terminated?.exitCode) === 0),
    restarts: integer(c.restartCount) ?? 0,
    ...(waitingReason ? { waitingReason } : {}),
    ...(endedReason ? { endedReason } : {}),
    ...(exitCode === undefined ? {} : { exitCode }),
    ...(endedAt ? { endedAt } : {}),
  };
}

function runsWell(c: ContainerState): boolean {
  return c.ready && c.restarts === 0 && (c.exitCode ?? 0) === 0;
}

/** A container that waits or ended badly, before one that is only not ready yet, before one that was restarted. */
function byGravity(a: ContainerState, b: ContainerState): number {
  const rank = (c: ContainerState) => [Number(c.ready), Number(isStarting(c)), Number(c.exitCode === undefined)];
  const [x, y] = [rank(a), rank(b)];
  const at = x.findIndex((n, i) => n !== y[i]);
  return at < 0 ? b.restarts - a.restarts : x[at]! - y[at]!;
}

function isStarting({ waitingReason }: ContainerState): boolean {
  return waitingReason === 'PodInitializing' || waitingReason === 'ContainerCreating';
}

/** Names of variables alone: EKS's webhook sets them, and their values stay where they are. */
function credentialsOf(spec: KubernetesObject): CniPod['credentials'] | undefined {
  const names = list(list(spec.containers).find((c) => c.name === 'aws-node')?.env).map((e) => e.name);
  if (names.includes('AWS_WEB_IDENTITY_TOKEN_FILE')) return 'web-identity';
  return names.includes('AWS_CONTAINER_CREDENTIALS_FULL_URI') ? 'pod-identity' : undefined;
}
