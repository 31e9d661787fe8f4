/** Plays a course of events out at one end of the fragmentation: what every subnet has left, and when it first refused. */
import { ADDRESSES_PER_BLOCK } from '../../calc/blocks.ts';
import { type Pattern, usesCustomNetworking } from '../../calc/patterns.ts';
import type { Incomplete, LeftPending } from '../contract/plan.ts';
import type { Growth, NodeGrowth } from './growth.ts';
import { type Account, copyOf, type End, type EniNeed, freeAddresses, type Ledger, take } from './ledger.ts';
import { type NodeNeed, needAt, place } from './placement.ts';
import { type Placed, placePods } from './pods.ts';
import { filled, ownPods, type Settled, settle, type Targets } from './settle.ts';
import { largestShares } from './spread.ts';
import { type Template, templatesFor } from './templates.ts';
import { type ProjectionWorld, podsOn } from './world.ts';

/** The n-th added node, or pod, at which a subnet first refused. */
export interface Exhausted {
  readonly node?: number;
  readonly pod?: number;
}

export interface Played {
  /** Today's nodes settled with the pods they carry then, before any node is added. */
  readonly settled: Ledger;
  readonly final: Ledger;
  readonly exhausted: ReadonlyMap<string, Exhausted>;
  readonly addedByZone: ReadonlyMap<string, number>;
  readonly nodesAdded: number;
  readonly podsAdded: number;
  readonly pending: readonly LeftPending[];
  /** Additions as they were played, those for pods included. */
  readonly nodes: readonly NodeGrowth[];
  /** Additions for which no subnet or type is known. */
  readonly unplaced: readonly NodeGrowth[];
  readonly byModel: boolean;
  /** What could host pods that are left, and was not read. */
  readonly incomplete: readonly Incomplete[];
}

const NOBODY: ReadonlySet<string> = new Set();

export function play(world: ProjectionWorld, growth: Growth, end: End): Played {
  const gone = goneIn(world, growth);
  const before = growth.fill ? filled(world) : ownPods(world);
  const barred = new Set(growth.lostZone === undefined ? [] : [growth.lostZone]);
  const pods = placedOnce(world, growth, before, gone, barred);
  const touched = pods.onExisting > 0 || gone.size > 0;
  const start = touched
    ? settle(world, pods.targets, gone, end)
    : settledOnce(world, growth.fill === true, before, end);
  const ledger = copyOf(start.ledger);
  const exhausted = new Map<string, Exhausted>();
  for (const { subnetId, addresses } of growth.interfaces ?? []) {
    const account = ledger.get(subnetId);
    if (account) take(account, { singles: addresses, blocks: 0 }, end);
  }
  const addedByZone = new Map<string, number>();
  const unplaced: NodeGrowth[] = [];
  const additions = [...growth.nodes, ...pods.nodes];
  let added = 0;
  let podsAdded = pods.onExisting;
  for (const addition of additions) {
    const templates = templatesFor(world, addition, gone);
    if (templates.length === 0) {
      unplaced.push(addition);
      continue;
    }
    addNodes(world, addition, templates, ledger, end, added, exhausted, addedByZone);
    added += addition.count;
    podsAdded += addition.count * addressedOn(world, addition, templates[0]!);
  }
  const pending = [...pods.pending, ...(growth.stranded ?? [])];
  return {
    settled: start.ledger,
    final: ledger,
    exhausted,
    addedByZone,
    nodesAdded: added,
    podsAdded,
    pending,
    nodes: additions,
    unplaced,
    byModel: start.byModel,
    incomplete: pods.incomplete,
  };
}

/** Where pods go does not hang on the end of the fragmentation. */
const placedBefore = new WeakMap<ProjectionWorld, WeakMap<Growth, Placed>>();

function placedOnce(
  world: ProjectionWorld,
  growth: Growth,
  before: Targets,
  gone: ReadonlySet<string>,
  barred: ReadonlySet<string>,
): Placed {
  const known = placedBefore.get(world) ?? new WeakMap<Growth, Placed>();
  placedBefore.set(world, known);
  const placed =
    known.get(growth) ?? placePods(world, [...(world.options.arriving ?? []), ...growth.pods], before, gone, barred);
  known.set(growth, placed);
  return placed;
}

