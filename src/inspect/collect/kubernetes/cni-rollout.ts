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
  const states = [...list(status.initContainerStatuses), ...list(status.containerStatuses)];
  const worst = [...states].sort((a, b) => (integer(b.restartCount) ?? 0) - (integer(a.restartCount) ?? 0))[0];
  const ended = worst?.state?.terminated ?? worst?.lastState?.terminated;
  const waitingReason = states.map((s) => text(s.state?.waiting?.reason)).find((r) => r !== undefined);
  const exitCode = integer(ended?.exitCode);
  const node = text(spec.nodeName);
  const startedAt = text(status.startTime);
  const image = text(list(spec.containers).find((c) => c.name === 'aws-node')?.image);
  return {
    name: nameOf(pod),
    ...(node ? { node } : {}),
    ready: list(status.conditions).some((c) => c.type === 'Ready' && c.status === 'True'),
    phase: text(status.phase) ?? 'Unknown',
    restarts: states.reduce((n, s) => n + (integer(s.restartCount) ?? 0), 0),
    ...(waitingReason ? { waitingReason } : {}),
    ...(exitCode === undefined ? {} : { exitCode }),
    ...(startedAt ? { startedAt } : {}),
    ...(image ? { image } : {}),
  };
}
