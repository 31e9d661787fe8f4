import type { Bounded } from '../report.ts';
import { defineFact, notTold, type Unknown } from './define-fact.ts';
import { nodeCapacity } from './node-capacity.ts';

/** What the ipamd model expects of a node for the pods it runs now. */
export interface Prediction {
  /** Pod addresses held; a range where history or placement leaves it open. */
  readonly held: Bounded;
  /** ENIs of card 0, the primary, the trunk and unmanaged ones included, branch ENIs not. */
  readonly enis: Bounded;
  readonly exact: boolean;
  /** Why it is a range. */
  readonly reasons: readonly string[];
  /** The likely reason why EC2 shows something else; undefined where it does not. */
  readonly deviation?: string;
}

/** Expectation by node name, for nodes of known capacity. */
export const predictedEnis = defineFact({
  id: 'predictedEnis',
  needs: { capacity: nodeCapacity },
  derive: (): Unknown | ReadonlyMap<string, Prediction> => notTold('not derived'),
});
