/** How many nodes and pods more the subnets serve. */
import type { Bounded } from '../contract/report.ts';
import { maskOf, nodesIn } from './columns.ts';
import type { Growth, NodeGrowth } from './growth.ts';
import { bounded, type Plays } from './judge.ts';
import { type End, freeAddresses, freeBlocks, type Ledger } from './ledger.ts';
import { nodesThatFit } from './nodes-that-fit.ts';
import { isExact, isOpen } from './play-both.ts';
import { play } from './project.ts';
import { filled, ownPods } from './settle.ts';
import type { ProjectionWorld } from './world.ts';

/** Such nodes, where none can join a zone that is lost. */
export function inZonesThatAreLeft(world: ProjectionWorld, { lostZone }: Growth, addition: NodeGrowth): NodeGrowth {
  if (lostZone === undefined) return addition;
  const zones = [...new Set(world.nodes.flatMap((n) => n.zone ?? []))].filter((zone) => zone !== lostZone).sort();
  return { ...addition, zones: addition.zones?.filter((z) => z !== lostZone) ?? zones };
}

export function fittingNodes(world: ProjectionWorld, addition: NodeGrowth, plays: Plays): Bounded | null {
  const at = (end: End) => nodesThatFit(world, addition, plays[end].settled, end);
  const worst = at('worst');
  const best = isExact(world) && !isOpen(world, [addition]) ? worst : at('best');
  return worst === null || best === null ? null : bounded(worst, best);
}

/** The same for every scenario that adds such nodes and loses no zone, or the same one. */
export function podsUntil(
  world: ProjectionWorld,
  growth: Growth,
  addition: NodeGrowth,
  perNode: number | undefined,
): Bounded | null {
  const { group, instanceType, podsPerNode, zones } = addition;
  const { lostZone } = growth;
  const key = `pods that fit ${JSON.stringify([group, instanceType, podsPerNode, zones, lostZone])}`;
  if (!world.memo.has(key)) world.memo.set(key, podsThatFit(world, startOf(world, growth), addition, perNode));
  return world.memo.get(key) as Bounded | null;
}

/** What further pods come to: the nodes of today, or those that a lost zone leaves, with the pods of both. */
interface Start {
  readonly growth: Growth;
  /** Pods up to the density that its nodes still take. */
  readonly room: number;
}

function startOf(world: ProjectionWorld, { lostZone, pods }: Growth): Start {
  const [full, own] = [filled(world).addressed, ownPods(world).addressed];
  const growth: Growth = { title: '', nodes: [], pods: [] };
  if (lostZone === undefined) return { growth, room: full.reduce((n, each, at) => n + each - own[at]!, 0) };
  const gone = maskOf(world, nodesIn(world, lostZone));
  const moved = pods.reduce((n, p) => n + p.count, 0);
  const room = full.reduce((n, each, at) => n + (gone[at] === 1 ? 0 : each - own[at]!), 0);
  return { growth: { ...growth, pods, lostZone }, room: Math.max(room - moved, 0) };
}

/**
 * Pods that still get an address: on the nodes there are, up to the density, then on the further nodes that fit. Where the
 * subnets give out before the nodes do, as many as they still serve.
 */
function podsThatFit(
  world: ProjectionWorld,
  { growth, room }: Start,
  addition: NodeGrowth,
  perNode: number | undefined,
): Bounded | null {
  if (perNode === undefined) return null;
  const at = (end: End): number | null => {
    const short = (part: Partial<Growth>) => {
      const { final } = play(world, { ...growth, ...part }, end);
      return isOverdrawn(world, final) ? undefined : final;
    };
    const start = short({});
    if (!start) return 0;
    const full = room > 0 ? short({ fill: true, pods: [] }) : start;
    if (!full) return largest(room, (count) => short({ pods: [...growth.pods, { count }] }) !== undefined);
    const nodes = nodesThatFit(world, addition, full, end);
    return nodes === null ? null : room + nodes * perNode;
  };
  const worst = at('worst');
  const best = isExact(world) && !isOpen(world, [addition]) ? worst : at('best');
  return worst === null || best === null ? null : bounded(worst, best);
}

/** The largest number up to `most` for which it holds; it holds for 0. */
function largest(most: number, holds: (n: number) => boolean): number {
  let [low, high] = [0, most];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (holds(middle)) low = middle;
    else high = middle - 1;
  }
  return low;
}

export function isOverdrawn(world: ProjectionWorld, ledger: Ledger): boolean {
  const prefixes = world.model.settings.prefixDelegation;
  return [...ledger.values()].some((a) => freeAddresses(a) < 0 || (prefixes && (freeBlocks(a) ?? 0) < 0));
}
