/** What the comparers of two snapshots make, before it is known which new findings it may explain. */
import type { Scope } from '../../contract/finding.ts';
import type { Difference } from '../../contract/since.ts';
import type { Fact, Run } from '../../facts/define-fact.ts';
import type { Gap } from '../../snapshot/section.ts';
import { gapText } from '../why/scene.ts';

/** Groups of codes (`SUB`, `PFX`) whose findings such a change can bring about. */
export type Topics = readonly string[];

export interface ChangeDraft extends Omit<Difference, 'explains'> {
  readonly topics: Topics;
  /** What it touches; an empty scope is the whole cluster. */
  readonly touches: Scope;
  /** How much of what it could have done it did, 0 to 1: of two owners the one that took more comes first. */
  readonly weight: number;
}

/** Both snapshots, and what could not be compared. */
export class Pair {
  readonly before: Run;
  readonly after: Run;
  readonly #notCompared = new Set<string>();

  constructor(before: Run, after: Run) {
    this.before = before;
    this.after = after;
  }

  /** The value then and now; undefined, and noted, where one of them is unknown or not whole. */
  both<T>(what: string, fact: Fact<T>): readonly [T, T] | undefined {
    const then = this.before.get(fact);
    const now = this.after.get(fact);
    if (!then.known) return this.#note(what, 'in the older snapshot', then.missing);
    if (!now.known) return this.#note(what, 'now', now.missing);
    // What is missing from a list that broke off did not go.
    if (then.gaps.length > 0) return this.#note(what, 'whole in the older snapshot', then.gaps);
    if (now.gaps.length > 0) return this.#note(what, 'whole now', now.gaps);
    return [then.value, now.value];
  }

  get notCompared(): readonly string[] {
    return [...this.#notCompared];
  }

  #note(what: string, when: string, gaps: readonly Gap[]): undefined {
    const [why] = gaps.map(gapText);
    this.#notCompared.add(`${what}: not read ${when}${why === undefined ? '' : ` (${why})`}`);
  }
}

export type Comparer = (pair: Pair) => readonly ChangeDraft[];

/** Things of two lists by key: what came, what went, and what is in both. */
export function matched<T>(
  before: readonly T[],
  after: readonly T[],
  keyOf: (item: T) => string,
): readonly { readonly key: string; readonly was?: T; readonly is?: T }[] {
  const then = new Map(before.map((item) => [keyOf(item), item]));
  const now = new Map(after.map((item) => [keyOf(item), item]));
  return [...new Set([...then.keys(), ...now.keys()])]
    .sort()
    .map((key) => ({ key, was: then.get(key), is: now.get(key) }));
}

/** `was 1, is 5`; empty where they are the same. */
export function shift(name: string, was: unknown, is: unknown): readonly string[] {
  const [a, b] = [textOf(was), textOf(is)];
  return a === b ? [] : [`${name} ${a} → ${b}`];
}

export function textOf(value: unknown): string {
  if (value === undefined || value === null || value === '') return 'unset';
  return Array.isArray(value) ? [...value].sort().join(', ') || 'none' : String(value);
}
