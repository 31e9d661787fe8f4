/**
 * Which nodes to drain for whole free /28 blocks. A block comes free when everything that holds an address in it leaves, so
 * nodes that share blocks must leave together: the smallest set of nodes that empties `want` blocks. The problem is hard in
 * general (minimum k-union), so that small cases are solved exactly and large ones well, with a proven lower bound beside.
 */

/** A block that is not free, and who sits in it. */
export interface HeldBlock {
  /** Index of the block within its subnet. */
  readonly block: number;
  /** Indexes of the movable holders, each once; a block held by anything that cannot move has no place in the list. */
  readonly holders: readonly number[];
}

export interface DrainSet {
  /** Indexes of the holders that leave, ascending. */
  readonly holders: readonly number[];
  /** Blocks that come free, ascending: at least as many as wanted. */
  readonly frees: readonly number[];
  /** Of those holders together. */
  readonly cost: number;
  /** No smaller set frees as much: proven. */
  readonly optimal: boolean;
  /** No set of fewer holders can do it; equal to the size of the set where it is optimal. */
  readonly atLeast: number;
}

/** Steps of the exact search, each one look at a holder of a block: some 20 ms. */
const BUDGET = 2_000_000;

/**
 * The smallest set of holders that frees `want` blocks; among sets of that size the one of least cost, as far as the search
 * goes. `costs` is by holder: what its leaving disturbs, in whatever unit. Undefined where all holders together free less. Deterministic: the same blocks give the same set.
 */
export function smallestDrain(
  blocks: readonly HeldBlock[],
  costs: readonly number[],
  want: number,
  budget = BUDGET,
): DrainSet | undefined {
  const shared = shapeOf(blocks);
  const { edges } = shared;
  if (want < 1 || edges.reduce((n, e) => n + e.blocks.length, 0) < want) return undefined;
  const search = new Search(shared, costs, want, budget);
  const found = search.run();
  const leaving = new Set(found.holders);
  const frees = edges.filter((e) => e.holders.every((h) => leaving.has(h))).flatMap((e) => e.blocks);
  return {
    holders: [...found.holders].sort((a, b) => a - b),
    frees: frees.sort((a, b) => a - b),
    cost: found.holders.reduce((n, h) => n + (costs[h] ?? 0), 0),
    optimal: found.atLeast >= found.holders.length,
    atLeast: Math.min(found.atLeast, found.holders.length),
  };
}

/** Blocks with the same holders come free together. */
interface Edge {
  readonly holders: readonly number[];
  readonly blocks: number[];
}

function edgesOf(blocks: readonly HeldBlock[]): readonly Edge[] {
  const byHolders = new Map<string, Edge>();
  for (const { block, holders } of blocks) {
    if (holders.length === 0) continue;
    const sorted = [...holders].sort((a, b) => a - b);
    const key = sorted.join();
    const known = byHolders.get(key);
    if (known) known.blocks.push(block);
    else byHolders.set(key, { holders: sorted, blocks: [block] });
  }
  return [...byHolders.values()];
}

/** The blocks as rows of numbers. The same for every question about them, so that it is made once. */
interface Shape {
  readonly edges: readonly Edge[];
  readonly edgesAt: readonly (readonly number[])[];
  /** All holders of all edges in one row: those of edge `i` from `start[i]` to `start[i + 1]`. */
  readonly row: Int32Array;
  readonly start: Int32Array;
  readonly weight: Int32Array;
}

const shapes = new WeakMap<readonly HeldBlock[], Shape>();

