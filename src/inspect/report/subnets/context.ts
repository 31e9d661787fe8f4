import type { Run } from '../../facts/define-fact.ts';
import { type FixContext, fixContext } from '../../facts/fix-context.ts';

/** What the commands of the report are made from. */
export interface Context extends FixContext {
  readonly run: Run;
}

export function contextOf(run: Run): Context {
  return { ...run.valueOf(fixContext), run };
}
