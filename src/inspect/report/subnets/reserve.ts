/** Ranges of a subnet to reserve for prefixes, so that single addresses are placed elsewhere from now on. */
import { alignedRanges } from '../../../calc/aligned-ranges.ts';
import { ADDRESSES_PER_BLOCK, type BlockState } from '../../../calc/blocks.ts';
import { formatCidr } from '../../../calc/cidr.ts';
import { smallestDrain } from '../../../calc/drains.ts';
import { aws } from '../../checks/support/commands.ts';
import type { ReservePlan } from '../../contract/subnets.ts';
import type { SubnetUse } from '../../facts/subnet-use.ts';
import { costsOf, type Drainable } from '../../projection/drains/drainable.ts';
import type { Movers } from '../../projection/drains/movers.ts';
import type { Context } from './context.ts';
import { commandsFor, printable } from './drains.ts';

const BLOCK_LENGTH = 28;

/**
 * Free blocks first; where they are too few, those that the smallest drain frees. Reservations come before the drains: what
 * leaves is then not replaced by other single addresses.
 */
export function reservePlan(
  ctx: Context,
  use: SubnetUse,
  states: readonly BlockState[],
  found: Drainable,
  movers: Movers,
  want: number,
): ReservePlan {
  const free = states.map((s) => s === 'free');
  const lacking = want - free.filter(Boolean).length;
  const most = Math.min(Math.max(lacking, 0), found.blocks.length);
  const drain = most > 0 ? smallestDrain(found.blocks, costsOf(movers), most) : undefined;
  const freed = new Set(drain?.frees);
  const holders = new Map(found.blocks.map((b) => [b.block, b.holders]));
  const ranges = alignedRanges(
    free.map((is, i) => is || freed.has(i)),
    want,
  ).map(({ first, blocks }) => {
    const inside = Array.from({ length: blocks }, (_, i) => first + i);
    const leaving = new Set(inside.flatMap((b) => (freed.has(b) ? (holders.get(b) ?? []) : [])));
    return {
      cidr: formatCidr({
        first: use.cidr.first + first * ADDRESSES_PER_BLOCK,
        length: BLOCK_LENGTH - Math.log2(blocks),
      }),
      blocks,
      freeNow: inside.filter((b) => free[b]).length,
      drainFirst: [...leaving].map((i) => movers.all[i]!.id).sort(),
    };
  });
  const leaving = new Set(ranges.flatMap((r) => r.drainFirst));
  const create = ranges.map(({ cidr }) =>
    aws(
      ctx,
      'ec2',
      'create-subnet-cidr-reservation',
      '--subnet-id',
      use.subnet.subnetId,
      '--reservation-type',
      'prefix',
      '--cidr',
      cidr,
    ),
  );
  return {
    subnetId: use.subnet.subnetId,
    wantBlocks: want,
    ranges,
    shortBy: want - ranges.reduce((n, r) => n + r.blocks, 0),
    commands: [
      ...printable(ctx.run, create),
      ...commandsFor(
        ctx,
        movers.all.filter((m) => leaving.has(m.id)),
      ),
    ],
    note: use.reservations ? null : 'its CIDR reservations were not read: a range may overlap one that exists',
  };
}
