import type {
  Ec2Calls,
  InitialEni,
  IpamdSettings,
  NodeLimits,
  NodeSubnets,
  OccupiedSlots,
  Range,
  Simulation,
  SimulationOptions,
} from '../ipamd/index.ts';

/** A number, or the range that history and random choices leave open. */
export type Bounded = number | Range;

/** The node, its settings, and the pods it is asked to run one count after the other. */
export interface TimelineQuestion {
  readonly settings: IpamdSettings;
  readonly limits: NodeLimits;
  readonly maxPods: number;
  /** Pods that need an address from ipamd, step by step; pods come and go between two steps. */
  readonly pods: readonly number[];
  /** Pods on branch ENIs, there from the start. */
  readonly branchPods: number;
  readonly occupied?: OccupiedSlots;
  /** Absent: no subnet runs dry. */
  readonly subnets?: NodeSubnets;
  /** ENIs with their pods that start-up finds; absent: a fresh node. */
  readonly initial?: readonly InitialEni[];
  /** Seed of ipamd's random choices in the first run; further runs take the following seeds. */
  readonly seed: number;
}

/** Quiet for longer than any pause or cooldown lasts; a node that is not after the limit has no steady state. */
const QUIET = { seconds: 200, limitSeconds: 4000 } as const;
const START_UP = { quietSeconds: 9, limitSeconds: 600 } as const;

export function optionsOf(question: TimelineQuestion, run: number): SimulationOptions {
  const { settings, limits, maxPods, occupied, subnets, initial } = question;
  return {
    settings,
    limits,
    maxPods,
    seed: question.seed + run,
    ...(occupied === undefined ? {} : { occupied }),
    ...(subnets === undefined ? {} : { subnets }),
    ...(initial === undefined ? {} : { initial }),
  };
}

/** Starts the node and its branch pods. False when ipamd exits. */
export function start(simulation: Simulation, branchPods: number): boolean {
  if (!simulation.boot()) return false;
  for (let idle = 0; idle < IDLE_PASSES; idle++) simulation.pass();
  if (branchPods === 0) return true;
  simulation.settle(START_UP.quietSeconds, START_UP.limitSeconds);
  simulation.addBranchPods(branchPods);
  return true;
}

/** Waits for quiet; false where there is none. */
export function settle(simulation: Simulation): boolean {
  return simulation.settle(QUIET.seconds, QUIET.limitSeconds);
}

export function podsAtStart({ initial }: TimelineQuestion): number {
  return (initial ?? []).reduce((sum, eni) => sum + eni.slots.reduce((n, slot) => n + slot.pods, 0), 0);
}

export function rangeOf(values: readonly number[]): Range {
  return { min: Math.min(...values), max: Math.max(...values) };
}

/** A range of one number is that number. */
export function collapse({ min, max }: Range): Bounded {
  return min === max ? min : { min, max };
}

export function callRanges(ends: readonly { readonly ec2Calls: Ec2Calls }[]): Record<keyof Ec2Calls, Bounded> {
  const over = (name: keyof Ec2Calls): Bounded => collapse(rangeOf(ends.map((end) => end.ec2Calls[name])));
  return {
    allocENI: over('allocENI'),
    allocIPs: over('allocIPs'),
    deallocCidrs: over('deallocCidrs'),
    freeENI: over('freeENI'),
  };
}

const IDLE_PASSES = 4;
