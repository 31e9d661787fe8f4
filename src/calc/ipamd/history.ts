import type { Holdings, Range } from './holdings.ts';
import { type Simulation, type SimulationOptions, simulate } from './simulator/index.ts';

/** Many seeded runs of the same situation: how often it ends how. */
export interface Outcomes {
  /** The commonest end. */
  readonly commonest: Holdings;
  /** Share of the ends that are like it, over 0 up to 1. */
  readonly share: number;
  /** One end a run; of a run that never settles, every state it passes through. */
  readonly ends: readonly Holdings[];
  /** False when some run never settled. */
  readonly settled: boolean;
}

/** Waits until nothing changed for longer than any pause or cooldown lasts; gives up where there is no steady state. */
const QUIET_SECONDS = 200;
const SETTLE_LIMIT_SECONDS = 4000;

/** Runs the same start with other random choices. `play` does what happens between start-up and the wait for quiet. */
export function sampleOutcomes(
  options: SimulationOptions,
  runs: number,
  play: (simulation: Simulation) => void,
): Outcomes {
  const ends: Holdings[] = [];
  let settled = true;
  for (let run = 0; run < runs; run++) {
    const simulation = simulate({ ...options, seed: (options.seed ?? 0) + 7919 * (run + 1) });
    if (simulation.boot()) play(simulation);
    if (simulation.settle(QUIET_SECONDS, SETTLE_LIMIT_SECONDS)) {
      ends.push(simulation.holdings());
    } else {
      settled = false;
      ends.push(...statesPassed(simulation));
    }
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
  return { commonest: first.end, share: first.count / ends.length, ends, settled };
}

/** The states of a node that never settles, one a pass, over longer than any cycle of it. */
export function statesPassed(simulation: Simulation): Holdings[] {
  return Array.from({ length: OBSERVED_PASSES }, () => {
    simulation.pass();
    return simulation.holdings();
  });
}

/** A fresh node: a few idle passes, then pods as they arrive. */
export function playFresh(
  pods: number,
  branchPods: number,
  arrival: 'oneByOne' | 'burst' | 'unknown',
): (simulation: Simulation) => void {
  let inBurst = arrival === 'burst';
  return (simulation) => {
    for (let idle = 0; idle < IDLE_PASSES; idle++) simulation.pass();
    if (branchPods > 0) {
      simulation.settle(BETWEEN_PODS_SECONDS, START_UP_LIMIT_SECONDS);
      simulation.addBranchPods(branchPods);
    }
    if (inBurst) simulation.addPods(pods);
    else for (let pod = 0; pod < pods; pod++) addAndSettle(simulation);
    if (arrival === 'unknown') inBurst = !inBurst;
  };
}

/** The least and most of a figure over all runs. */
export function rangeOver(outcomes: Outcomes, figure: (end: Holdings) => number): Range {
  const values = outcomes.ends.map(figure);
  return { min: Math.min(...values), max: Math.max(...values) };
}

const IDLE_PASSES = 4;
const OBSERVED_PASSES = 80;
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
