import {
  type Ec2Calls,
  type EniView,
  type Holdings,
  ipsHeldByNode,
  type NodeView,
  type Prediction,
  type Simulation,
  simulate,
  statesPassed,
  type UncertainField,
} from '../ipamd/index.ts';
import {
  type Bounded,
  callRanges,
  collapse,
  optionsOf,
  podsAtStart,
  rangeOf,
  settle,
  start,
  type TimelineQuestion,
} from './question.ts';

/** What the node holds once settled at one number of pods. */
export interface TimelineStep {
  /** Pods that need an address from ipamd. */
  readonly pods: number;
  readonly nodeInitFails: boolean;
  /** False where the node never comes to rest: its EC2 calls are then those of about an hour, and go on. */
  readonly settled: boolean;
  /** Primary, data, trunk and unmanaged ENIs; branch ENIs not. */
  readonly enis: Bounded;
  readonly dataENIs: Bounded;
  readonly trunkENIs: number;
  readonly branchENIs: number;
  /** Slots used on each data ENI in the run that is drawn, most first. */
  readonly perENI: readonly number[];
  readonly secondaryIPs: Bounded;
  readonly prefixes: Bounded;
  readonly podIPsHeld: Bounded;
  readonly podIPsFree: Bounded;
  readonly podsWithoutIP: Bounded;
  readonly subnetIPs: Bounded;
  readonly subnetIPsBySubnet: Readonly<Record<string, Bounded>>;
  /** Successful EC2 calls since start-up began. */
  readonly ec2Calls: Readonly<Record<keyof Ec2Calls, Bounded>>;
  readonly failedCalls: Bounded;
  /** Pods so far that found no address when they came. */
  readonly podsThatWaited: Bounded;
  /** False where a figure is a range; `reasons` say why. */
  readonly exact: boolean;
  readonly reasons: readonly string[];
  /** /80 prefixes, in IPv6. */
  readonly ipv6Prefixes80?: number;
  /** ENIs and slots of one run, to be drawn; empty in IPv6. */
  readonly eniViews: readonly EniView[];
}

/** The steps, and how they were made. */
export interface PodTimeline {
  readonly steps: readonly TimelineStep[];
  /** Seeded runs behind the figures. */
  readonly runs: number;
}

/** Runs behind a range: enough that an end seen in one run of ten is missed less than once in sixty. */
const RUNS = 40;
const BETWEEN_PODS = { quietSeconds: 9, limitSeconds: 100 } as const;

type Reached = Holdings & Pick<NodeView, 'failedCalls' | 'podsThatWaited'>;

/** One run of the simulator: its ends step by step, several where the node never settles. */
interface Played {
  readonly failure?: string;
  readonly ends: readonly (readonly Reached[])[];
  readonly views: readonly (readonly EniView[])[];
}

/**
 * Takes a node through counts of pods, one pod at a time upwards, all at once downwards, settled in between. A fresh node is
 * told by the model's closed form and recurrence, and checked against a run; where those leave a range, or the node is not
 * fresh, by seeded runs as well. Deterministic. Settings that ipamd refuses are not judged here.
 */
export function podTimeline(question: TimelineQuestion): PodTimeline {
  const predictions = question.initial === undefined ? predict(question) : undefined;
  const failing = predictions?.find((each) => each.nodeInitFails);
  if (failing) return { steps: failedSteps(question.pods, failing.reasons), runs: 0 };
  if (question.settings.ipv6) return { steps: ipv6Steps(question), runs: 0 };
  const certain = predictions?.every((each) => each.exact) ?? false;
  const runs = Array.from({ length: certain ? 1 : RUNS }, (_, run) => play(question, run));
  const failure = runs.find((run) => run.failure !== undefined)?.failure;
  if (failure !== undefined) return { steps: failedSteps(question.pods, [failure]), runs: 1 };
  const steps = question.pods.map((pods, at) =>
    stepOf(
      pods,
      runs.map((run) => run.ends[at]!),
      runs[0]!.views[at]!,
      predictions?.[at],
    ),
  );
  return { steps, runs: runs.length };
}

/** The model's answer for a fresh node; once pods have left, for a node that ran as many as the most so far. */
function predict(question: TimelineQuestion): readonly Prediction[] {
  const { settings, limits, maxPods, branchPods, occupied, subnets } = question;
  let peakPods = 0;
  return question.pods.map((pods) => {
    peakPods = Math.max(peakPods, pods);
    return ipsHeldByNode(settings, limits, {
      ...occupied,
      pods,
      branchPods,
      maxPods,
      ...(subnets === undefined ? {} : { subnets }),
      ...(peakPods > pods ? { churn: { peakPods } } : {}),
    });
  });
}

function play(question: TimelineQuestion, run: number): Played {
  const simulation = simulate(optionsOf(question, run));
  if (!start(simulation, question.branchPods))
    return { failure: simulation.figures().failure ?? 'ipamd exits', ends: [], views: [] };
  const ends: Reached[][] = [];
  const views: (readonly EniView[])[] = [];
  let running = podsAtStart(question);
  for (const pods of question.pods) {
    for (; running < pods; running++) {
      simulation.addPods(1);
      simulation.settle(BETWEEN_PODS.quietSeconds, BETWEEN_PODS.limitSeconds);
    }
    if (running > pods) simulation.removePods(running - pods);
    running = pods;
    ends.push(settle(simulation) ? [reached(simulation)] : alternating(simulation));
    if (run === 0) views.push(simulation.view().eniViews);
  }
  return { ends, views };
}

