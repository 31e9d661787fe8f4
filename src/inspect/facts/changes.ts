import type { Change } from '../report.ts';
import { defineFact, notTold, type Unknown } from './define-fact.ts';

/** What changed in the seven days before the snapshot, newest first. */
export const changes = defineFact({
  id: 'changes',
  needs: {},
  derive: (): Unknown | readonly Change[] => notTold('not derived'),
});
