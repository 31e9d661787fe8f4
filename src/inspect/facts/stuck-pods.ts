import type { ClusterEvent } from '../snapshot/kubernetes.ts';
import { defineFact, notTold, section, type Unknown } from './define-fact.ts';

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
  readonly owner?: string;
}

/** Oldest first. */
export const stuckPods = defineFact({
  id: 'stuckPods',
  needs: { pods: section('pods') },
  derive: (): Unknown | readonly StuckPod[] => notTold('not derived'),
});
