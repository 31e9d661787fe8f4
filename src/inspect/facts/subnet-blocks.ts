import type { Blocks } from '../../calc/blocks.ts';
import { defineFact, section } from './define-fact.ts';
import { isForeign, type SubnetUse, subnetUse } from './subnet-use.ts';
import { boundedBlocks } from './support/bounded-blocks.ts';
import { subnetNumbers } from './support/subnet-numbers.ts';

/** The /28 blocks of one subnet. */
export interface BlockStates extends Blocks {
  readonly subnetId: string;
  /** True where ENIs may be invisible or reservations were not read: fewer blocks may be free than counted. */
  readonly upperBound: boolean;
  readonly upperBoundReasons: readonly string[];
}

/** Blocks by subnet id, for every subnet that was read; one whose range is unreadable is left out. */
export const subnetBlocks = defineFact({
  id: 'subnetBlocks',
  needs: { uses: subnetUse },
  helps: { caller: section('caller') },
  derive: ({ uses, caller }): ReadonlyMap<string, BlockStates> =>
    new Map([...uses].map(([id, use]) => [id, blocksIn(use, caller?.account)])),
});

/** Counts of EC2's two reads differ by a few addresses in flight. */
const LAG = 3;

function blocksIn(use: SubnetUse, account: string | undefined): BlockStates {
  const reasons: string[] = [];
  const { free, invisible, reservedUnallocated } = subnetNumbers(use).addresses;
  if (isForeign(use.subnet, account)) reasons.push('the subnet belongs to another account, whose ENIs are not visible');
  else if (invisible !== null && invisible >= LAG)
    reasons.push(`${invisible} addresses are on ENIs that are not visible`);
  if (!use.complete) reasons.push('the ENIs were read in part');
  if (!use.reservations) reasons.push('its CIDR reservations were not read');
  return {
    subnetId: use.subnet.subnetId,
    // Where EC2 counts unused reserved space as available, that part is not free for whole blocks outside of it.
    ...boundedBlocks(use, free - Math.max((use.unusedReserved ?? 0) - (reservedUnallocated ?? 0), 0)),
    upperBound: reasons.length > 0,
    upperBoundReasons: reasons,
  };
}
