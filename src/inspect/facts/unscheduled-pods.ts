import type { ClusterEvent } from '../snapshot/kubernetes.ts';
import { podsWhere } from '../snapshot/pods.ts';
import { defineFact, section } from './define-fact.ts';

/** A pod that no node takes. */
export interface UnscheduledPod {
  /** `namespace/name`. */
  readonly pod: string;
  readonly ageSeconds: number;
  readonly owner?: string;
  /** The scheduler's last word on it; undefined where no event of it was seen. */
  readonly event?: ClusterEvent;
}

/** Pending pods without a node, the oldest first. */
export const unscheduledPods = defineFact({
  id: 'unscheduledPods',
  needs: { pods: section('pods') },
  helps: { events: section('events') },
  derive: ({ pods, events }, { now }): readonly UnscheduledPod[] => {
    const said = new Map<string, ClusterEvent>();
    for (const e of events ?? []) {
      if (e.reason !== 'FailedScheduling' || e.object.kind !== 'Pod') continue;
      const key = `${e.object.namespace ?? ''}/${e.object.name}`;
      const known = said.get(key);
      if (!known || (e.lastAt ?? '') > (known.lastAt ?? '')) said.set(key, e);
    }
    const found: UnscheduledPod[] = [];
    for (const p of podsWhere(pods, (row) => pods.node[row] === 0)) {
      if (p.phase !== 'Pending' || p.terminating) continue;
      const pod = `${p.namespace}/${p.name}`;
      const ageSeconds = Math.max(0, Math.floor((now - Date.parse(p.createdAt)) / 1000));
      found.push({ pod, ageSeconds, owner: p.owner, event: said.get(pod) });
    }
    return found.sort((a, b) => b.ageSeconds - a.ageSeconds || (a.pod < b.pod ? -1 : 1));
  },
});
