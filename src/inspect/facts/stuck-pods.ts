import type { ClusterEvent } from '../snapshot/kubernetes.ts';
import { type Pod, podsOf } from '../snapshot/pods.ts';
import { defineFact, section } from './define-fact.ts';
import { nodeInstances } from './node-instances.ts';
import { groupBy } from './support/group-by.ts';

export type EventKind = ClusterEvent['kind'];

/** A scheduled pod that has waited for its network for more than a minute, or whose sandbox failed three times. */
export interface StuckPod {
  /** `namespace/name`. */
  readonly pod: string;
  readonly node: string;
  readonly zone?: string;
  readonly since: string;
  readonly ageSeconds: number;
  /** Kinds of the events about this pod, the most frequent first; empty where none was seen. */
  readonly events: readonly EventKind[];
  /** It needs a branch ENI. */
  readonly wantsBranch: boolean;
  /** `Deployment/web`. */
  readonly owner?: string;
}

/** A few seconds without an address are normal while a pool grows. */
const PATIENCE_SECONDS = 60;
/** Failures from which a pod counts as stuck however young it is. */
const MANY_FAILURES = 3;

/** Oldest first. Pods of every platform; pods without a node are not among them. */
export const stuckPods = defineFact({
  id: 'stuckPods',
  needs: { pods: section('pods') },
  helps: { events: section('events'), nodes: nodeInstances },
  derive: ({ pods, events, nodes }, { now }): readonly StuckPod[] => {
    const ofPods = groupBy(
      (events ?? []).filter((e) => e.object.kind === 'Pod'),
      (e) => `${e.object.namespace ?? ''}/${e.object.name}`,
    );
    const stuck: StuckPod[] = [];
    for (const pod of podsOf(pods)) {
      if (!pod.waiting || pod.terminating || pod.node === undefined || pod.class === 'host-network') continue;
      const found = judge(pod, pod.node, ofPods.get(`${pod.namespace}/${pod.name}`) ?? [], now);
      if (found) stuck.push({ ...found, zone: nodes?.get(pod.node)?.zone });
    }
    return stuck.sort((a, b) => b.ageSeconds - a.ageSeconds || (a.pod < b.pod ? -1 : 1));
  },
});

/**
 * When a pod was scheduled is not in the snapshot: its first event tells, else its creation. Events of a former pod of
 * the same name (a StatefulSet's) are not its own.
 */
function judge(pod: Pod, node: string, named: readonly ClusterEvent[], now: number): StuckPod | undefined {
  const born = Date.parse(pod.createdAt);
  const events = named.filter((e) => e.lastAt === undefined || Date.parse(e.lastAt) >= born);
  const starts = events.flatMap((e) => e.firstAt ?? e.lastAt ?? []).map((t) => Math.max(Date.parse(t), born));
  const began = starts.length > 0 ? Math.min(...starts) : born;
  const ageSeconds = Math.max(0, Math.floor((now - began) / 1000));
  const failures = events.reduce((n, e) => n + e.count, 0);
  if (ageSeconds < PATIENCE_SECONDS && failures < MANY_FAILURES) return undefined;
  return {
    pod: `${pod.namespace}/${pod.name}`,
    node,
    since: new Date(began).toISOString(),
    ageSeconds,
    events: kindsByCount(events),
    wantsBranch: pod.class === 'branch',
    owner: pod.owner,
  };
}

function kindsByCount(events: readonly ClusterEvent[]): readonly EventKind[] {
  const counts = new Map<EventKind, number>();
  for (const e of events) counts.set(e.kind, (counts.get(e.kind) ?? 0) + e.count);
  return [...counts].sort((a, b) => b[1] - a[1]).map(([kind]) => kind);
}
