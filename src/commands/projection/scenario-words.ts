/** Scenarios as the user types them: words, each followed by the flags that are bound to it. */
import { parseScenario, SCENARIO_NAMES } from '../../inspect/projection/scenarios/index.ts';
import {
  flagOf,
  type Scenario,
  ScenarioError,
  type ScenarioOptions,
} from '../../inspect/projection/scenarios/scenario.ts';
import { UsageError } from '../exit-code.ts';
import { nearest } from '../nearest.ts';

/** Flags that bind to the scenario before them, and how each puts its value into the scenario's options. */
const BOUND: Readonly<Record<string, (options: ScenarioOptions, value: string) => ScenarioOptions>> = {
  '--instance': (o, instanceType) => ({ ...o, instanceType }),
  '--nodegroup': (o, nodegroup) => ({ ...o, nodegroup }),
  '--pods-per-node': (o, value) => ({ ...o, podsPerNode: wholeNumber('--pods-per-node', value) }),
  '--like': (o, value) => ({ ...o, like: { ...workload(value), namespace: o.like?.namespace ?? 'default' } }),
  '--namespace': (o, namespace) => ({ ...o, like: { kind: '', name: '', ...o.like, namespace } }),
  '--horizon': (o, value) => ({ ...o, horizonDays: days(value) }),
};

/** What is asked of a command: which of its flags take a value. */
export interface Flags {
  readonly options: readonly { readonly long?: string; readonly short?: string; readonly required: boolean }[];
}

interface Bound {
  readonly word: string;
  readonly options: ScenarioOptions;
}

/**
 * `typed` is the command line behind the command's name; `command` tells which flags take a value.
 * @throws UsageError for a flag without a scenario before it, and for what makes no scenario
 */
export function scenariosOf(typed: readonly string[], command: Flags): readonly Scenario[] {
  return boundWords(typed, command).map(({ word, options }) => scenario(word, options));
}

/** One scenario as a configuration writes it: `nodes=+9 --instance m5.large`. @throws UsageError */
export function scenarioOfText(text: string, command: Flags): Scenario {
  const [found, ...more] = scenariosOf(text.trim().split(/\s+/), command);
  if (!found || more.length > 0) throw new UsageError(`"${text}" is not one scenario with its flags`);
  return found;
}

function scenario(word: string, options: ScenarioOptions): Scenario {
  const [name = ''] = word.split(/[=:]/, 1);
  const [near] = SCENARIO_NAMES.includes(name) ? [] : nearest(name, SCENARIO_NAMES, 1);
  if (near !== undefined) throw new UsageError(`there is no scenario "${name}"; did you mean ${near}?`);
  try {
    return parseScenario(word, options);
  } catch (error) {
    throw error instanceof ScenarioError ? new UsageError(error.message) : error;
  }
}

function boundWords(typed: readonly string[], command: Flags): Bound[] {
  const found: Bound[] = [];
  for (let i = 0; i < typed.length; i++) {
    const word = typed[i]!;
    if (!word.startsWith('-') || word === '-') {
      found.push({ word, options: {} });
      continue;
    }
    const [name = '', joined] = word.startsWith('--') ? word.split(/=(.*)/s, 2) : [word];
    const flag = command.options.find((o) => o.long === name || o.short === name);
    if (!flag?.required) continue;
    const value = joined ?? typed[++i] ?? '';
    const bind = BOUND[flag.long ?? ''];
    if (!bind) continue;
    const last = found.pop();
    if (!last)
      throw new UsageError(`${name} stands behind the scenario it belongs to, such as nodes=+9 ${name} ${value}`);
    found.push({ ...last, options: bind(last.options, value) });
  }
  return found;
}

function wholeNumber(flag: string, value: string): number {
  if (!/^\d{1,6}$/.test(value)) throw new UsageError(`${flag} "${value}" is no whole number`);
  return Number(value);
}

/** `deploy/web`, as kubectl writes it. */
function workload(value: string): { readonly kind: string; readonly name: string } {
  const [kind = '', name = ''] = value.split('/', 2);
  if (kind === '' || name === '')
    throw new UsageError(`${flagOf('like')} "${value}" is no workload; write deploy/NAME`);
  return { kind, name };
}

const UNITS: Readonly<Record<string, number>> = { d: 1, w: 7, mo: 365.25 / 12, y: 365.25 };

/** `90d`, `12w`, `6mo`, `1y` in days. */
function days(value: string): number {
  const [, count, unit] = /^(\d{1,4})(d|w|mo|y)$/.exec(value) ?? [];
  const whole = Math.round(Number(count) * (UNITS[unit ?? ''] ?? Number.NaN));
  if (!(whole >= 1 && whole <= 3660))
    throw new UsageError(`${flagOf('horizonDays')} "${value}" is no time; write 90d, 6mo or 1y`);
  return whole;
}
