/** `vpccni plan`: what happens to the subnets when the cluster grows, upgrades, loses a zone or moves to another pattern. */
import type { PlanFlags } from '../cli/plan.ts';
import { unfinished } from '../inspect/contract/unfinished.ts';
import { planView } from '../render/view/plan.ts';
import { exitCodeOf } from './exit-code.ts';
import { fileOf, type Io, outputTargets, writeReport } from './io.ts';
import { makePlan } from './projection/make-plan.ts';
import { changeFileOf } from './projection/read-changes.ts';
import type { Flags } from './projection/scenario-words.ts';

/** What is asked where nothing else is. */
const DEFAULT = ['today', 'upgrade', 'az-loss', 'ceiling'];

export async function run(io: Io, words: readonly string[], flags: PlanFlags, command: Flags): Promise<number> {
  outputTargets(flags, 'Plan');
  const { plan } = await makePlan(io, { words, flags, command, fallback: DEFAULT, fragmentation: 'range' });
  await writeReport(io, flags, { report: plan, view: planView, artifact: changeFileOf(flags.change) ?? fileOf(flags) });
  return exitCodeOf({ findings: plan.findings, notEvaluated: unfinished(plan.scenarios) }, flags.failOn);
}
