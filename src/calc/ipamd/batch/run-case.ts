import { type Outcomes, playFresh, rangeOver, sampleOutcomes } from '../history.ts';
import type { Ec2Calls, Holdings, Range, UncertainField } from '../holdings.ts';
import { ipv6Holdings } from '../ipv6.ts';
import { nodeCapacity } from '../limits.ts';
import { ipsHeldByNode, type Prediction } from '../predict.ts';
import { REASONS } from '../ranges.ts';
import { type SimulationOptions, simulate } from '../simulator/index.ts';
import { configValidity, entryRefusals } from '../validity.ts';
import { windowsHoldings } from '../windows.ts';
import { type Case, readCase, type TypeLookup } from './case.ts';
import { runTrace } from './trace.ts';

/** The fields of a case's kind, whether they are exact, and why not; a figure that history blurs is `{min, max}`. */
interface Answered {
  readonly exact: boolean;
  readonly reasons: readonly string[];
  readonly [field: string]: unknown;
}

/** The answer to one case. */
export interface CaseResult extends Answered {
  readonly id: string;
  readonly kind: string;
}

/**
 * Runs needed to tell a range. Ends that fewer than one run in forty reaches do not turn a number into a range: the field
 * `range` then bounds them, `exact` is false and `reasons` says so.
 */
const RUNS = 300;
const CALL_RUNS = 60;
const RARE_SHARE = 1 / 40;

const UNCERTAIN: readonly UncertainField[] = [
  'enis',
  'dataENIs',
  'secondaryIPs',
  'prefixes',
  'podIPsHeld',
  'podIPsFree',
  'podsWithoutIP',
  'subnetIPs',
];

/**
 * Answers one object of a batch file. Kinds: steady, after-churn, oscillation, capacity, ipv6, windows, trace. Deterministic.
 * Throws `CaseError` when the object cannot be read.
 */
export function runCase(input: unknown, lookup: TypeLookup): CaseResult {
  const question = readCase(input, lookup);
  const head = { id: question.id, kind: question.kind };
  if (question.kind === 'windows')
    return { ...head, exact: true, ...windowsHoldings(question.configMap ?? question.env, windowsNode(question)) };
  const capacity = nodeCapacity(question.settings, question.limits, question.occupied);
  if (question.kind === 'capacity') return { ...head, exact: true, reasons: [], ...capacity };
  const refused = refusalOf(question);
  if (refused !== undefined) return { ...head, exact: true, reasons: refused, ...initFailure(question) };
  if (question.kind === 'trace') return { ...head, ...runTrace(question, simulationOptions(question)) };
  if (question.kind === 'oscillation') return { ...head, ...oscillation(question) };
  if (question.kind === 'after-churn') return { ...head, ...afterChurn(question) };
  if (question.settings.ipv6) return { ...head, ...ipv6Holdings(question.settings, ipv6Node(question)) };
  return { ...head, ...steady(question) };
}

function steady(question: Case): Answered {
  const { settings, pods, branchPods } = question;
  const { arrival, predicted } = predictionOf(question);
  if (predicted.nodeInitFails) return { exact: true, reasons: predicted.reasons, ...initFailure(question) };
  const play = playFresh(pods, branchPods, arrival);
  const options = simulationOptions(question);
  if (!predicted.exact) return blurred(sampleOutcomes(options, RUNS, play), predicted);
  const answer = { exact: true, reasons: predicted.reasons, ...figures(predicted) };
  // The holdings are certain; how many calls it takes is not where a request may be cut short or batches differ.
  if (question.subnets === undefined && !(predicted.prefixes > 0 && settings.warmPrefixTarget > 1)) return answer;
  return { ...answer, ec2Calls: callRanges(sampleOutcomes(options, CALL_RUNS, play)) };
}

/** Pods came one by one unless the case says otherwise; but where growth stops at maxPods, silence leaves the end open. */
function predictionOf(question: Case): { arrival: Case['arrival']; predicted: Prediction } {
  const { settings, limits, occupied, arrival } = question;
  const predicted = ipsHeldByNode(settings, limits, { ...occupied, ...question });
  if (arrival !== 'unknown' || predicted.reasons.includes(REASONS.maxPodsStop)) return { arrival, predicted };
  return {
    arrival: 'oneByOne',
    predicted: ipsHeldByNode(settings, limits, { ...occupied, ...question, arrival: 'oneByOne' }),
  };
}

function afterChurn(question: Case): Answered {
  const options = simulationOptions(question);
  const trial = simulate(options);
  if (!trial.boot()) return { exact: true, reasons: [trial.view().failure ?? ''], ...initFailure(question) };
  const outcomes = sampleOutcomes(options, RUNS, () => {});
  if (outcomes.share < 1) return blurred(outcomes, undefined);
  return { exact: true, reasons: [], ...figures(outcomes.commonest), ec2Calls: callRanges(outcomes) };
}

/** A range over the runs, widened to what analysis allows; or the commonest end when the others are rare. */
function blurred(outcomes: Outcomes, predicted: Prediction | undefined): Answered {
  const reasons = predicted?.reasons ?? [outcomes.settled ? REASONS.churn : REASONS.alternation];
  const ranges = Object.fromEntries(
    UNCERTAIN.map((field): [string, Range] => {
      const seen = rangeOver(outcomes, (end) => end[field]);
      const allowed = predicted?.range?.[field] ?? seen;
      return [field, { min: Math.min(seen.min, allowed.min), max: Math.max(seen.max, allowed.max) }];
    }),
  );
  if (outcomes.share >= 1 - RARE_SHARE)
    return {
      exact: false,
      reasons: [...reasons, 'fewer than one run in forty ended otherwise: see range'],
      ...figures(outcomes.commonest),
      ec2Calls: callRanges(outcomes),
      range: ranges,
    };
  return {
    exact: false,
    reasons,
    ...figures(outcomes.commonest),
    ...Object.fromEntries(Object.entries(ranges).map(([field, range]) => [field, collapse(range)])),
    perENI: perEniRanges(outcomes.ends),
    subnetIPsBySubnet: subnetRanges(outcomes),
    ec2Calls: callRanges(outcomes),
  };
}

