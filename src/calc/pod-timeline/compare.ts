import {
  type Ec2Calls,
  ipsHeldByNode,
  type NodeFigures,
  PASS_SECONDS,
  type Simulation,
  simulate,
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

/** What one group of settings holds and costs on the way through the same pods. */
export interface Comparison {
  readonly nodeInitFails: boolean;
  /** Why ipamd exits, where it does. */
  readonly reasons: readonly string[];
  /** Settled, at each count of pods. */
  readonly steps: readonly {
    readonly pods: number;
    readonly enis: Bounded;
    readonly podIPsHeld: Bounded;
    readonly podIPsFree: Bounded;
    readonly podsWithoutIP: Bounded;
    readonly subnetIPs: Bounded;
    readonly subnetIPsBySubnet: Readonly<Record<string, Bounded>>;
  }[];
  /** Addresses taken from subnets, averaged over the steps and rounded. */
  readonly averageSubnetIPs: Bounded;
  /** The same of addresses that no pod uses. */
  readonly averageFree: Bounded;
  readonly ec2Calls: Readonly<Record<keyof Ec2Calls, Bounded>>;
  readonly calls: Bounded;
  readonly failedCalls: Bounded;
  /** Pods that found no address when they came, those that never got one included. */
  readonly podsThatWaited: Bounded;
  /** Longest wait that ended, in seconds, to the length of a pass. */
  readonly longestWaitSeconds: Bounded;
  /** Seeded runs behind the figures. */
  readonly runs: number;
}

export type ComparisonQuestion = TimelineQuestion & {
  /** Seeded runs; 20 unless given. */
  readonly runs?: number;
};

const RUNS = 20;

interface Played {
  readonly steps: readonly NodeFigures[];
  readonly end: NodeFigures;
  readonly longestWait: number;
}

/**
 * Takes a node through counts of pods, the pods of a step all at once, settled in between: what a rollout does to it.
 * EC2 answers at once here, so waits are those of ipamd's own pace: a pass every five seconds, one request a pass, pauses.
 * Deterministic. Settings that ipamd refuses are not judged here.
 */
export function compareOn(question: ComparisonQuestion): Comparison {
  if (question.settings.ipv6) return ipv6Comparison(question);
  const runs: Played[] = [];
  for (let run = 0; run < (question.runs ?? RUNS); run++) {
    const simulation = simulate(optionsOf(question, run));
    if (!start(simulation, question.branchPods)) return failed(question, simulation);
    runs.push(play(question, simulation));
  }
  const over = (figure: (played: Played) => number): Bounded => collapse(rangeOf(runs.map(figure)));
  const mean = (figure: (step: NodeFigures) => number): Bounded =>
    over(({ steps }) => Math.round(steps.reduce((sum, step) => sum + figure(step), 0) / Math.max(steps.length, 1)));
  return {
    nodeInitFails: false,
    reasons: [],
    steps: question.pods.map((pods, at) =>
      stepOf(
        pods,
        runs.map((run) => run.steps[at]!),
      ),
    ),
    averageSubnetIPs: mean((step) => step.subnetIPs),
    averageFree: mean((step) => step.podIPsFree),
    ec2Calls: callRanges(runs.map((run) => run.end)),
    calls: over((run) => sumOf(run.end.ec2Calls)),
    failedCalls: over((run) => run.end.failedCalls),
    podsThatWaited: over((run) => run.end.podsThatWaited),
    longestWaitSeconds: over((run) => run.longestWait),
    runs: runs.length,
  };
}

function play(question: TimelineQuestion, simulation: Simulation): Played {
  const steps: NodeFigures[] = [];
  let running = podsAtStart(question);
  let longestWait = 0;
  settle(simulation);
  for (const pods of question.pods) {
    if (pods > running) {
      simulation.addPods(pods - running);
      longestWait = Math.max(longestWait, waitForAddresses(simulation));
    } else if (pods < running) simulation.removePods(running - pods);
    running = pods;
    settle(simulation);
    steps.push(simulation.figures());
  }
  return { steps, end: simulation.figures(), longestWait };
}

/** Seconds until the last pod that got an address had it; gives up where no more come. */
function waitForAddresses(simulation: Simulation): number {
  const began = simulation.now();
  let waiting = simulation.holdings().podsWithoutIP;
  let last = began;
  while (waiting > 0 && simulation.now() - last < PATIENCE_SECONDS) {
    simulation.pass();
    const now = simulation.holdings().podsWithoutIP;
    if (now < waiting) last = simulation.now();
    waiting = now;
  }
  return Math.round((last - began) / PASS_SECONDS) * PASS_SECONDS;
}

/** Longer than the pause after a shortage. */
const PATIENCE_SECONDS = 150;

function stepOf(pods: number, ends: readonly NodeFigures[]): Comparison['steps'][number] {
  const over = (figure: (end: NodeFigures) => number): Bounded => collapse(rangeOf(ends.map(figure)));
  const names = new Set(ends.flatMap((end) => Object.keys(end.subnetIPsBySubnet)));
  return {
    pods,
    enis: over((end) => end.enis),
    podIPsHeld: over((end) => end.podIPsHeld),
    podIPsFree: over((end) => end.podIPsFree),
    podsWithoutIP: over((end) => end.podsWithoutIP),
    subnetIPs: over((end) => end.subnetIPs),
    subnetIPsBySubnet: Object.fromEntries(
      [...names].map((name) => [name, over((e) => e.subnetIPsBySubnet[name] ?? 0)]),
    ),
  };
}

function sumOf(calls: Ec2Calls): number {
  return calls.allocENI + calls.allocIPs + calls.deallocCidrs + calls.freeENI;
}

const NOTHING = {
  averageSubnetIPs: 0,
  averageFree: 0,
  ec2Calls: { allocENI: 0, allocIPs: 0, deallocCidrs: 0, freeENI: 0 },
  calls: 0,
  failedCalls: 0,
  podsThatWaited: 0,
  longestWaitSeconds: 0,
  runs: 0,
} as const;

function failed(question: TimelineQuestion, simulation: Simulation): Comparison {
  const steps = question.pods.map((pods) => ({
    pods,
    enis: 1,
    podIPsHeld: 0,
    podIPsFree: 0,
    podsWithoutIP: pods,
    subnetIPs: 1,
    subnetIPsBySubnet: { node: 1 },
  }));
  return { ...NOTHING, nodeInitFails: true, reasons: [simulation.figures().failure ?? 'ipamd exits'], steps };
}

/** Nothing grows and nobody waits in IPv6. */
function ipv6Comparison(question: TimelineQuestion): Comparison {
  const { settings, limits, maxPods, branchPods, occupied } = question;
  const held = ipsHeldByNode(settings, limits, { ...occupied, pods: 0, branchPods, maxPods });
  const { enis, subnetIPs, subnetIPsBySubnet } = held;
  const steps = question.pods.map((pods) => ({
    pods,
    enis,
    podIPsHeld: 0,
    podIPsFree: 0,
    podsWithoutIP: 0,
    subnetIPs,
    subnetIPsBySubnet,
  }));
  return { ...NOTHING, nodeInitFails: false, reasons: held.reasons, steps, averageSubnetIPs: subnetIPs };
}
