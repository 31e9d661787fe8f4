import {
  type Outcomes,
  playFresh,
  QUIET_SECONDS,
  rangeOver,
  SETTLE_LIMIT_SECONDS,
  sampleOutcomes,
} from '../history.ts';
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
 * Runs needed to tell a range. An end that fewer than one run in forty reaches does not turn a number into a range; `reasons`
 * then says that rarer ends exist.
 */
const RUNS = 300;
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
  const { settings, limits, pods, branchPods, arrival } = question;
  const predicted = ipsHeldByNode(settings, limits, { ...question.occupied, ...question });
  if (predicted.nodeInitFails) return { exact: true, reasons: predicted.reasons, ...initFailure(question) };
  if (predicted.exact) return { exact: true, reasons: predicted.reasons, ...figures(predicted) };
  const outcomes = sampleOutcomes(simulationOptions(question), RUNS, playFresh(pods, branchPods, arrival));
  return blurred(outcomes, predicted);
}

function afterChurn(question: Case): Answered {
  const options = simulationOptions(question);
  const trial = simulate(options);
  if (!trial.boot()) return { exact: true, reasons: [trial.view().failure ?? ''], ...initFailure(question) };
  const outcomes = sampleOutcomes(options, RUNS, (simulation) => {
    simulation.settle(QUIET_SECONDS, SETTLE_LIMIT_SECONDS);
  });
  return outcomes.share === 1 ? { exact: true, reasons: [], ...withCallRange(outcomes) } : blurred(outcomes, undefined);
}

/** A range over the runs, widened to what analysis allows; or the commonest end when the others are rare. */
function blurred(outcomes: Outcomes, predicted: Prediction | undefined): Answered {
  const reasons = predicted?.reasons ?? [REASONS.churn];
  const alternating = reasons.includes(REASONS.alternation);
  if (outcomes.share >= 1 - RARE_SHARE && !alternating)
    return {
      exact: false,
      reasons: [...reasons, 'fewer than one run in forty ended otherwise'],
      ...withCallRange(outcomes),
    };
  const ranges = UNCERTAIN.map((field): [string, number | Range] => {
    const seen = rangeOver(outcomes, (end) => end[field]);
    const allowed = predicted?.range?.[field] ?? seen;
    return [field, collapse({ min: Math.min(seen.min, allowed.min), max: Math.max(seen.max, allowed.max) })];
  });
  return {
    exact: false,
    reasons,
    ...figures(outcomes.commonest),
    ...Object.fromEntries(ranges),
    perENI: perEniRanges(outcomes.runs),
    subnetIPsBySubnet: subnetRanges(outcomes),
    ec2Calls: callRanges(outcomes),
  };
}

function withCallRange(outcomes: Outcomes): Record<string, unknown> {
  return { ...figures(outcomes.commonest), ec2Calls: callRanges(outcomes) };
}

/** A call count most runs agree on is a number. */
function callRanges(outcomes: Outcomes): Record<string, number | Range> {
  const names: readonly (keyof Ec2Calls)[] = ['allocENI', 'allocIPs', 'deallocCidrs', 'freeENI'];
  return Object.fromEntries(
    names.map((name) => {
      const common = outcomes.commonest.ec2Calls[name];
      const same = outcomes.runs.filter((run) => run.ec2Calls[name] === common).length / outcomes.runs.length;
      return [name, same >= 1 - RARE_SHARE ? common : collapse(rangeOver(outcomes, (end) => end.ec2Calls[name]))];
    }),
  );
}

function subnetRanges(outcomes: Outcomes): Record<string, number | Range> {
  const names = new Set(outcomes.runs.flatMap((run) => Object.keys(run.subnetIPsBySubnet)));
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

/** States a node visits while nothing happens to it, once settled as far as it ever will. */
function oscillation(question: Case): Answered {
  const simulation = simulate(simulationOptions(question));
  if (!simulation.boot()) return { exact: true, reasons: [simulation.view().failure ?? ''], ...initFailure(question) };
  playFresh(question.pods, question.branchPods, question.arrival)(simulation);
  const states = new Map<number, { enis: number; secondaryIPs: number; prefixes: number }>();
  for (let passed = 0; passed < OBSERVED_PASSES; passed++) {
    simulation.pass();
    const { enis, secondaryIPs, prefixes } = simulation.holdings();
    states.set(1e6 * enis + secondaryIPs + prefixes, { enis, secondaryIPs, prefixes });
  }
  const stable = states.size === 1;
  const ordered = [...states.entries()].sort(([a], [b]) => a - b).map(([, state]) => state);
  return { exact: stable, reasons: stable ? [] : [REASONS.alternation], stable, states: ordered };
}

const OBSERVED_PASSES = 80;

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