function shapeOf(blocks: readonly HeldBlock[]): Shape {
  const known = shapes.get(blocks);
  if (known) return known;
  const edges = edgesOf(blocks);
  const holders = edges.reduce((n, e) => Math.max(n, e.holders.at(-1) ?? GONE), GONE) + 1;
  const edgesAt: number[][] = Array.from({ length: holders }, () => []);
  for (const [i, e] of edges.entries()) for (const h of e.holders) edgesAt[h]!.push(i);
  const start = new Int32Array(edges.length + 1);
  for (const [i, e] of edges.entries()) start[i + 1] = start[i]! + e.holders.length;
  const shape = {
    edges,
    edgesAt,
    row: Int32Array.from(edges.flatMap((e) => e.holders)),
    start,
    weight: Int32Array.from(edges, (e) => e.blocks.length),
  };
  shapes.set(blocks, shape);
  return shape;
}

interface Found {
  readonly holders: readonly number[];
  readonly atLeast: number;
}

const GONE = -1;

class Search {
  readonly #edges: readonly Edge[];
  readonly #costs: readonly number[];
  readonly #want: number;
  readonly #edgesAt: readonly (readonly number[])[];
  /** Holders of each edge that have not left; GONE where one of them stays for good. */
  readonly #missing: Int32Array;
  readonly #scores: Float64Array;
  readonly #row: Int32Array;
  readonly #start: Int32Array;
  readonly #weight: Int32Array;
  readonly #left = new Set<number>();
  #gain = 0;
  #budget: number;

  constructor(shape: Shape, costs: readonly number[], want: number, budget: number) {
    this.#edges = shape.edges;
    this.#edgesAt = shape.edgesAt;
    this.#row = shape.row;
    this.#start = shape.start;
    this.#weight = shape.weight;
    this.#costs = costs;
    this.#want = want;
    this.#budget = budget;
    this.#missing = Int32Array.from(shape.edges, (e) => e.holders.length);
    this.#scores = new Float64Array(shape.edgesAt.length);
  }

