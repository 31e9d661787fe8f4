/**
 * What a scenario is. Words become a scenario (`parseScenario`); a scenario is a pure function from the world to one or more
 * courses of events, of which the worst is reported; the engine (`project`) plays a course out and judges it.
 */
import type { Pair } from '../../../calc/patterns.ts';
import type { Growth } from '../growth.ts';
import type { ProjectionWorld } from '../world.ts';

/** Flags that bind to the scenario before them. */
export interface ScenarioOptions {
  /** `--instance`: type of the added nodes. */
  readonly instanceType?: string;
  /** `--nodegroup`: managed node group, Auto Scaling group or NodePool that grows. */
  readonly nodegroup?: string;
  /** `--pods-per-node`: pods that take an address on each added node. */
  readonly podsPerNode?: number;
  /** `--like deploy/NAME -n NS`. */
  readonly like?: { readonly kind: string; readonly name: string; readonly namespace: string };
  /** `--horizon 6mo`, in days. */
  readonly horizonDays?: number;
}

export interface Scenario {
  /** Canonical words, flags included, by which a report and a baseline name it: `nodes=+9 --instance m6i.2xlarge`. */
  readonly id: string;
  /** First word. */
  readonly name: string;
  /**
   * Courses of events, at least one. Several where one of them will happen and nobody knows which, as the loss of one of three
   * zones: the worst is reported.
   */
  readonly growths: (world: ProjectionWorld) => readonly Growth[];
  /** Another world in which the courses take place: other settings, another pair, another release. */
  readonly lay?: (world: ProjectionWorld) => ProjectionWorld;
  /** The pair a move leads to: it has a runbook. */
  readonly target?: (world: ProjectionWorld) => Pair;
  /** With growth over time: the course up to so many days from now, and how far it looks. */
  readonly at?: (world: ProjectionWorld, days: number) => Growth;
  readonly horizonDays?: number;
}

export interface ScenarioKind {
  readonly name: string;
  /** As help and errors show it: `nodes=+N`. */
  readonly form: string;
  /** One line of help. */
  readonly summary: string;
  /** Flags it understands; any other bound to it is an error. */
  readonly options: readonly (keyof ScenarioOptions)[];
  /**
   * `argument` is the text behind `=` or `:`; undefined where there is none.
   * @throws ScenarioError where it does not understand the argument.
   */
  readonly parse: (argument: string | undefined, options: ScenarioOptions) => Omit<Scenario, 'name'>;
}

/** Words or flags that make no scenario; the message is one line for the user. */
export class ScenarioError extends Error {}

/** Most nodes or pods that may be asked for; more is a slip of the hand. */
const MOST = 1_000_000;

/** `+9` and `9` both add nine. @throws ScenarioError for anything that is no whole number from 1. */
export function countArgument(form: string, argument: string | undefined): number {
  const value = /^\+?(\d{1,7})$/.exec(argument ?? '')?.[1];
  const count = Number(value ?? 0);
  if (count < 1 || count > MOST)
    throw new ScenarioError(
      `${form}: ${argument === undefined ? 'the number is missing' : `"${argument}" is no number from 1 to ${MOST}`}`,
    );
  return count;
}

/** @throws ScenarioError where something stands behind the word. */
export function noArgument(name: string, argument: string | undefined): void {
  if (argument !== undefined) throw new ScenarioError(`${name} takes nothing behind it, not "${argument}"`);
}

const FLAGS: Readonly<Record<keyof ScenarioOptions, string>> = {
  instanceType: '--instance',
  nodegroup: '--nodegroup',
  podsPerNode: '--pods-per-node',
  like: '--like',
  horizonDays: '--horizon',
};

export function flagOf(option: keyof ScenarioOptions): string {
  return FLAGS[option];
}

/** The flags as words, in a fixed order, for the id. */
export function idOf(word: string, options: ScenarioOptions): string {
  const { instanceType, nodegroup, podsPerNode, like, horizonDays } = options;
  return [
    word,
    ...(instanceType === undefined ? [] : ['--instance', instanceType]),
    ...(nodegroup === undefined ? [] : ['--nodegroup', nodegroup]),
    ...(podsPerNode === undefined ? [] : ['--pods-per-node', String(podsPerNode)]),
    ...(like === undefined ? [] : ['--like', `${like.kind.toLowerCase()}/${like.name}`, '-n', like.namespace]),
    ...(horizonDays === undefined ? [] : ['--horizon', `${horizonDays}d`]),
  ].join(' ');
}
