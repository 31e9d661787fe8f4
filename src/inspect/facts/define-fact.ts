/**
 * Facts: pure, lazy, computed at most once a run. A fact is known, or unknown for a list of reasons;
 * what it was made from decides, so nothing can mistake a denied section for an empty one.
 */
import type { Catalog } from '../../calc/catalog/index.ts';
import type { Reach } from '../reach.ts';
import { isUnasked } from '../snapshot/live.ts';
import { type Gap, gapsOf } from '../snapshot/section.ts';
import type { ClusterSnapshot, SectionData, SectionName } from '../snapshot.ts';

/**
 * `gaps`: parts of what the value needs that could not be read, so that nothing may be concluded from absence.
 * `caveats`: sources that would have made it more certain and could not be read.
 */
export interface Known<T> {
  readonly known: true;
  readonly value: T;
  readonly gaps: readonly Gap[];
  readonly caveats: readonly Gap[];
}
export interface Unknown {
  readonly known: false;
  readonly missing: readonly Gap[];
  /** What its sources lacked where they were read and still did not tell. */
  readonly caveats?: readonly Gap[];
}
export type Result<T> = Known<T> | Unknown;

/** What a `derive` returns where its sources were read and still do not tell, or one it turned out to need was not read. */
export function notTold(why: string | readonly Gap[]): Unknown {
  return new NotTold(typeof why === 'string' ? [{ kind: 'not-told', reason: why }] : why);
}

class NotTold implements Unknown {
  readonly known = false;
  readonly missing: readonly Gap[];
  constructor(missing: readonly Gap[]) {
    this.missing = missing;
  }
}

/** Sections a value is made from: those it cannot be without, and those that only make it better. */
export interface Sources {
  readonly needs: readonly SectionName[];
  readonly helps: readonly SectionName[];
}

export interface Fact<T> {
  readonly id: string;
  readonly sources: Sources;
  /** Computes the value; call through `Run.get`, which remembers it. */
  readonly resolve: (run: Run) => Result<T>;
}

/** A fact that is never unknown, since it is made of helps alone. */
export interface CertainFact<T> extends Fact<T> {
  readonly certain: true;
}

export type Inputs = Readonly<Record<string, Fact<unknown>>>;
export type Values<I extends Inputs> = { readonly [K in keyof I]: I[K] extends Fact<infer T> ? T : never };
/** Inputs as helps: undefined where unknown. What a function that is handed a bundle of them takes. */
export type Helps<I extends Inputs> = {
  readonly [K in keyof I]: I[K] extends CertainFact<infer T> ? T : Values<I>[K] | undefined;
};

/** What `derive` and `evaluate` know beside their inputs. */
export interface Around<Name> {
  /** Milliseconds since 1970 at which the snapshot was taken. */
  readonly now: number;
  /** What one of the declared inputs lacks: why it is unknown, or which part of it could not be read. Empty where it is whole. */
  readonly gapsOf: (input: Name) => readonly Gap[];
}

/** One evaluation of one snapshot: the snapshot, its clock, the instance catalog, and every fact computed so far. */
export class Run {
  readonly snapshot: ClusterSnapshot;
  readonly catalog: Catalog;
  /** How the cluster was reached; undefined for a snapshot. */
  readonly reach?: Reach;
  /** Milliseconds since 1970 at which the snapshot was taken; ages are counted from here. */
  readonly now: number;
  /** Sections that facts asked for so far, read or not. */
  readonly asked = new Set<SectionName>();
  readonly #memo = new Map<Fact<unknown>, Result<unknown>>();

  constructor(snapshot: ClusterSnapshot, catalog: Catalog, reach?: Reach) {
    this.snapshot = snapshot;
    this.catalog = catalog;
    this.reach = reach;
    this.now = Date.parse(snapshot.collectedAt);
  }

  get<T>(fact: Fact<T>): Result<T> {
    const known = this.#memo.get(fact);
    if (known) return known as Result<T>;
    const result = fact.resolve(this);
    this.#memo.set(fact, result);
    return result;
  }

  /** The value, or undefined where it is unknown. For views that show "unknown" themselves. */
  valueOf<T>(fact: Fact<T>): T | undefined {
    const result = this.get(fact);
    return result.known ? result.value : undefined;
  }
}

const sections = new Map<SectionName, Fact<unknown>>();

/** A section of the snapshot as a fact. */
export function section<N extends SectionName>(name: N): Fact<SectionData<N>> {
  let fact = sections.get(name);
  if (!fact) {
    fact = { id: name, sources: { needs: [name], helps: [] }, resolve: (run) => sectionResult(run, name) };
    sections.set(name, fact);
  }
  return fact as Fact<SectionData<N>>;
}

function sectionResult(run: Run, name: SectionName): Result<unknown> {
  run.asked.add(name);
  const s = run.snapshot[name];
  const gaps = gapsOf(s, name);
  return s.status === 'ok' || s.status === 'partial'
    ? { known: true, value: s.data, gaps, caveats: [] }
    : { known: false, missing: gaps };
}

