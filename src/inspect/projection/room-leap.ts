/**
 * Places most of the nodes that fit at once. A subnet of 65,000 addresses takes thousands of nodes; what they take together is
 * a sum, as long as none of them can be refused. The last ones are placed one by one by the caller.
 */
import { ADDRESSES_PER_BLOCK } from '../../calc/blocks.ts';
import { type Pattern, usesCustomNetworking } from '../../calc/patterns.ts';
import { type Account, type End, type EniNeed, freeAddresses, type Ledger, take } from './ledger.ts';
import type { SitedNeed } from './placement.ts';
import { lengthOf, type Stretches } from './stretches.ts';

/** What the nodes of a zone take from one subnet, in running sums: element n is what the first n stretches take. */
interface Running {
  readonly singles: Float64Array;
  readonly blocks: Float64Array;
}

/** What the nodes of each zone take, subnet by subnet; undefined where a node may choose among subnets, or has none. */
export type Takings = readonly {
  readonly nodes: number;
  /** Element n is how many nodes the first n stretches are. */
  readonly ends: Float64Array;
  readonly bySubnet: ReadonlyMap<string, Running>;
}[];

export function takingsOf(zones: readonly Stretches<SitedNeed>[], pattern: Pattern): Takings | undefined {
  if (zones.some((z) => z.some(({ of }) => of.sites.pods.length !== 1))) return undefined;
  return zones.map((nodes) => {
    const ends = new Float64Array(nodes.length + 1);
    for (const [n, { count }] of nodes.entries()) ends[n + 1] = ends[n]! + count;
    return { nodes: lengthOf(nodes), ends, bySubnet: runningSums(nodes, pattern) };
  });
}

/**
 * Takes for as many whole rounds, one node in each zone, as no subnet can refuse, and returns how many nodes that are. None
 * where nodes may choose: then each choice depends on the one before.
 */
export function leapOver(ledger: Ledger, takings: Takings | undefined, end: End): number {
  if (!takings || takings.some((z) => [...z.bySubnet.keys()].some((id) => !ledger.has(id)))) return 0;
  const safe = (rounds: number) =>
    [...total(takings, rounds)].every(([id, need]) => surelyFits(ledger.get(id)!, need, end));
  let least = 0;
  let most = 1;
  while (most < MOST_ROUNDS && safe(most)) [least, most] = [most, most * 2];
  while (most - least > 1) {
    const middle = Math.floor((least + most) / 2);
    if (safe(middle)) least = middle;
    else most = middle;
  }
  for (const [id, need] of total(takings, least)) take(ledger.get(id)!, need, end);
  return least * takings.length;
}

/**
 * Takes for all nodes at once; false, and nothing taken, where that might come out other than one by one: where a node may
 * choose among subnets or has none, or a subnet runs short.
 */
export function placeTogether(ledger: Ledger, nodes: Stretches<SitedNeed>, pattern: Pattern, end: End): boolean {
  const counts = new Map<SitedNeed, number>();
  for (const { of, count } of nodes) counts.set(of, (counts.get(of) ?? 0) + count);
  const all = new Map<string, { singles: number; blocks: number }>();
  for (const [node, count] of counts) {
    if (node.sites.pods.length !== 1) return false;
    for (const [id, { singles, blocks }] of partsOf(node, pattern)) {
      const sum = all.get(id) ?? { singles: 0, blocks: 0 };
      all.set(id, sum);
      sum.singles += count * singles;
      sum.blocks += count * blocks;
    }
  }
  const taken = [...all].map(([id, need]) => [ledger.get(id), need] as const);
  if (!taken.every(([account, need]) => account !== undefined && surelyFits(account, need, end))) return false;
  for (const [account, need] of taken) take(account!, need, end);
  return true;
}

/** Subnets, and what the ENIs of a node take there, that has one subnet for its pods. */
function partsOf({ sites, need }: SitedNeed, pattern: Pattern): readonly (readonly [string, EniNeed])[] {
  const pods = sites.pods[0]!;
  return [
    [sites.node, need.primary],
    // a node without a subnet for its pods is refused, whatever it needs there
    [pods, { singles: 0, blocks: 0 }],
    ...need.further.map((eni) => [pods, eni] as const),
    [usesCustomNetworking(pattern) ? pods : sites.node, { singles: need.beside, blocks: 0 }],
  ];
}

/** More nodes than a VPC has addresses. */
const MOST_ROUNDS = 2 ** 24;

function runningSums(nodes: Stretches<SitedNeed>, pattern: Pattern): ReadonlyMap<string, Running> {
  const sums = new Map<string, Running>();
  const length = nodes.length + 1;
  const of = (id: string): Running => {
    const known = sums.get(id) ?? { singles: new Float64Array(length), blocks: new Float64Array(length) };
    sums.set(id, known);
    return known;
  };
  // nodes that are alike are the same object
  const parts = new Map<SitedNeed, ReturnType<typeof partsOf>>();
  for (const [n, { of: node, count }] of nodes.entries()) {
    const own = parts.get(node) ?? partsOf(node, pattern);
    parts.set(node, own);
    for (const [id, { singles, blocks }] of own) {
      const sum = of(id);
      sum.singles[n + 1]! += count * singles;
      sum.blocks[n + 1]! += count * blocks;
    }
  }
  for (const { singles, blocks } of sums.values())
    for (let n = 1; n < length; n++) {
      singles[n]! += singles[n - 1]!;
      blocks[n]! += blocks[n - 1]!;
    }
  return sums;
}

function total(takings: Takings, rounds: number): Map<string, EniNeed> {
  const all = new Map<string, EniNeed>();
  for (const { nodes, ends, bySubnet } of takings) {
    const passes = Math.floor(rounds / nodes);
    const taken = ofFirst(rounds % nodes, ends);
    for (const [id, { singles, blocks }] of bySubnet) {
      const before = all.get(id);
      all.set(id, {
        singles: (before?.singles ?? 0) + passes * singles.at(-1)! + taken(singles),
        blocks: (before?.blocks ?? 0) + passes * blocks.at(-1)! + taken(blocks),
      });
    }
  }
  return all;
}

/** Of running sums, what so many nodes take, fewer than all: whole stretches, and of the next one its share. */
function ofFirst(nodes: number, ends: Float64Array): (sums: Float64Array) => number {
  const next = ends.findIndex((end) => end > nodes);
  const share = (nodes - ends[next - 1]!) / (ends[next]! - ends[next - 1]!);
  return (sums) => sums[next - 1]! + Math.round(share * (sums[next]! - sums[next - 1]!));
}

/** In whatever order the parts come: at the worst end each single address may break a block that a prefix wants later. */
function surelyFits(account: Account, { singles, blocks }: EniNeed, end: End): boolean {
  const rounding = ADDRESSES_PER_BLOCK - 1;
  if (freeAddresses(account) - rounding < singles + ADDRESSES_PER_BLOCK * blocks) return false;
  if (blocks === 0 || account.blocks === null) return true;
  return account.blocks >= (end === 'worst' ? blocks + singles : blocks);
}
