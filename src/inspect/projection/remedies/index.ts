/** Remedies, tried one after the other. A new one is one file and one line here. */
import type { Frees } from '../../contract/finding.ts';
import type { Remedy } from '../../contract/plan.ts';
import { aimedFixes } from '../../facts/reach.ts';
import { type Projection, type ProjectionOptions, runScenario } from '../run-scenario.ts';
import { type Scenario, ScenarioError } from '../scenarios/scenario.ts';
import type { ProjectionWorld } from '../world.ts';
import { customNetworking } from './custom-networking.ts';
import { drain } from './drain.ts';
import { burden, compare, type Outcome, outcomeOf } from './measure.ts';
import { newSubnet } from './new-subnet.ts';
import { prefixMode } from './prefix-mode.ts';
import type { Patient, RemedyKind, Trial } from './remedy.ts';
import { reservation } from './reservation.ts';
import { spreadZones } from './spread-zones.ts';
import { warmSettings } from './warm-settings.ts';

export const REMEDIES: readonly RemedyKind[] = [
  warmSettings,
  reservation,
  drain,
  prefixMode,
  spreadZones,
  newSubnet,
  customNetworking,
];

/** Asks for remedies of one scenario after the other; worlds are made once. */
export type Healer = (failing: Projection, scenario: Scenario) => Remedy[];

/** Nothing is tried for a scenario that passes, or that only what is unknown keeps from passing. */
export function healerFor(patient: Patient, options: ProjectionOptions): Healer {
  const worlds = new Map<string, ProjectionWorld | undefined>();
  const worldOfTrial = (kind: RemedyKind, trial: Trial): ProjectionWorld | undefined => {
    const key = `${kind.id} ${trial.key}`;
    if (!worlds.has(key)) worlds.set(key, trial.world());
    return worlds.get(key);
  };
  return (failing, scenario) => {
    if (failing.verdict !== 'fail' && failing.verdict !== 'at-risk') return [];
    return REMEDIES.flatMap((kind): Remedy[] => {
      let best: { readonly trial: Trial; readonly tried: Projection; readonly outcome: Outcome } | undefined;
      for (const trial of kind.trials(patient, failing, scenario)) {
        const world = worldOfTrial(kind, trial);
        const tried = world && run(world, scenario, options);
        const outcome = tried && outcomeOf(failing, tried, (id) => patient.world.ledger.has(id));
        if (!outcome || (best && compare(burden(tried), burden(best.tried)) >= 0)) continue;
        best = { trial, tried, outcome };
        if (outcome.sufficient) break;
      }
      return best ? [remedy(patient, kind, best.trial, best.outcome)] : [];
    }).sort(byWorth);
  };
}

/** Another world may not have what the scenario asks for: then nothing is known of it. */
function run(world: ProjectionWorld, scenario: Scenario, options: ProjectionOptions): Projection | undefined {
  try {
    return runScenario(world, scenario, options);
  } catch (error) {
    if (error instanceof ScenarioError) return undefined;
    throw error;
  }
}

function lack({ stillShort }: Outcome): number {
  return stillShort.addresses + 16 * stillShort.blocks;
}

/** What suffices first, then what leaves least short; among equals the least effort, and the fewest nodes to replace. */
function byWorth(a: Remedy, b: Remedy): number {
  const effect = Number(b.sufficient) - Number(a.sufficient) || (a.sufficient ? 0 : lack(a) - lack(b));
  return effect || a.effort - b.effort || a.nodesToReplace - b.nodesToReplace || b.addresses - a.addresses;
}

function remedy({ world }: Patient, { id }: RemedyKind, trial: Trial, outcome: Outcome): Remedy {
  const { title, effort, nodesToReplace } = trial;
  const frees = winsOf(outcome);
  const [fix] = aimedFixes(world.run, [{ title, ...trial.fix, ...(frees === undefined ? {} : { frees }) }]);
  return { id, title, ...outcome, nodesToReplace, effort, fix: fix! };
}

/** Undefined where nothing comes free. */
function winsOf({ addresses, blocks, subnets }: Outcome): Frees | undefined {
  if (addresses <= 0) return undefined;
  const won = subnets.filter((s) => s.addresses > 0).sort((a, b) => b.addresses - a.addresses);
  return {
    addresses,
    ...(blocks > 0 ? { blocks } : {}),
    subnets: won.map((s) => ({ subnetId: s.subnetId, addresses: s.addresses })),
  };
}
