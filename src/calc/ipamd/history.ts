import type { Holdings, Range } from './holdings.ts';
import { type Simulation, type SimulationOptions, simulate } from './simulator/index.ts';

/** Many seeded runs of the same situation: how often it ends how. */
export interface Outcomes {
  /** The commonest end. */
  readonly commonest: Holdings;
  /** Share of runs that ended so, over 0 up to 1. */
  readonly share: number;
  readonly runs: readonly Holdings[];
}

/** Waits until nothing changed for longer than any pause or cooldown lasts; gives up where there is no steady state. */
export const QUIET_SECONDS = 200;
export const SETTLE_LIMIT_SECONDS = 4000;

/** Runs the same start with other random choices. `play` does what happens after a successful start-up. */
export function sampleOutcomes(
  options: SimulationOptions,
  runs: number,
  play: (simulation: Simulation) => void,
): Outcomes {
  const ends: Holdings[] = [];
  for (let run = 0; run < runs; run++) {
    const simulation = simulate({ ...options, seed: (options.seed ?? 0) + 7919 * (run + 1) });
    if (simulation.boot()) play(simulation);
    ends.push(simulation.holdings());
  }
  const groups = new Map<string, { end: Holdings; count: number }>();
  for (const end of ends) {
    const key = signature(end);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { end, count: 1 });
    else group.count += 1;
  }
  const [first] = [...groups.values()].sort((a, b) => b.count - a.count);
  if (first === undefined) throw new RangeError('at least one run is needed');
  return { commonest: first.end, share: first.count / runs, runs: ends };
}

/** Start-up, a few idle passes, then pods as they arrive, until quiet: a fresh node. */
export function playFresh(
  pods: number,
  branchPods: number,
  arrival: 'oneByOne' | 'burst',
): (simulation: Simulation) => void {
  return (simulation) => {
    for (let idle = 0; idle < IDLE_PASSES; idle++) simulation.pass();
    if (branchPods > 0) {
      simulation.settle(BETWEEN_PODS_SECONDS, START_UP_LIMIT_SECONDS);
      simulation.addBranchPods(branchPods);
    }
    if (arrival === 'burst') simulation.addPods(pods);
    else for (let pod = 0; pod < pods; pod++) addAndSettle(simulation);
    simulation.settle(QUIET_SECONDS, SETTLE_LIMIT_SECONDS);
  };
}

/** The least and most of a figure over all runs. */
export function rangeOver(outcomes: Outcomes, figure: (end: Holdings) => number): Range {
  const values = outcomes.runs.map(figure);
  return { min: Math.min(...values), max: Math.max(...values) };
}

const IDLE_PASSES = 4;
/** Quiet between two pods that arrive one by one, and the longest wait for it. */
const BETWEEN_PODS_SECONDS = 9;
const BETWEEN_PODS_LIMIT_SECONDS = 100;
/** Longest wait for start-up to finish: a nearly full subnet fills the first ENI one address a pass. */
const START_UP_LIMIT_SECONDS = 600;

function addAndSettle(simulation: Simulation): void {
  simulation.addPods(1);
  simulation.settle(BETWEEN_PODS_SECONDS, BETWEEN_PODS_LIMIT_SECONDS);
}

/** Everything but the calls: two runs with the same holdings ended the same way. */
function signature(end: Holdings): string {
  return `${end.enis}/${end.trunkENIs}/${end.branchENIs}/${end.perENI.join(',')}/${end.podIPsHeld}/${end.podsWithoutIP}`;
}
