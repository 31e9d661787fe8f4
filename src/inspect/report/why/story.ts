import type { Fix } from '../../contract/finding.ts';
import type { EniSlots, Link, Why, WhyCause, WhyState } from '../../contract/why.ts';

/** What the teller of one kind of subject returns. */
export interface Story {
  readonly subject: Why['subject'];
  readonly state: WhyState;
  readonly summary: string;
  readonly chain: readonly Link[];
  readonly cause: WhyCause | null;
  /** Not yet aimed at the cluster. */
  readonly fixes: readonly Fix[];
  readonly enis: readonly EniSlots[] | null;
  readonly pods: Why['pods'];
}
