import type { DaemonSetCost } from '../report.ts';
import { defineFact, notTold, section, type Unknown } from './define-fact.ts';

/** What DaemonSets cost in pod addresses, the dearest first. */
export const daemonSetCost = defineFact({
  id: 'daemonSetCost',
  needs: { pods: section('pods') },
  derive: (): Unknown | readonly DaemonSetCost[] => notTold('not derived'),
});