export function goneIn(world: ProjectionWorld, { gone, lostZone }: Growth): ReadonlySet<string> {
  if (lostZone === undefined) return gone ?? NOBODY;
  return new Set([...(gone ?? []), ...world.nodes.filter((n) => n.zone === lostZone).map((n) => n.name)]);
}

/** Shared by all scenarios that leave today's nodes as they are. */
function settledOnce(world: ProjectionWorld, fill: boolean, targets: Targets, end: End): Settled {
  const key = `settled ${fill} ${end}`;
  const known = world.memo.get(key) as Settled | undefined;
  if (known) return known;
  const settled = settle(world, targets, NOBODY, end);
  world.memo.set(key, settled);
  return settled;
}

function addressedOn(world: ProjectionWorld, addition: NodeGrowth, template: Template): number {
  const own = world.model.next(template.like[0]!);
  return podsOn(world, own, addition.podsPerNode).addressed;
}

function addNodes(
  world: ProjectionWorld,
  addition: NodeGrowth,
  templates: readonly Template[],
  ledger: Ledger,
  end: End,
  before: number,
  exhausted: Map<string, Exhausted>,
  addedByZone: Map<string, number>,
): void {
  const shares = largestShares(templates, addition.count);
  const queue = roundRobin(templates);
  const own = queue.map((t) => t.like.map((like) => needOfNew(world, addition, like, end)));
  for (const [zone, count] of byZone(templates, addition.count))
    addedByZone.set(zone, (addedByZone.get(zone) ?? 0) + count);
  const most = Math.max(0, ...queue.map((t) => shares.get(t.subnetId) ?? 0));
  for (let round = 0; round < most; round++) {
    for (const [i, template] of queue.entries()) {
      if (round >= (shares.get(template.subnetId) ?? 0)) continue;
      const needed = own[i]!;
      const refused = place(ledger, template.sites, needed[round % needed.length]!, world.pair.pattern, end);
      const nth = before + Math.min(round * queue.length + i + 1, addition.count);
      for (const id of refused) if (!exhausted.has(id)) exhausted.set(id, { node: nth });
    }
    if (exhausted.size > 0 && round + 1 < most && queue.every((t) => isOut(t, exhausted))) {
      bulk(world, queue, own, shares, round + 1, ledger, end);
      return;
    }
  }
}

/** Every subnet the nodes could use has refused: the rest only deepens the shortage. */
function isOut({ sites }: Template, exhausted: ReadonlyMap<string, Exhausted>): boolean {
  return exhausted.has(sites.node) || sites.pods.every((id) => exhausted.has(id));
}

function bulk(
  world: ProjectionWorld,
  queue: readonly Template[],
  needs: readonly (readonly NodeNeed[])[],
  shares: ReadonlyMap<string, number>,
  done: number,
  ledger: Ledger,
  end: End,
): void {
  for (const [i, template] of queue.entries()) {
    const left = (shares.get(template.subnetId) ?? 0) - done;
    if (left <= 0) continue;
    const { primary, further, beside } = needs[i]![0]!;
    const times = { singles: (n: number) => n * left, blocks: (n: number) => n * left };
    const scale = (e: { singles: number; blocks: number }) => ({
      singles: times.singles(e.singles),
      blocks: times.blocks(e.blocks),
    });
    place(
      ledger,
      template.sites,
      { primary: scale(primary), further: further.map(scale), beside: beside * left },
      world.pair.pattern,
      end,
    );
  }
}

export function needOfNew(
  world: ProjectionWorld,
  addition: NodeGrowth,
  like: Template['like'][number],
  end: End,
): NodeNeed {
  const own = world.model.next(like);
  const pods = podsOn(world, own, addition.podsPerNode, addition.branchPerNode);
  return needAt(own, pods, world.pair.pattern, end);
}

/** One subnet of each zone after the other. */
export function roundRobin(templates: readonly Template[]): readonly Template[] {
  const zones = [...new Set(templates.map((t) => t.zone))].sort();
  const lists = zones.map((zone) => templates.filter((t) => t.zone === zone));
  const longest = Math.max(0, ...lists.map((l) => l.length));
  return Array.from({ length: longest }, (_, i) => lists.flatMap((l) => l[i] ?? [])).flat();
}

