/** Room for one more subnet: the first aligned range inside the given ones that overlaps nothing taken. */
import { type Cidr, contains, lastOf, overlaps, sizeOf } from './cidr.ts';

/**
 * The first free range of the given length, in the order of `within`; undefined where there is none.
 * `length` is 16 to 28 for subnets. Costs one step per taken range, however small the ranges are.
 */
export function freeCidr(within: readonly Cidr[], taken: readonly Cidr[], length: number): Cidr | undefined {
  for (const outer of within) {
    if (outer.length > length) continue;
    const found = firstFree(outer, taken, length);
    if (found) return found;
  }
  return undefined;
}

/** The largest free range whose length lies in `longest` (few addresses) to `shortest` (many). */
export function largestFreeCidr(
  within: readonly Cidr[],
  taken: readonly Cidr[],
  shortest: number,
  longest: number,
): Cidr | undefined {
  for (let length = shortest; length <= longest; length++) {
    const found = freeCidr(within, taken, length);
    if (found) return found;
  }
  return undefined;
}

function firstFree(outer: Cidr, taken: readonly Cidr[], length: number): Cidr | undefined {
  const inTheWay = taken.filter((t) => overlaps(t, outer)).sort((a, b) => a.first - b.first);
  let candidate: Cidr = { first: outer.first, length };
  for (const t of inTheWay) {
    if (t.first > lastOf(candidate)) break;
    if (overlaps(t, candidate)) candidate = { first: alignedAfter(lastOf(t), length), length };
  }
  return contains(outer, candidate) ? candidate : undefined;
}

/** The first multiple of a range's size behind an address. */
function alignedAfter(address: number, length: number): number {
  const size = sizeOf({ first: 0, length });
  return Math.floor(address / size) * size + size;
}