/**
 * Declares a fact. `needs` must all be known, else the fact is unknown for their reasons; `helps` arrive as undefined
 * where unknown, and what they lack is carried as a caveat of the result. `derive` may return `notTold(why)`.
 */
export function defineFact<const N extends Inputs, const H extends Inputs, T>(declaration: {
  readonly id: string;
  readonly needs: N;
  readonly helps?: H;
  /** Needs of which any part that was read holds all that is used of it: what they lack is a caveat, not a gap. */
  readonly partWillDo?: readonly (keyof N)[];
  /** Helps from which something is concluded: what they lack is a gap, not a caveat. */
  readonly decides?: readonly (keyof H)[];
  readonly derive: (
    values: Values<N> & Helps<H>,
    around: Around<keyof N | keyof H> & Pick<Run, 'catalog' | 'reach'>,
  ) => T | Unknown;
}): Fact<T> {
  const helps = declaration.helps ?? ({} as H);
  return {
    id: declaration.id,
    sources: sourcesOf(declaration.needs, helps),
    resolve(run) {
      const inputs = read(run, declaration.needs, helps, declaration.partWillDo);
      if (!inputs.known) return inputs;
      const around = { ...aroundOf(run, declaration.needs, helps), catalog: run.catalog, reach: run.reach };
      const value = declaration.derive(inputs.value, around);
      if (value instanceof NotTold)
        return { known: false, missing: value.missing, caveats: [...inputs.gaps, ...inputs.caveats] };
      const decisive = (declaration.decides ?? []).flatMap((name) => around.gapsOf(name));
      return { known: true, value: value as T, gaps: distinct([...inputs.gaps, ...decisive]), caveats: inputs.caveats };
    },
  };
}

/** Declares a fact that is always known: what it is made of may all be missing. */
export function defineCertainFact<const H extends Inputs, T>(declaration: {
  readonly id: string;
  readonly helps: H;
  readonly derive: (values: Helps<H>) => T;
}): CertainFact<T> {
  const { id, helps, derive } = declaration;
  return { ...defineFact({ id, needs: {}, helps, derive: (values) => derive(values as Helps<H>) }), certain: true };
}

export function aroundOf<N extends Inputs, H extends Inputs>(run: Run, needs: N, helps: H): Around<keyof N | keyof H> {
  const inputs: Inputs = { ...needs, ...helps };
  return {
    now: run.now,
    gapsOf: (name) => {
      const result = run.get(inputs[name as string]!);
      return result.known ? result.gaps : result.missing;
    },
  };
}

/** The values of a bundle of inputs, for those who hold the run: report builders. */
export function inputsOf<const I extends Inputs>(run: Run, inputs: I): Helps<I> {
  return Object.fromEntries(Object.entries(inputs).map(([name, fact]) => [name, run.valueOf(fact)])) as Helps<I>;
}

/** The sections behind needs and helps, through all the facts between. */
export function sourcesOf(needs: Inputs, helps: Inputs): Sources {
  const hard = Object.values(needs).flatMap((f) => f.sources.needs);
  const soft = [
    ...Object.values(needs).flatMap((f) => f.sources.helps),
    ...Object.values(helps).flatMap((f) => [...f.sources.needs, ...f.sources.helps]),
  ];
  const must = new Set(hard);
  return { needs: [...must], helps: [...new Set(soft)].filter((s) => !must.has(s)) };
}

/** Reads needs and helps of a fact or a check; unknown as soon as one need is. */
export function read<N extends Inputs, H extends Inputs>(
  run: Run,
  needs: N,
  helps: H,
  partWillDo: readonly (keyof N)[] = [],
): Known<Values<N> & Helps<H>> | Unknown {
  const values: Record<string, unknown> = {};
  const missing: Gap[] = [];
  const gaps: Gap[] = [];
  const caveats: Gap[] = [];
  for (const [name, fact] of Object.entries(needs)) {
    const result = run.get(fact);
    if (!result.known) missing.push(...result.missing);
    else {
      values[name] = result.value;
      (partWillDo.includes(name) ? caveats : gaps).push(...result.gaps);
      caveats.push(...result.caveats);
    }
  }
  if (missing.length > 0) return { known: false, missing: distinct(missing) };
  for (const [name, fact] of Object.entries(helps)) {
    const result = run.get(fact);
    values[name] = result.known ? result.value : undefined;
    caveats.push(
      ...[...(result.known ? result.gaps : result.missing), ...(result.caveats ?? [])].filter((gap) => !isUnasked(gap)),
    );
  }
  return { known: true, value: values as Values<N> & Helps<H>, gaps: distinct(gaps), caveats: distinct(caveats) };
}

function distinct(gaps: readonly Gap[]): readonly Gap[] {
  return [...new Map(gaps.map((g) => [`${g.permission ?? ''} ${g.section ?? ''} ${g.reason}`, g])).values()];
}
