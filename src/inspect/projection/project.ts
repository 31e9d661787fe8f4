/** Plays a course of events out at one end of the fragmentation: what every subnet has left, and when it first refused. */
import type { Incomplete, LeftPending } from '../contract/plan.ts';
import { nodesIn, type Targets } from './columns.ts';
import type { Growth, NodeGrowth } from './growth.ts';
import { copyOf, type End, type Ledger, take } from './ledger.ts';
import { needOfNew, roomiest, roundRobin, zonesOf } from './ordering.ts';
import { type NodeNeed, place } from './placement.ts';
import { type Placed, placePods } from './pods.ts';
import { waitingPods } from './scenarios/workloads.ts';
import { filled, ownPods, type Settled, settle } from './settle.ts';
import { largestShares } from './spread.ts';
import { openTypes, type Template, templatesFor } from './templates.ts';
import { takeWholeRounds } from './whole-rounds.ts';
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
  const pods = placedOnce(world, growth, before, gone, barred, end);
  const touched = pods.targets !== before || gone.size > 0;
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
    const templates = templatesFor(world, addition, gone, end);
    const [first] = templates;
    if (!first) {
      unplaced.push(addition);
      continue;
    }
    const count = addition.byType?.get(first.like[0]!.limits.instanceType) ?? addition.count;
    addNodes(world, { ...addition, count }, templates, ledger, end, added, exhausted, addedByZone);
    added += count;
    podsAdded += count * addressedOn(world, addition, first);
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

const placedBefore = new WeakMap<ProjectionWorld, WeakMap<Growth, Map<End, Placed>>>();

function placedOnce(
  world: ProjectionWorld,
  growth: Growth,
  before: Targets,
  gone: ReadonlySet<string>,
  barred: ReadonlySet<string>,
  asked: End,
): Placed {
  // It hangs on the end only where a type has still to be chosen.
  const end = world.groups.some((g) => openTypes(world, { count: 1, group: g.name }).length > 0) ? asked : 'worst';
  const byGrowth = placedBefore.get(world) ?? new WeakMap<Growth, Map<End, Placed>>();
  placedBefore.set(world, byGrowth);
  const known = byGrowth.get(growth) ?? new Map<End, Placed>();
  byGrowth.set(growth, known);
  const pods = [...(growth.fill ? [] : waitingPods(world)), ...(world.options.arriving ?? []), ...growth.pods];
  const placed = known.get(end) ?? placePods(world, pods, before, gone, barred, end);
  known.set(end, placed);
  return placed;
}

export function goneIn(world: ProjectionWorld, { gone, lostZone }: Growth): ReadonlySet<string> {
  if (lostZone === undefined) return gone ?? NOBODY;
  const lost = nodesIn(world, lostZone);
  return gone && gone.size > 0 ? new Set([...gone, ...lost]) : lost;
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
  for (const [zone, count] of byZone(templates, addition)) addedByZone.set(zone, (addedByZone.get(zone) ?? 0) + count);
  if (templates.some((t) => t.roomiestFirst)) {
    addByRoom(world, addition, templates, ledger, end, before, exhausted);
    return;
  }
  const shares = largestShares(templates, addition.count);
  const queue = roundRobin(templates);
  const own = queue.map((t) => t.like.map((like) => needOfNew(world, addition, like, end)));
  const most = Math.max(0, ...queue.map((t) => shares.get(t.subnetId) ?? 0));
  const least = Math.min(most, ...queue.map((t) => shares.get(t.subnetId) ?? 0));
  const sure = takeWholeRounds(queue, own, least, ledger, end, world.pair.pattern);
  for (let round = sure; round < most; round++) {
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

/**
 * Zone after zone, each node in the subnet of its zone that has most free addresses by then: those of nodes on their way are
 * taken already (Karpenter, `subnet.go:ZonalSubnetsForLaunch`). It is an order only: a subnet that is too small is still tried.
 */
function addByRoom(
  world: ProjectionWorld,
  addition: NodeGrowth,
  templates: readonly Template[],
  ledger: Ledger,
  end: End,
  before: number,
  exhausted: Map<string, Exhausted>,
): void {
  const zones = zonesOf(templates);
  const shares = addition.inAnyZone
    ? new Map(zones.map((here) => [here[0]!.zone, addition.count]))
    : largestShares(
        zones.map((here) => ({
          subnetId: here[0]!.zone,
          zone: here[0]!.zone,
          present: here.reduce((n, t) => n + t.present, 0),
        })),
        addition.count,
      );
  const needs = new Map(templates.map((t) => [t, t.like.map((like) => needOfNew(world, addition, like, end))]));
  const most = Math.max(0, ...shares.values());
  for (let round = 0; round < most; round++)
    for (const [i, here] of zones.entries()) {
      if (round >= (shares.get(here[0]!.zone) ?? 0)) continue;
      const template = roomiest(here, ledger);
      const list = needs.get(template)!;
      const refused = place(ledger, template.sites, list[round % list.length]!, world.pair.pattern, end);
      const nth = before + (addition.inAnyZone ? round + 1 : Math.min(round * zones.length + i + 1, addition.count));
      for (const id of refused) if (!exhausted.has(id)) exhausted.set(id, { node: nth });
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

function byZone(templates: readonly Template[], { count, inAnyZone }: NodeGrowth): ReadonlyMap<string, number> {
  const zones = [...new Set(templates.map((t) => t.zone))].sort();
  if (inAnyZone) return new Map(zones.map((zone) => [zone, count]));
  return new Map(zones.map((zone, i) => [zone, Math.floor(count / zones.length) + (i < count % zones.length ? 1 : 0)]));
}
