/** Where `plan` and `gate` are one: configuration, cluster, scenarios, projection. */
import { loadCatalog } from '../../calc/catalog/index.ts';
import type { PlanFlags } from '../../cli/plan.ts';
import type { Plan } from '../../inspect/contract/plan.ts';
import type { Origin } from '../../inspect/contract/report.ts';
import { Run } from '../../inspect/facts/define-fact.ts';
import type { Floors } from '../../inspect/projection/floors.ts';
import { type Scenario, ScenarioError } from '../../inspect/projection/scenarios/scenario.ts';
import { buildPlan } from '../../inspect/report/plan/build.ts';
import type { ClusterSnapshot } from '../../inspect/snapshot.ts';
import { TOOL } from '../../tool.ts';
import { floorsOf } from '../configuration/apply.ts';
import { readPolicy } from '../configuration/policy.ts';
import type { Configuration } from '../configuration/schema.ts';
import { UsageError } from '../exit-code.ts';
import { type Io, tell } from '../io.ts';
import { loadCluster } from '../load-snapshot.ts';
import { readOlder } from '../older.ts';
import { densityAskedFor, type FloorFlags, floorsAskedFor, pairsAskedFor, podSubnetsAskedFor } from './ask.ts';
import { isNew, layChanges, readChanges, summaryOf } from './read-changes.ts';
import { type Flags, scenarioOfText, scenariosOf } from './scenario-words.ts';

interface Wish {
  readonly words: readonly string[];
  readonly flags: PlanFlags;
  readonly command: Flags;
  /** Scenarios where neither the command line nor the configuration names any. */
  readonly fallback: readonly string[];
  readonly fragmentation: 'worst' | 'range';
  /** Of `gate`: floors fail, and what one more node takes is one of them. */
  readonly floors?: FloorFlags;
}

/** What is asked of a change where nothing else is: that it can be carried out. */
const AFTER_CHANGE = ['apply'];

export interface Made {
  readonly plan: Plan;
  readonly origin: Origin;
  readonly configuration: Configuration;
}

/** @throws UsageError, and what loading a cluster throws */
export async function makePlan(io: Io, wish: Wish): Promise<Made> {
  const { flags, command } = wish;
  const { configuration, policyFor, path } = await readPolicy(io, flags);
  const asked = scenariosOf((io.typed ?? wish.words).slice(io.typed ? 1 : 0), command);
  const configured = configuration.scenarios && scenariosIn(configuration.scenarios, command, path);
  const changes = flags.change?.length ? await readChanges(io, flags.change, flags.from) : undefined;
  const fallback = changes ? AFTER_CHANGE : wish.fallback;
  const scenarios = asked.length > 0 ? asked : (configured ?? fallback.map((text) => scenarioOfText(text, command)));
  const pairs = pairsAskedFor(flags.patterns);
  const density = densityAskedFor(flags.density) ?? configuration.density;
  const base = floorsOf(configuration, wish.floors !== undefined);
  const floors = wish.floors ? floorsAskedFor(wish.floors, base) : base;
  const loaded = changes && isNew(changes, flags) ? undefined : await loadCluster(io, flags);
  const laid = changes && (await layChanges(io, changes, loaded?.snapshot));
  const snapshot = laid?.snapshot ?? loaded!.snapshot;
  const origin = loaded?.origin ?? { kind: 'snapshot' };
  const policy = policyFor(snapshot);
  if (!flags.quiet)
    for (const name of unknownPlaces(base, snapshot))
      tell(io, `${path}: floors.of: the cluster has no subnet or zone ${name}`);
  const catalog = await loadCatalog();
  const run = new Run(snapshot, catalog, loaded?.reach);
  const older = await readOlder(io, flags, loaded?.snapshot ?? snapshot, catalog);
  const ask = {
    scenarios,
    pairs,
    density,
    floors,
    fragmentation: flags.fragmentation ?? configuration.fragmentation ?? wish.fragmentation,
    podSubnets: podSubnetsAskedFor(flags, zonesOf(snapshot), 'data' in snapshot.subnets ? snapshot.subnets.data : []),
    older,
    ...(laid && changes ? { ...laid, change: summaryOf(changes, laid) } : {}),
  };
  try {
    const plan = buildPlan(run, ask, policy, TOOL);
    for (const id of flags.quiet ? [] : plan.unusedSuppressions)
      tell(io, `the suppression of ${id} answers to no finding`);
    return { plan, origin, configuration };
  } catch (error) {
    throw error instanceof ScenarioError ? new UsageError(error.message) : error;
  }
}

/** A misspelt one is found whether it is asked for or not. @throws UsageError naming the file */
function scenariosIn(texts: readonly string[], command: Flags, path = 'configuration'): readonly Scenario[] {
  try {
    return texts.map((text) => scenarioOfText(text, command));
  } catch (error) {
    throw error instanceof UsageError ? new UsageError(`${path}: scenarios: ${error.message}`) : error;
  }
}

/** Floors of places that are not there keep nothing: they may be misspelt. */
function unknownPlaces({ overrides = {} }: Floors, { subnets }: ClusterSnapshot): readonly string[] {
  if (!('data' in subnets)) return [];
  const known = new Set(subnets.data.flatMap((s) => [s.subnetId, s.availabilityZone]));
  return Object.keys(overrides).filter((name) => !known.has(name));
}

function zonesOf({ nodes, subnets }: ClusterSnapshot): readonly string[] {
  const zones = 'data' in nodes ? nodes.data.flatMap((n) => n.labels['topology.kubernetes.io/zone'] ?? []) : [];
  const all = zones.length > 0 ? zones : 'data' in subnets ? subnets.data.map((s) => s.availabilityZone) : [];
  return [...new Set(all)].sort();
}