/** A call count that nearly all runs agree on is a number. */
function callRanges(outcomes: Outcomes): Record<string, number | Range> {
  const names: readonly (keyof Ec2Calls)[] = ['allocENI', 'allocIPs', 'deallocCidrs', 'freeENI'];
  return Object.fromEntries(
    names.map((name) => {
      const counts = outcomes.ends.map((end) => end.ec2Calls[name]);
      const common = commonestOf(counts);
      const agreeing = counts.filter((count) => count === common).length / counts.length;
      return [name, agreeing >= 1 - RARE_SHARE ? common : collapse(rangeOver(outcomes, (end) => end.ec2Calls[name]))];
    }),
  );
}

function commonestOf(values: readonly number[]): number {
  const counts = new Map<number, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts].reduce((best, each) => (each[1] > best[1] ? each : best), [0, 0])[0];
}

function subnetRanges(outcomes: Outcomes): Record<string, number | Range> {
  const names = new Set(outcomes.ends.flatMap((run) => Object.keys(run.subnetIPsBySubnet)));
  return Object.fromEntries(
    [...names].map((name) => [name, collapse(rangeOver(outcomes, (end) => end.subnetIPsBySubnet[name] ?? 0))]),
  );
}

/** Slots of the fullest ENI, the second, and so on, each over all runs; an ENI a run does not have counts as 0. */
function perEniRanges(runs: readonly Holdings[]): readonly (number | Range)[] {
  const longest = Math.max(...runs.map((run) => run.perENI.length));
  return Array.from({ length: longest }, (_, rank) => {
    const values = runs.map((run) => run.perENI[rank] ?? 0);
    return collapse({ min: Math.min(...values), max: Math.max(...values) });
  });
}

/** States a node passes through while nothing happens to it, once settled as far as it ever will. */
function oscillation(question: Case): Answered {
  const outcomes = sampleOutcomes(
    simulationOptions(question),
    1,
    playFresh(question.pods, question.branchPods, question.arrival),
  );
  const states = new Map<string, { enis: number; secondaryIPs: number; prefixes: number }>();
  for (const { enis, secondaryIPs, prefixes } of outcomes.ends)
    states.set(`${enis}/${secondaryIPs}/${prefixes}`, { enis, secondaryIPs, prefixes });
  const ordered = [...states.values()].sort(
    (a, b) => a.enis - b.enis || a.secondaryIPs + a.prefixes - b.secondaryIPs - b.prefixes,
  );
  const stable = outcomes.settled;
  return { exact: stable, reasons: stable ? [] : [REASONS.alternation], stable, states: ordered };
}

function figures(end: Holdings): Record<string, unknown> {
  const {
    enis,
    dataENIs,
    trunkENIs,
    branchENIs,
    perENI,
    secondaryIPs,
    prefixes,
    podIPsHeld,
    podIPsFree,
    podsWithoutIP,
  } = end;
  const { subnetIPs, subnetIPsBySubnet, ec2Calls } = end;
  return {
    enis,
    dataENIs,
    trunkENIs,
    branchENIs,
    perENI,
    secondaryIPs,
    prefixes,
    podIPsHeld,
    podIPsFree,
    podsWithoutIP,
    subnetIPs,
    subnetIPsBySubnet,
    ec2Calls,
  };
}

function initFailure(question: Case): Record<string, unknown> {
  return { nodeInitFails: true, dataENIs: 0, podIPsHeld: 0, podIPsFree: 0, podsWithoutIP: question.pods };
}

function refusalOf(question: Case): readonly string[] | undefined {
  const refusals = entryRefusals(question.env, { defaults: 'binary' });
  if (refusals.length > 0) return refusals.map(({ variable, effect }) => `${variable}: ${effect}`);
  const validity = configValidity(question.settings, { nitroOrBareMetal: question.limits.prefixCapable });
  return validity.valid ? undefined : validity.reasons;
}

function simulationOptions(question: Case): SimulationOptions {
  const { settings, limits, maxPods, occupied, subnets, initial } = question;
  return {
    settings,
    limits,
    maxPods,
    occupied,
    ...(subnets === undefined ? {} : { subnets }),
    ...(initial === undefined
      ? {}
      : {
          initial: initial.map(({ primary, podsPerSlot }) => ({
            kind: primary ? 'primary' : 'secondary',
            slots: podsPerSlot.map((pods) => ({ pods })),
          })),
        }),
  };
}

function windowsNode(question: Case): { ipv4PerEni: number; nitro: boolean; pods: number } {
  return { ipv4PerEni: question.limits.ipv4PerEni, nitro: question.limits.prefixCapable, pods: question.pods };
}

function ipv6Node(question: Case): Parameters<typeof ipv6Holdings>[1] {
  return {
    trunkingCompatible: question.limits.trunkingCompatible,
    branchEniLimit: question.limits.branchEniLimit,
    branchPods: question.branchPods,
    unmanagedEnis: question.occupied.unmanagedEnis ?? 0,
    primarySubnetExcluded: question.occupied.primarySubnetExcluded === true,
  };
}

function collapse(range: Range): number | Range {
  return range.min === range.max ? range.min : range;
}
