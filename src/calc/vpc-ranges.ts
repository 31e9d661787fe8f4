/** Which IPv4 ranges a VPC may get beside those it has (VPC guide, "IPv4 CIDR block association restrictions"). */
import { type Cidr, contains, overlaps } from './cidr.ts';

const TEN: Cidr = { first: 10 * 2 ** 24, length: 8 };
const SEVENTEEN_TWO: Cidr = { first: 172 * 2 ** 24 + 16 * 2 ** 16, length: 12 };
const ONE_NINE_TWO: Cidr = { first: 192 * 2 ** 24 + 168 * 2 ** 16, length: 16 };
const PRIVATE = [TEN, SEVENTEEN_TWO, ONE_NINE_TWO];
const LINK_LOCAL: Cidr = { first: 169 * 2 ** 24 + 254 * 2 ** 16, length: 16 };
const BENCHMARK: Cidr = { first: 198 * 2 ** 24 + 19 * 2 ** 16, length: 16 };
/** 10.0.0.0/15 and 10.0.0.0/16: services of AWS use the latter beside the former. */
const TEN_LOW: Cidr = { first: TEN.first, length: 15 };
const TEN_LOWEST: Cidr = { first: TEN.first, length: 16 };
const SEVENTEEN_TWO_LAST: Cidr = { first: 172 * 2 ** 24 + 31 * 2 ** 16, length: 16 };

/** Shared address space, which EKS recommends for pods. */
const SHARED: Cidr = { first: 100 * 2 ** 24 + 64 * 2 ** 16, length: 10 };

/** Ranges worth asking for, in this order: the /16 of 100.64.0.0/10, then 198.19.0.0/16. */
export const POD_RANGES: readonly Cidr[] = [
  ...Array.from({ length: 64 }, (_, i) => ({ first: SHARED.first + i * 2 ** 16, length: 16 })),
  BENCHMARK,
];

/**
 * Whether the table permits `range` beside all that a VPC has. Which of them is its primary one does not matter here: the
 * range must be permitted beside each.
 */
export function mayAssociate(present: readonly Cidr[], range: Cidr): boolean {
  if (range.length < 16 || range.length > 28 || overlaps(LINK_LOCAL, range)) return false;
  return present.every((p) => !overlaps(p, range) && permitted(p, range));
}

function permitted(present: Cidr, range: Cidr): boolean {
  const home = PRIVATE.find((p) => contains(p, present));
  if (PRIVATE.some((p) => p !== home && overlaps(p, range))) return false;
  if (overlaps(BENCHMARK, range) && !contains(BENCHMARK, present)) return false;
  if (home === TEN && overlaps(TEN_LOW, present) && overlaps(TEN_LOWEST, range)) return false;
  return !(home === SEVENTEEN_TWO && overlaps(SEVENTEEN_TWO_LAST, range));
}