function byZone(templates: readonly Template[], count: number): ReadonlyMap<string, number> {
  const zones = [...new Set(templates.map((t) => t.zone))].sort();
  return new Map(zones.map((zone, i) => [zone, Math.floor(count / zones.length) + (i < count % zones.length ? 1 : 0)]));
}

/** Further nodes of an addition that fit behind today's, one zone after the other, until a subnet refuses; null where none is known. */
export function nodesThatFit(world: ProjectionWorld, addition: NodeGrowth, from: Ledger, end: End): number | null {
  const { group, instanceType, podsPerNode, zones } = addition;
  const key = `${JSON.stringify([group, instanceType, podsPerNode, zones])} ${end}`;
  const known = fitting.get(from) ?? new Map<string, number | null>();
  fitting.set(from, known);
  if (!known.has(key)) known.set(key, counted(world, addition, from, end));
  return known.get(key) ?? null;
}

/** Scenarios that leave today's nodes alone ask from the same ledger. */
const fitting = new WeakMap<Ledger, Map<string, number | null>>();

function counted(world: ProjectionWorld, addition: NodeGrowth, from: Ledger, end: End): number | null {
  const queue = roundRobin(templatesFor(world, addition));
  if (queue.length === 0) return null;
  const needs = queue.map((t) => t.like.map((like) => needOfNew(world, addition, like, end)));
  const ledger = copyOf(from);
  const sure = wholeRounds(queue, needs, ledger, end, world.pair.pattern);
  for (let added = sure * queue.length; added < MOST_NODES; added++) {
    const at = added % queue.length;
    const list = needs[at]!;
    const need = list[Math.floor(added / queue.length) % list.length]!;
    if (place(ledger, queue[at]!.sites, need, world.pair.pattern, end).length > 0) return added;
  }
  return MOST_NODES;
}

/** More than a cluster has; an endless course ends here. */
const MOST_NODES = 100_000;

/**
 * Rounds, one node a subnet, that fit for sure, taken at once: what is left is then tried node by node. None where ENIs may go
 * to several subnets or nodes differ, since it matters then which comes first.
 */
function wholeRounds(
  queue: readonly Template[],
  needs: readonly (readonly NodeNeed[])[],
  ledger: Ledger,
  end: End,
  pattern: Pattern,
): number {
  if (queue.some((t, i) => t.sites.pods.length !== 1 || needs[i]!.some((n) => n !== needs[i]![0]))) return 0;
  const perRound = new Map<string, { singles: number; blocks: number }>();
  const add = (id: string, { singles, blocks }: EniNeed) => {
    const sum = perRound.get(id) ?? { singles: 0, blocks: 0 };
    perRound.set(id, { singles: sum.singles + singles, blocks: sum.blocks + blocks });
  };
  for (const [i, { sites }] of queue.entries()) {
    const { primary, further, beside } = needs[i]![0]!;
    add(sites.node, primary);
    for (const eni of further) add(sites.pods[0]!, eni);
    add(usesCustomNetworking(pattern) ? sites.pods[0]! : sites.node, { singles: beside, blocks: 0 });
  }
  let rounds = Math.floor(MOST_NODES / queue.length);
  for (const [id, need] of perRound) {
    const account = ledger.get(id);
    rounds = account ? Math.min(rounds, roundsIn(account, need, end)) : 0;
  }
  if (rounds <= 0) return 0;
  for (const [id, { singles, blocks }] of perRound)
    take(ledger.get(id)!, { singles: singles * rounds, blocks: blocks * rounds }, end);
  return rounds;
}

/** As if every single address broke up a block, or at best every sixteenth. */
function roundsIn(account: Account, { singles, blocks }: EniNeed, end: End): number {
  const byAddresses = Math.floor(
    Math.max(freeAddresses(account), 0) / Math.max(singles + ADDRESSES_PER_BLOCK * blocks, 1),
  );
  if (blocks === 0 || account.blocks === null) return byAddresses;
  const spoilt = end === 'worst' ? singles : singles / ADDRESSES_PER_BLOCK;
  return Math.max(Math.min(byAddresses, Math.floor((account.blocks - 1) / (blocks + spoilt))), 0);
}
