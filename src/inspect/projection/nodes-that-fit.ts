/** How many more nodes fit before a subnet refuses one. */
import { ADDRESSES_PER_BLOCK } from '../../calc/blocks.ts';
import { type Pattern, usesCustomNetworking } from '../../calc/patterns.ts';
import type { NodeGrowth } from './growth.ts';
import { type Account, copyOf, type End, type EniNeed, freeAddresses, type Ledger, take } from './ledger.ts';
import { needOfNew, roomiest, roundRobin, zonesOf } from './ordering.ts';
import { type NodeNeed, place } from './placement.ts';
import { type Template, templatesFor } from './templates.ts';
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
  const sure = wholeRounds(queue, needs, ledger, end, world.pair.pattern);
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
