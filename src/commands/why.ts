/** `vpccni why`: the story of one pod, workload, node, ENI or address. */
import { loadCatalog } from '../calc/catalog/index.ts';
import type { WhyFlags } from '../cli/why.ts';
import type { Severity } from '../inspect/contract/finding.ts';
import { atLeast } from '../inspect/contract/severity.ts';
import type { Why } from '../inspect/contract/why.ts';
import { Run } from '../inspect/facts/define-fact.ts';
import { DEFAULT_POLICY } from '../inspect/policy.ts';
import { buildWhy } from '../inspect/report/why/build.ts';
import { findSubject, type Sought, type Subject } from '../inspect/report/why/subject.ts';
import { whyView } from '../render/view/why.ts';
import { TOOL } from '../tool.ts';
import { EXIT, NoVerdictError, UsageError } from './exit-code.ts';
import { type Io, outputTargets, writeReport } from './io.ts';
import { loadCluster } from './load-snapshot.ts';
import { didYouMean } from './nearest.ts';

/** Names listed where several could be meant. */
const MOST_NAMES = 10;

/** @throws UsageError where nothing or more than one thing is meant; NoVerdictError where what was asked for was not read */
export async function run(io: Io, name: string, flags: WhyFlags): Promise<number> {
  outputTargets(flags, 'Why');
  const { snapshot, reach } = await loadCluster(io, flags);
  const run = new Run(snapshot, await loadCatalog(), reach);
  const subject = theOne(name, findSubject(run, name, flags.namespace));
  const report = buildWhy(run, DEFAULT_POLICY, TOOL, subject);
  await writeReport(io, flags, { report, view: whyView });
  return exitCode(report, flags.failOn);
}

/** 1 where the cause is as grave as that; 3 where the story has no end. */
function exitCode({ state, cause }: Why, failOn: Severity | undefined): number {
  if (!failOn) return EXIT.ok;
  if (cause && atLeast(cause.severity, failOn)) return EXIT.failed;
  return state === 'unknown' ? EXIT.noVerdict : EXIT.ok;
}

function theOne(name: string, sought: Sought): Subject {
  if ('subject' in sought) return sought.subject;
  if ('several' in sought) {
    const { several } = sought;
    const more = several.length > MOST_NAMES ? ` and ${several.length - MOST_NAMES} more` : '';
    throw new UsageError(
      `${JSON.stringify(name)} could mean ${several.length} things; say which: ${several.slice(0, MOST_NAMES).join(', ')}${more}`,
    );
  }
  if ('unread' in sought) {
    const why = [
      ...new Set(sought.unread.map((g) => (g.permission ? `${g.reason} (needs ${g.permission})` : g.reason))),
    ];
    throw new NoVerdictError(`the ${sought.what} were not read: ${why.join('; ')}`);
  }
  throw new UsageError(`${sought.nothing}${didYouMean(name, sought.near)}`);
}
