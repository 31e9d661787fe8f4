/** `subnets -o csv`: one row a subnet. */
import type { SubnetsReport } from '../../../inspect/contract/subnets.ts';
import { type Rows, rowsOf } from './cells.ts';

export function subnetRows({ items, cluster }: SubnetsReport): Rows {
  return rowsOf(items, {
    subnetId: (s) => s.subnetId,
    name: (s) => s.name,
    cluster: () => cluster?.name,
    availabilityZone: (s) => s.availabilityZone,
    cidr: (s) => s.cidr,
    sources: (s) => s.sources,
    sharedBy: (s) => s.sharedBy,
    total: (s) => s.addresses.total,
    reserved: (s) => s.addresses.reserved,
    seen: (s) => s.addresses.seen,
    reservedUnallocated: (s) => s.addresses.reservedUnallocated,
    free: (s) => s.addresses.free,
    invisible: (s) => s.addresses.invisible,
    blocks: (s) => s.blocks?.total,
    usableBlocks: (s) => s.blocks?.usable,
    freeBlocks: (s) => s.blocks?.free,
    fragmentedBlocks: (s) => s.blocks?.fragmented,
    fullBlocks: (s) => s.blocks?.full,
    awsReservedBlocks: (s) => s.blocks?.awsReserved,
    prefixBlocks: (s) => s.blocks?.prefix,
    prefixReservedBlocks: (s) => s.blocks?.prefixReserved,
    explicitReservedBlocks: (s) => s.blocks?.explicitReserved,
    blocksUpperBound: (s) => s.blocks?.upperBound,
    fragmentationScore: (s) => s.fragmentation?.score,
    largestRunBlocks: (s) => (s.fragmentation ? (s.fragmentation.largestRun?.blocks ?? 0) : null),
    strandedAddresses: (s) => s.fragmentation?.strandedAddresses,
    drainableBlocks: (s) => s.drainable,
  });
}
