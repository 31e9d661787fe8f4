import { type SimEvent, type Simulation, type SimulationOptions, simulate } from '../simulator/index.ts';
import type { Case } from './case.ts';
import { CaseError } from './fields.ts';

/** What happened in a step: a successful call of ipamd with the number of slots, the start of the shortage pause, a step of the trunk. */
export type TraceAction =
  | { readonly call: string; readonly count: number; readonly eni: number }
  | { readonly event: string };

/** The node after one step of a script. */
export interface TraceStep {
  readonly at: string;
  readonly actions: readonly TraceAction[];
  /** Slots used on each data ENI, most first. */
  readonly perENI: readonly number[];
  readonly podIPsHeld: number;
  readonly assigned: number;
  readonly podsWaiting: number;
  /** Primary, data, trunk and unmanaged ENIs. */
  readonly enisAttached: number;
}

export interface Trace {
  readonly steps: readonly TraceStep[];
  readonly exact: boolean;
  readonly reasons: readonly string[];
}

/** Runs with other random choices that decide whether a trace is the only one possible. */
const RUNS = 40;

/**
 * Plays a script: `boot`, `pass N`, `+N pods`, `-N pods`, `+N branch pods`, `-N branch pods`, `cordon`, `uncordon`. Where
 * random choices lead elsewhere the commonest trace is told, and `exact` is false.
 */
export function runTrace(question: Case, options: SimulationOptions): Trace {
  const traces = new Map<string, { steps: readonly TraceStep[]; count: number }>();
  for (let run = 0; run < RUNS; run++) {
    const steps = play(question, simulate({ ...options, log: true, seed: run + 1 }));
    const key = JSON.stringify(
      steps.map(({ actions, ...rest }) => [rest, actions.map(({ ...action }) => ({ ...action, eni: 0 }))]),
    );
    const known = traces.get(key);
    if (known === undefined) traces.set(key, { steps, count: 1 });
    else known.count += 1;
  }
  const [first] = [...traces.values()].sort((a, b) => b.count - a.count);
  const exact = traces.size === 1;
  return {
    steps: first?.steps ?? [],
    exact,
    reasons: exact ? [] : ['random choices of ipamd lead to other traces as well'],
  };
}

function play(question: Case, simulation: Simulation): TraceStep[] {
  let seen = 0;
  return question.script.map((at) => {
    perform(question, simulation, at);
    const events = simulation.events();
    const actions = events.slice(seen).flatMap(actionOf);
    seen = events.length;
    const now = simulation.holdings();
    return {
      at,
      actions,
      perENI: now.perENI,
      podIPsHeld: now.podIPsHeld,
      assigned: now.podIPsHeld - now.podIPsFree,
      podsWaiting: now.podsWithoutIP,
      enisAttached: now.enis,
    };
  });
}

function perform(question: Case, simulation: Simulation, at: string): void {
  const change = /^([+-])(\d+) (branch )?pods?$/.exec(at);
  if (at === 'boot') simulation.boot();
  else if (at === 'cordon' || at === 'uncordon') simulation.cordon(at === 'cordon');
  else if (/^pass \d+$/.test(at)) simulation.pass();
  else if (change !== null) changePods(simulation, change[1] === '+', change[3] !== undefined, Number(change[2]));
  else throw new CaseError(question.id, `the script has an unknown step: ${at}`);
}

function changePods(simulation: Simulation, add: boolean, branch: boolean, count: number): void {
  if (add && branch) simulation.addBranchPods(count);
  else if (add) simulation.addPods(count);
  else if (branch) simulation.removeBranchPods(count);
  else simulation.removePods(count);
}

/** The trunk: asked for by ipamd, attached by the resource controller, from then on no slot is kept for it. */
const TRUNK_EVENTS: Readonly<Record<Extract<SimEvent, { kind: 'trunk' }>['what'], string>> = {
  asked: 'trunk ENI asked for',
  attached: 'trunk ENI attached',
  refused: 'trunk ENI refused: no address in its subnet',
  known: 'trunk ENI known to ipamd',
};

function actionOf(event: SimEvent): TraceAction[] {
  if (event.kind === 'pause') return [{ event: 'insufficient addresses: no requests for 120 s' }];
  if (event.kind === 'trunk') return [{ event: TRUNK_EVENTS[event.what] }];
  if (event.kind !== 'call' || event.result !== 'ok') return [];
  return [{ call: event.call, count: event.count, eni: event.eni }];
}