  run(): Found {
    const budget = this.#budget;
    let best = this.#trim(this.#greedy());
    let atLeast = 1;
    while (this.#reach(atLeast) < this.#want) atLeast++;
    this.#budget = budget;
    for (let size = atLeast; size < best.length; size++) {
      const set = this.#first(size, Number.POSITIVE_INFINITY);
      if (set === undefined) return { holders: best, atLeast: size };
      if (set !== 'none') best = set;
      else atLeast = size + 1;
    }
    return { holders: this.#cheaper(best), atLeast };
  }

  /** Sets of the same size that cost less, as far as the budget goes. */
  #cheaper(set: readonly number[]): readonly number[] {
    let best = set;
    for (;;) {
      const other = this.#first(best.length, this.#costOf(best));
      if (other === undefined || other === 'none') return best;
      best = other;
    }
  }

  #costOf(set: readonly number[]): number {
    return set.reduce((n, h) => n + (this.#costs[h] ?? 0), 0);
  }

  /** Takes whoever brings the most per holder that still has to leave, until enough is free. */
  #greedy(): number[] {
    const taken: number[] = [];
    const left = new Set(this.#edgesAt.keys());
    while (this.#gain < this.#want) {
      this.#score(Number.POSITIVE_INFINITY, 2);
      let next = GONE;
      for (const h of left) if (next === GONE || this.#isBetter(h, next)) next = h;
      left.delete(next);
      taken.push(next);
      this.#leave(next);
    }
    for (const h of taken) this.#return(h);
    return taken;
  }

  #isBetter(a: number, b: number): boolean {
    const difference = this.#scores[a]! - this.#scores[b]!;
    return Math.abs(difference) > 1e-9 ? difference > 0 : (this.#costs[a] ?? 0) < (this.#costs[b] ?? 0);
  }

  /** Leaves out whom it does without, the costliest first. */
  #trim(set: readonly number[]): readonly number[] {
    for (const h of set) this.#leave(h);
    const kept = new Set(set);
    for (const h of [...set].sort((a, b) => (this.#costs[b] ?? 0) - (this.#costs[a] ?? 0) || b - a)) {
      this.#return(h);
      if (this.#gain >= this.#want) kept.delete(h);
      else this.#leave(h);
    }
    for (const h of kept) this.#return(h);
    return [...kept];
  }

  /** A set of at most `size` holders that cost less than `below`; `none` where there is none, undefined where the budget ended. */
  #first(size: number, below: number): readonly number[] | 'none' | undefined {
    const taken: number[] = [];
    const found = this.#descend(size, below, taken);
    for (const h of taken) this.#return(h);
    if (found === undefined) return undefined;
    return found ? taken : 'none';
  }

  /** Either the most promising holder leaves, or it stays for good; undone unless it led to a set. */
  #descend(size: number, below: number, taken: number[]): boolean | undefined {
    if (below <= 0) return false;
    if (this.#gain >= this.#want) return true;
    if (this.#budget <= 0) return undefined;
    if (size === 0 || this.#reach(size) < this.#want) return false;
    const next = this.#most();
    if (next === GONE) return false;
    taken.push(next);
    this.#leave(next);
    const with_ = this.#descend(size - 1, below - (this.#costs[next] ?? 0), taken);
    if (with_ === true) return true;
    taken.pop();
    this.#return(next);
    if (with_ === undefined) return undefined;
    const closed = this.#edgesAt[next]!.filter((e) => this.#missing[e]! > 0).map(
      (e) => [e, this.#missing[e]!] as const,
    );
    for (const [e] of closed) this.#missing[e] = GONE;
    const without = this.#descend(size, below, taken);
    for (const [e, missing] of closed) this.#missing[e] = missing;
    if (without === true) this.#settle(closed, taken);
    return without;
  }

  /** Edges reopened after a set was found must know who of them has left meanwhile. */
  #settle(reopened: readonly (readonly [number, number])[], taken: readonly number[]): void {
    const leaving = new Set(taken);
    for (const [e] of reopened) this.#missing[e] = this.#edges[e]!.holders.filter((h) => !leaving.has(h)).length;
    this.#gain = 0;
    for (const [i, e] of this.#edges.entries()) if (this.#missing[i] === 0) this.#gain += e.blocks.length;
  }

  #most(): number {
    let best = GONE;
    for (let h = 0; h < this.#scores.length; h++)
      if (this.#scores[h]! > 0 && (best === GONE || this.#isBetter(h, best))) best = h;
    return best;
  }

  /**
   * No `size` further holders can free more than this: each block's worth is shared among those who must still leave for
   * it, so whatever set leaves, its blocks are worth no more than the shares of its members.
   */
  #reach(size: number): number {
    this.#score(size, 1);
    const shares = this.#scores.slice().sort();
    let reach = this.#gain + 1e-6;
    for (let i = shares.length - 1; i >= 0 && i >= shares.length - size; i--) reach += shares[i]!;
    return Math.floor(reach);
  }

  #score(size: number, power: 1 | 2): void {
    this.#scores.fill(0);
    this.#budget -= this.#scores.length + this.#weight.length;
    for (let edge = 0; edge < this.#weight.length; edge++) {
      const missing = this.#missing[edge]!;
      if (missing <= 0 || missing > size) continue;
      const end = this.#start[edge + 1]!;
      const share = this.#weight[edge]! / (power === 1 ? missing : missing * missing);
      for (let i = this.#start[edge]!; i < end; i++) this.#scores[this.#row[i]!]! += share;
      this.#budget -= end - this.#start[edge]!;
    }
    // Who has left already shares in nothing any more.
    for (const h of this.#left) this.#scores[h] = 0;
  }

  #leave(holder: number): void {
    this.#left.add(holder);
    for (const e of this.#edgesAt[holder]!) {
      if (this.#missing[e] === GONE) continue;
      this.#missing[e]!--;
      if (this.#missing[e] === 0) this.#gain += this.#weight[e]!;
    }
  }

  #return(holder: number): void {
    this.#left.delete(holder);
    for (const e of this.#edgesAt[holder]!) {
      if (this.#missing[e] === GONE) continue;
      if (this.#missing[e] === 0) this.#gain -= this.#weight[e]!;
      this.#missing[e]!++;
    }
  }
}
