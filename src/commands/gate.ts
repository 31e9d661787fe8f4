/** `vpccni gate`: may this ship? A plan with floors; the exit code is the product. */
import type { GateFlags } from '../cli/gate.ts';
import type { Gate } from '../inspect/contract/plan.ts';
import { judgeGate } from '../inspect/report/plan/gate.ts';
import { sanitize } from '../render/sanitize.ts';
import { planView } from '../render/view/plan.ts';
import { readBaseline, writeBaseline } from './baseline.ts';
import { CONFIGURATION_EXAMPLE } from './configuration/example.ts';
import { EXIT, UsageError } from './exit-code.ts';
import { fileOf, type Io, now, outputTargets, writeOut, writeReport } from './io.ts';
import { makePlan } from './projection/make-plan.ts';
import { changeFileOf } from './projection/read-changes.ts';
import type { Flags } from './projection/scenario-words.ts';
import { milliseconds } from './target.ts';

const DEFAULT = ['today', 'upgrade'];
const MAX_AGE = '24h';

export async function run(io: Io, words: readonly string[], flags: GateFlags, command: Flags): Promise<number> {
  if (flags.init) {
    await writeOut(io, CONFIGURATION_EXAMPLE);
    return EXIT.ok;
  }
  outputTargets(flags, 'Gate');
  const maxAge = milliseconds(flags.maxAge ?? MAX_AGE, '--max-age');
  const baseline = flags.baseline === undefined ? undefined : await readBaseline(io, flags.baseline);
  const made = await makePlan(io, { words, flags, command, fallback: DEFAULT, fragmentation: 'worst', floors: flags });
  const { plan, origin, configuration } = made;
  const runway = flags.minRunway ?? configuration.floors?.minRunwayDays;
  if (runway !== undefined && !flags.since?.length && plan.scenarios.every((s) => s.runwayDays === null))
    throw new UsageError(
      'a floor of days (--min-runway, minRunwayDays) needs a growth to reckon with: add growth=10%/mo, or older snapshots with --since',
    );
  const stale = origin.kind === 'snapshot' ? staleness(now(io) - Date.parse(plan.generatedAt), maxAge) : undefined;
  const gate = judgeGate(plan, {
    failOn: flags.failOn ?? configuration.failOn ?? 'error',
    allowIncomplete: flags.allowIncomplete ?? false,
    stale,
    baseline,
  });
  if (flags.writeBaseline !== undefined) await writeBaseline(flags.writeBaseline, plan.findings);
  await writeReport(io, flags, { report: gate, view: planView, artifact: changeFileOf(flags.change) ?? fileOf(flags) });
  io.stderr.write(`${sanitize(lastLine(gate))}\n`);
  return gate.exitCode;
}

function staleness(age: number, maxAge: number): string | undefined {
  if (age <= maxAge) return undefined;
  const hours = (ms: number) => `${Math.floor(ms / 3_600_000)} h`;
  return `the snapshot is ${hours(age)} old, more than --max-age ${hours(maxAge)}`;
}

/** The verdict, the code and the reason: what a log shows last. */
function lastLine({ verdict, exitCode, reasons }: Gate): string {
  const [first, ...more] = reasons;
  const why = first === undefined ? 'every scenario fits and every floor holds' : first;
  return `gate: ${verdict} · exit ${exitCode} · ${why}${more.length > 0 ? ` and ${more.length} more` : ''}`;
}
