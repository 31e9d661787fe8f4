/** The report of `plan`: each scenario under each pair, and what fails as findings. */
import { type Pair, usesCustomNetworking } from '../../../calc/patterns.ts';
import { type MadeBy, reportHead } from '../../contract/head.ts';
import type { ChangeSummary, Incomplete, Plan, Runbook, ScenarioResult } from '../../contract/plan.ts';
import type { Run } from '../../facts/define-fact.ts';
import { networking } from '../../facts/networking.ts';
import { reach } from '../../facts/reach.ts';
import { isSuppressed, type Policy, unusedSuppressions } from '../../policy.ts';
import type { Removal, RollingPods, Swap } from '../../projection/changes/reading.ts';
import type { PodGrowth } from '../../projection/growth.ts';
import type { PodSubnet } from '../../projection/placement.ts';
import { healerFor } from '../../projection/remedies/index.ts';
import { patientOf } from '../../projection/remedies/remedy.ts';
import { type ProjectionOptions, runScenario } from '../../projection/run-scenario.ts';
import { runbookFor } from '../../projection/runbook/index.ts';
import type { Scenario } from '../../projection/scenarios/scenario.ts';
import { tenantsAtMost } from '../../projection/tenants.ts';
import { type Density, isWorld, worldOf } from '../../projection/world.ts';
import { clusterSummary } from '../cluster-summary.ts';
import { historyOfRuns } from '../since/history.ts';
import { subnetRunways } from '../since/runways.ts';
import { projectionFindings } from './findings.ts';
import { hypotheticalSubnets } from './hypothetical.ts';
import { removalFindings } from './removals.ts';

export interface PlanAsk extends ProjectionOptions {
  readonly scenarios: readonly Scenario[];
  /** Empty: the pair in force. */
  readonly pairs: readonly Pair[];
  readonly density?: Density;
  /** Pod subnets that are assumed where the cluster has none. */
  readonly podSubnets?: readonly PodSubnet[];
  /** What was laid over the snapshot, and what of it is not known before it is applied. */
  readonly change?: ChangeSummary;
  readonly unknowns?: readonly Incomplete[];
  readonly undecided?: boolean;
  readonly arriving?: readonly PodGrowth[];
  readonly swaps?: readonly Swap[];
  readonly rolling?: readonly RollingPods[];
  readonly removals?: readonly Removal[];
  /** Over older snapshots: others count as they were at most, and floors of days hold at the pace seen. */
  readonly older?: readonly Run[];
}

/** @throws ScenarioError for a scenario that asks for what the cluster does not have */
export function buildPlan(run: Run, ask: PlanAsk, policy: Policy, tool: MadeBy['tool']): Plan {
  const older = ask.older ?? [];
  const seen = older.length > 0 ? { runways: subnetRunways(run, historyOfRuns(older)) } : {};
  const tenants = tenantsAtMost(run, older);
  const scenarios = pairsOf(run, ask.pairs).flatMap((pair) =>
    scenariosUnder(run, pair, { ...ask, ...seen }, policy, tenants),
  );
  const found = [...removalFindings(ask.removals ?? []), ...projectionFindings(run, scenarios)].map((f) => ({
    ...f,
    severity: policy.severities?.[f.code] ?? f.severity,
  }));
  const { name, region, nodes, pattern, mode } = clusterSummary(run);
  return {
    ...reportHead('Plan', { tool, generatedAt: run.snapshot.collectedAt }),
    cluster: { name, region, nodes, pattern, mode },
    setup: run.valueOf(reach)?.setup ?? [],
    scenarios,
    runbooks: runbooksOf(run, ask, policy),
    change: ask.change ?? null,
    findings: found.filter((f) => !isSuppressed(policy, f)),
    suppressed: found.filter((f) => isSuppressed(policy, f)).length,
    unusedSuppressions: unusedSuppressions(policy, found).filter((id) => isOf(ask.scenarios, id)),
  };
}

/** A suppression speaks of a scenario by its sub-reason, `PFX002/upgrade:subnet-1`; others may be meant for `inspect`. */
function isOf(scenarios: readonly Scenario[], id: string): boolean {
  const subReason = /^[^/:]+\/([^:]+)/.exec(id)?.[1];
  return subReason !== undefined && scenarios.some((s) => s.name === subReason);
}

/** Of the cluster as it is: one for each scenario that moves it. */
function runbooksOf(run: Run, ask: PlanAsk, policy: Policy): Runbook[] {
  const moves = ask.scenarios.filter((s) => s.target);
  const { density, unknowns, undecided, arriving, swaps, rolling } = ask;
  const world = moves.length > 0 ? worldOf(run, { density, unknowns, undecided, arriving, swaps, rolling }) : [];
  if (!isWorld(world)) return [];
  const patient = patientOf(world, policy.thresholds);
  return moves.flatMap((scenario) => runbookFor(patient, scenario, ask) ?? []);
}

/** The pair in force first: it is the one people look for. */
function pairsOf(run: Run, asked: readonly Pair[]): readonly (Pair | undefined)[] {
  if (asked.length === 0) return [undefined];
  const now = run.valueOf(networking);
  const isNow = (p: Pair) => Number(p.pattern === now?.pattern && p.mode === now.mode);
  return [...asked].sort((a, b) => isNow(b) - isNow(a));
}

function scenariosUnder(
  run: Run,
  pair: Pair | undefined,
  ask: PlanAsk,
  policy: Policy,
  tenants: ReadonlyMap<string, number>,
): ScenarioResult[] {
  const { density, unknowns, undecided, arriving, swaps, rolling } = ask;
  const podSubnets = ask.podSubnets?.length ? ask.podSubnets : assumedUnder(run, pair);
  const asked = { pair, density, podSubnets, unknowns, undecided, arriving, swaps, rolling, tenants };
  const world = worldOf(run, asked);
  if (!isWorld(world)) return ask.scenarios.map((s) => unknown(s, run, pair, world, ask));
  // Commands mend the cluster as it is: another pair has to be moved to first.
  const heal = world.current ? healerFor(patientOf(world, policy.thresholds), ask) : () => [];
  return ask.scenarios.map((scenario) => {
    const result = runScenario(world, scenario, ask);
    return { ...result, remedies: heal(result, scenario) };
  });
}

/** The pair in force has what it has: where it lacks a pod subnet, that is what is wrong. */
function assumedUnder(run: Run, pair: Pair | undefined): readonly PodSubnet[] {
  const now = run.valueOf(networking);
  const inForce = pair === undefined || (pair.pattern === now?.pattern && pair.mode === now.mode);
  return inForce || !usesCustomNetworking(pair.pattern) ? [] : hypotheticalSubnets(run);
}

/** Nothing can be projected: said with what is missing, never as a pass. */
function unknown(
  { id, name }: Scenario,
  run: Run,
  pair: Pair | undefined,
  incomplete: readonly Incomplete[],
  { fragmentation }: PlanAsk,
): ScenarioResult {
  const now = run.valueOf(networking);
  return {
    id,
    name,
    title: id,
    pattern: pair?.pattern ?? now?.pattern ?? 'default',
    mode: pair?.mode ?? now?.mode ?? 'secondary',
    current: pair === undefined,
    verdict: 'incomplete',
    judged: fragmentation === 'worst' ? 'worst' : 'best',
    density: null,
    nodesAdded: 0,
    podsAdded: 0,
    subnets: [],
    zones: [],
    nodesUntilExhaustion: null,
    podsUntilExhaustion: null,
    runwayDays: null,
    firstToBreak: null,
    pending: [],
    course: null,
    assumptions: [],
    incomplete,
    remedies: [],
  };
}
