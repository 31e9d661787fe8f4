/** Puts the whole report together: facts, findings, capacity, verdict. */
import type { Analysis } from '../analyze.ts';
import { analyze } from '../analyze.ts';
import { type MadeBy, reportHead } from '../contract/head.ts';
import type { Inspection, Origin } from '../contract/report.ts';
import { changes } from '../facts/changes.ts';
import { daemonSetCost } from '../facts/daemonset-cost.ts';
import type { Run } from '../facts/define-fact.ts';
import { reach } from '../facts/reach.ts';
import { type Policy, unusedSuppressions } from '../policy.ts';
import { capacityRows } from '../projection/capacity-rows.ts';
import { isUnasked } from '../snapshot/live.ts';
import { gapsOf } from '../snapshot/section.ts';
import { SECTION_NAMES } from '../snapshot.ts';
import { clusterSummary } from './cluster-summary.ts';
import { nodeReports } from './nodes.ts';
import { buildSince, type Older } from './since/build.ts';
import { subnetReports } from './subnets.ts';
import { verdictOf } from './verdict.ts';
import { waitingForOther, waitingPods } from './waiting-pods.ts';

/** @param older what to compare with; undefined where nothing older was given */
export function buildInspection(
  run: Run,
  policy: Policy,
  tool: MadeBy['tool'],
  origin: Origin = { kind: 'snapshot' },
  older?: Older,
): Inspection {
  const analysis = analyze(run, policy);
  const since = older && { since: buildSince(run, analysis, older, (then) => analyze(then, policy)) };
  const unused = unusedSuppressions(policy, [...analysis.findings, ...analysis.suppressed]);
  return { ...assemble(run, analysis, tool), unusedSuppressions: unused, origin, ...since };
}

function assemble(
  run: Run,
  analysis: Analysis,
  tool: MadeBy['tool'],
): Omit<Inspection, 'origin' | 'unusedSuppressions'> {
  const waiting = waitingPods(run, [...analysis.findings, ...analysis.suppressed]);
  return {
    ...reportHead('Inspection', { tool, generatedAt: run.snapshot.collectedAt }),
    setup: run.valueOf(reach)?.setup ?? [],
    cluster: clusterSummary(run),
    verdict: verdictOf(run, analysis, waiting),
    waitingPods: waiting,
    waitingElsewhere: waitingForOther(run),
    changes: run.valueOf(changes) ?? [],
    coverage: analysis.coverage,
    capacity: capacityRows(run),
    nodes: nodeReports(run),
    daemonSets: run.valueOf(daemonSetCost) ?? null,
    subnets: subnetReports(run),
    findings: analysis.findings,
    unread: unreadSections(run),
    sources: run.snapshot.sources,
  };
}

/** To be asked last, when everything else of the report has been made. */
function unreadSections(run: Run): Inspection['unread'] {
  return SECTION_NAMES.flatMap((section) => {
    const gaps = gapsOf(run.snapshot[section], section).filter((gap) => !isUnasked(gap));
    return gaps.length > 0 ? [{ section, gaps, used: run.asked.has(section) }] : [];
  });
}
