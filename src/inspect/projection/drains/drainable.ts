/** Which blocks of a subnet come free when all who sit in them leave. */
import { ADDRESSES_PER_BLOCK, type BlockState } from '../../../calc/blocks.ts';
import { overlaps } from '../../../calc/cidr.ts';
import type { HeldBlock } from '../../../calc/drains.ts';
import type { Pinned } from '../../contract/subnets.ts';
import type { SubnetUse } from '../../facts/subnet-use.ts';
import type { HeldBlocks } from './held-blocks.ts';
import type { Movers } from './movers.ts';

export interface Drainable {
  /** Blocks that come free when all their holders leave. */
  readonly blocks: readonly HeldBlock[];
  readonly pinned: readonly Pinned[];
}

const HELD: ReadonlySet<BlockState> = new Set(['prefix', 'full', 'fragmented']);

/** Blocks that are AWS's own, or kept by an explicit reservation, could serve no prefix even when empty. */
export function drainable(use: SubnetUse, states: readonly BlockState[], held: HeldBlocks, movers: Movers): Drainable {
  const blocks: HeldBlock[] = [];
  const pinned = new Map<string, { class: string; name: string; blocks: number[] }>();
  const kept = (use.reservations ?? []).filter((r) => r.type === 'explicit').map((r) => r.cidr);
  for (let block = 1; block < states.length - 1; block++) {
    const range = { first: use.cidr.first + block * ADDRESSES_PER_BLOCK, length: 28 };
    if (!HELD.has(states[block]!) || kept.some((cidr) => overlaps(cidr, range))) continue;
    const leaving = new Set<number>();
    const staying = held[block]!.filter(({ owner }) => {
      const mover = movers.of(owner);
      if (mover !== undefined) leaving.add(mover);
      return mover === undefined;
    });
    if (staying.length === 0) blocks.push({ block, holders: [...leaving] });
    for (const { class: of, name } of new Map(
      staying.map(({ owner }) => [`${owner.class} ${owner.name}`, owner]),
    ).values()) {
      const known = pinned.get(`${of} ${name}`) ?? { class: of, name, blocks: [] };
      pinned.set(`${of} ${name}`, known);
      known.blocks.push(block);
    }
  }
  return { blocks, pinned: [...pinned.values()].sort((a, b) => b.blocks.length - a.blocks.length) };
}

/** Among sets of one size, a node that a disruption budget holds up is worth this many pods of others. */
const HELD_UP = 10_000;

export function costsOf(movers: Movers): number[] {
  return movers.all.map((m) => (m.pods ?? 0) + (m.blockedBy?.length ? HELD_UP : 0));
}
