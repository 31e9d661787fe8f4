/** How many more nodes fit before a subnet refuses one. */
import type { NodeGrowth } from './growth.ts';
import { copyOf, type End, type Ledger } from './ledger.ts';
import { needOfNew, roomiest, roundRobin, zonesOf } from './ordering.ts';
import { place } from './placement.ts';
import { type Template, templatesFor } from './templates.ts';
import { takeWholeRounds } from './whole-rounds.ts';
import type { ProjectionWorld } from './world.ts';

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
  const templates = templatesFor(world, addition, undefined, end);
  const ledger = copyOf(from);
  if (templates.some((t) => t.roomiestFirst)) return countedByRoom(world, addition, templates, ledger, end);
  const queue = roundRobin(templates);
  if (queue.length === 0) return null;
  const needs = queue.map((t) => t.like.map((like) => needOfNew(world, addition, like, end)));
  const sure = takeWholeRounds(queue, needs, Math.floor(MOST_NODES / queue.length), ledger, end, world.pair.pattern);
  for (let added = sure * queue.length; added < MOST_NODES; added++) {
    const at = added % queue.length;
    const list = needs[at]!;
    const need = list[Math.floor(added / queue.length) % list.length]!;
    if (place(ledger, queue[at]!.sites, need, world.pair.pattern, end).length > 0) return added;
  }
  return MOST_NODES;
}

function countedByRoom(
  world: ProjectionWorld,
  addition: NodeGrowth,
  templates: readonly Template[],
  ledger: Ledger,
  end: End,
): number {
  const zones = zonesOf(templates);
  const needs = new Map(templates.map((t) => [t, t.like.map((like) => needOfNew(world, addition, like, end))]));
  for (let added = 0; added < MOST_NODES; added++) {
    const template = roomiest(zones[added % zones.length]!, ledger);
    const list = needs.get(template)!;
    const need = list[Math.floor(added / zones.length) % list.length]!;
    if (place(ledger, template.sites, need, world.pair.pattern, end).length > 0) return added;
  }
  return MOST_NODES;
}

/** More than a cluster has; an endless course ends here. */
const MOST_NODES = 100_000;
