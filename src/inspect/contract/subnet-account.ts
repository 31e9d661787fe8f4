/** The account of one subnet's addresses and /28 blocks, the same in every report that holds one. */
import { count, countOrUnknown, flag, object } from './fields.ts';

/** `total = reserved + seen + reservedUnallocated + free + invisible`. */
export const addressAccountSchema = object({
  total: count,
  /** AWS's own five. */
  reserved: count,
  /** Addresses of visible ENIs, each prefix counted as 16; null where ENIs could not be read. */
  seen: countOrUnknown,
  /** Unused space of CIDR reservations that EC2 leaves out of its count of free addresses. */
  reservedUnallocated: countOrUnknown,
  free: count,
  /** Held by ENIs that are not visible. */
  invisible: countOrUnknown,
});

/** What a /28 block may be, with the number of those that are. */
export const blockStates = {
  free: count,
  fragmented: count,
  full: count,
  awsReserved: count,
  prefix: count,
  prefixReserved: count,
  explicitReserved: count,
};

export const blockAccountSchema = object({
  total: count,
  /** Blocks a prefix could ever take: neither AWS's own nor kept by an explicit reservation. */
  usable: count,
  ...blockStates,
  /** True where addresses may be held that are not visible, or something was not read: fewer blocks may be free. */
  upperBound: flag,
});
