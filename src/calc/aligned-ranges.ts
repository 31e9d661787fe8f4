/** Aligned ranges of neighbouring blocks: what a CIDR reservation can cover. */

export interface AlignedRange {
  /** Index of its first block, a multiple of its size. */
  readonly first: number;
  /** A power of two. */
  readonly blocks: number;
}

/**
 * Few aligned ranges that together have `want` of the blocks that may be taken, the largest first; fewer blocks where there
 * are not so many. `may` is by block. A range never has a block that may not be taken.
 */
export function alignedRanges(may: readonly boolean[], want: number): readonly AlignedRange[] {
  const open = [...may];
  const ranges: AlignedRange[] = [];
  let left = want;
  for (let size = largestPower(Math.min(want, open.length)); size >= 1; size /= 2)
    for (let first = 0; left >= size && first + size <= open.length; first += size) {
      if (!open.slice(first, first + size).every(Boolean)) continue;
      open.fill(false, first, first + size);
      ranges.push({ first, blocks: size });
      left -= size;
    }
  return ranges;
}

function largestPower(most: number): number {
  let power = 1;
  while (power * 2 <= most) power *= 2;
  return power;
}