function reached(simulation: Simulation): Reached {
  return simulation.figures();
}

function alternating(simulation: Simulation): Reached[] {
  const { failedCalls, podsThatWaited } = simulation.figures();
  return statesPassed(simulation).map((state) => ({ ...state, failedCalls, podsThatWaited }));
}

function stepOf(
  pods: number,
  runs: readonly (readonly Reached[])[],
  eniViews: readonly EniView[],
  prediction: Prediction | undefined,
): TimelineStep {
  const ends = runs.flat();
  const first = ends[0]!;
  const over = (field: UncertainField): Bounded => {
    const seen = rangeOf(ends.map((end) => end[field]));
    if (!prediction) return collapse(seen);
    const told = prediction.range?.[field] ?? { min: prediction[field], max: prediction[field] };
    return collapse({ min: Math.min(seen.min, told.min), max: Math.max(seen.max, told.max) });
  };
  const figures = {
    enis: over('enis'),
    dataENIs: over('dataENIs'),
    secondaryIPs: over('secondaryIPs'),
    prefixes: over('prefixes'),
    podIPsHeld: over('podIPsHeld'),
    podIPsFree: over('podIPsFree'),
    podsWithoutIP: over('podsWithoutIP'),
    subnetIPs: over('subnetIPs'),
  };
  const exact = Object.values(figures).every((figure) => typeof figure === 'number');
  return {
    pods,
    nodeInitFails: false,
    settled: ends.length === runs.length,
    ...figures,
    trunkENIs: first.trunkENIs,
    branchENIs: first.branchENIs,
    perENI: first.perENI,
    subnetIPsBySubnet: bySubnet(ends, figures.subnetIPs),
    ec2Calls: callRanges(ends),
    failedCalls: collapse(rangeOf(ends.map((end) => end.failedCalls))),
    podsThatWaited: collapse(rangeOf(ends.map((end) => end.podsThatWaited))),
    exact,
    reasons: exact ? [] : reasonsOf(prediction),
    eniViews,
  };
}

function reasonsOf(prediction: Prediction | undefined): readonly string[] {
  if (prediction && prediction.reasons.length > 0) return prediction.reasons;
  return ['ipamd chooses ENIs and addresses at random: the runs ended differently'];
}

/** Where one subnet takes all that varies, its range is that of the sum. */
function bySubnet(ends: readonly Reached[], sum: Bounded): Record<string, Bounded> {
  const names = [...new Set(ends.flatMap((end) => Object.keys(end.subnetIPsBySubnet)))];
  const seen = names.map((name) => rangeOf(ends.map((end) => end.subnetIPsBySubnet[name] ?? 0)));
  const busiest = seen.reduce((best, each, at) => (each.max > seen[best]!.max ? at : best), 0);
  const others = seen.filter((_, at) => at !== busiest);
  if (typeof sum !== 'number' && others.every(({ min, max }) => min === max)) {
    const beside = others.reduce((total, { min }) => total + min, 0);
    seen[busiest] = { min: sum.min - beside, max: sum.max - beside };
  }
  return Object.fromEntries(names.map((name, at) => [name, collapse(seen[at]!)]));
}

/** A node whose aws-node exits, at each count of pods. */
export function failedSteps(pods: readonly number[], reasons: readonly string[]): readonly TimelineStep[] {
  return pods.map((each) => failedStep(each, reasons));
}

function failedStep(pods: number, reasons: readonly string[]): TimelineStep {
  return { ...nothingHeld(pods), nodeInitFails: true, podsWithoutIP: pods, reasons };
}

/** Nothing grows in IPv6: every count of pods finds the same node (`ipamd.go:assignIPv6Prefix`). */
function ipv6Steps(question: TimelineQuestion): readonly TimelineStep[] {
  return predict(question).map((prediction, at) => ({
    ...nothingHeld(question.pods[at]!),
    enis: prediction.enis,
    dataENIs: prediction.dataENIs,
    trunkENIs: prediction.trunkENIs,
    branchENIs: prediction.branchENIs,
    subnetIPs: prediction.subnetIPs,
    subnetIPsBySubnet: prediction.subnetIPsBySubnet,
    exact: prediction.exact,
    reasons: prediction.reasons,
    ipv6Prefixes80: 1,
  }));
}

function nothingHeld(pods: number): TimelineStep {
  return {
    pods,
    nodeInitFails: false,
    settled: true,
    enis: 1,
    dataENIs: 0,
    trunkENIs: 0,
    branchENIs: 0,
    perENI: [],
    secondaryIPs: 0,
    prefixes: 0,
    podIPsHeld: 0,
    podIPsFree: 0,
    podsWithoutIP: 0,
    subnetIPs: 1,
    subnetIPsBySubnet: { node: 1 },
    ec2Calls: { allocENI: 0, allocIPs: 0, deallocCidrs: 0, freeENI: 0 },
    failedCalls: 0,
    podsThatWaited: 0,
    exact: true,
    reasons: [],
    eniViews: [],
  };
}
