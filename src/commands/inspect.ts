/** `vpccni inspect`: where the addresses of a cluster stand, what is broken, what to type. */
import { type Catalog, loadCatalog } from '../calc/catalog/index.ts';
import type { InspectFlags } from '../cli/inspect.ts';
import { analyze } from '../inspect/analyze.ts';
import type { Finding, Severity } from '../inspect/contract/finding.ts';
import type { NotEvaluated } from '../inspect/contract/report.ts';
import { severityRank } from '../inspect/contract/severity.ts';
import { Run } from '../inspect/facts/define-fact.ts';
import type { Policy } from '../inspect/policy.ts';
import type { Laid } from '../inspect/projection/changes/reading.ts';
import { buildInspection } from '../inspect/report/inspection.ts';
import { narrowed } from '../inspect/report/narrow.ts';
import { withRemovals } from '../inspect/report/plan/removals.ts';
import type { Older } from '../inspect/report/since/build.ts';
import { buildSubnets } from '../inspect/report/subnets/build.ts';
import { gapsOf } from '../inspect/snapshot/section.ts';
import { type ClusterSnapshot, SECTION_NAMES } from '../inspect/snapshot.ts';
import { inspectView } from '../render/view/inspect.ts';
import { subnetPictures } from '../render/view/subnets.ts';
import { TOOL } from '../tool.ts';
import { readPolicy } from './configuration/policy.ts';
import { exitCodeOf, NoVerdictError } from './exit-code.ts';
import { readHistory } from './history.ts';
import { fileOf, type Io, outputTargets, tell, writeReport } from './io.ts';
import { loadCluster } from './load-snapshot.ts';
import { foundIn, narrowingOf } from './narrowing.ts';
import { readOlder } from './older.ts';
import { withCluster } from './target.ts';

export async function run(io: Io, cluster: string | undefined, flags: InspectFlags): Promise<number> {
  // What does not exist is told before anything is read.
  outputTargets(flags, 'Inspection');
  const { policyFor } = await readPolicy(io, flags);
  const narrowing = narrowingOf(flags);
  const { snapshot: taken, reach, origin } = await loadCluster(io, withCluster(cluster, flags));
  if (SECTION_NAMES.every((name) => !('data' in taken[name]))) throw new NoVerdictError(nothingRead(taken));
  const policy = policyFor(taken);
  const catalog = await loadCatalog();
  const older = await olderOf(io, flags, taken, catalog);
  const changed = await changeOf(io, flags, new Run(taken, catalog, reach), policy);
  const snapshot = changed?.laid.snapshot ?? taken;
  const facts = new Run(snapshot, catalog, reach);
  const inspection = buildInspection(facts, policy, TOOL, origin, older);
  const report = changed ? withRemovals(inspection, changed.laid.removals) : inspection;
  // A page has room for pictures, and only it is worth what they cost.
  const pictures = () => subnetPictures(buildSubnets(facts, { subnetIds: [], wholeVpc: false }, policy, TOOL));
  const view: typeof inspectView = (shown, options) => [
    ...inspectView(shown, options),
    ...(options.page ? pictures() : []),
  ];
  const before = changed && standing(changed.before, report.findings);
  tellUnused(io, flags, report.unusedSuppressions);
  await writeReport(io, flags, {
    report: narrowed(report, { ...foundIn(snapshot, report, narrowing), before }),
    view,
    artifact: fileOf(flags),
  });
  const notEvaluated = [...report.coverage.notEvaluated, ...(changed?.open ?? [])];
  // What was there before fails no change.
  const findings = report.findings.filter((f) => !before?.has(f.id));
  return exitCodeOf({ findings, notEvaluated }, flags.failOn);
}

interface Changed {
  readonly laid: Laid;
  /** What of the change could not be understood: it may do anything. */
  readonly open: readonly NotEvaluated[];
  /** Findings without it, by id. */
  readonly before: ReadonlyMap<string, Severity>;
}

/** Ids of findings that the change neither makes nor makes graver. */
function standing(before: ReadonlyMap<string, Severity>, findings: readonly Finding[]): ReadonlySet<string> {
  const same = findings.filter((f) => {
    const was = before.get(f.id);
    return was !== undefined && severityRank(was) <= severityRank(f.severity);
  });
  return new Set(same.map((f) => f.id));
}

/** The cluster as a change leaves it, and what was found before; what is not understood is told, and leaves the verdict open. */
async function changeOf(io: Io, flags: InspectFlags, run: Run, policy: Policy): Promise<Changed | undefined> {
  if (!flags.change?.length) return undefined;
  const { layChanges, openQuestions, readChanges } = await import('./projection/read-changes.ts');
  const files = await readChanges(io, flags.change, flags.from);
  const laid = await layChanges(io, files, run.snapshot);
  const open = openQuestions(laid).map((reason): NotEvaluated => {
    tell(io, reason);
    return {
      code: 'SUB002',
      title: 'the change',
      permissions: [],
      reasons: [reason],
      severity: 'error',
      byChoice: false,
    };
  });
  return { laid, open, before: new Map(analyze(run, policy).findings.map((f) => [f.id, f.severity])) };
}

/** Undefined where nothing older was asked for. */
async function olderOf(
  io: Io,
  flags: InspectFlags,
  snapshot: ClusterSnapshot,
  catalog: Catalog,
): Promise<Older | undefined> {
  const history = await readHistory(io, flags, snapshot);
  if (!flags.since?.length && flags.history === undefined) return undefined;
  return { runs: await readOlder(io, flags, snapshot, catalog), ...history };
}

/** Those of projections are for `plan` and `gate`, which share the configuration. */
function tellUnused(io: Io, flags: InspectFlags, unused: readonly string[]): void {
  if (flags.quiet) return;
  for (const id of unused.filter((s) => !s.startsWith('SUB002')))
    tell(io, `the suppression of ${id} answers to no finding`);
}

/** Why there is nothing to report, each reason once. */
function nothingRead(snapshot: ClusterSnapshot): string {
  const reasons = SECTION_NAMES.flatMap((name) => gapsOf(snapshot[name], name)).map((g) => g.reason);
  return `nothing of the cluster could be read: ${[...new Set(reasons)].slice(0, 3).join('; ')}`;
}
