/** Nearest rank: the least value that at least this share of the values, 0 to 1, does not exceed; 0 for none. */
export function percentile(values: ArrayLike<number>, share: number): number {
  const sorted = Float64Array.from(values).sort();
  return sorted[Math.max(Math.ceil(share * sorted.length) - 1, 0)] ?? 0;
}

/** The same of values that each stand so many times. */
export function percentileOfCounts(
  values: readonly { readonly value: number; readonly count: number }[],
  share: number,
): number {
  const sorted = [...values].sort((a, b) => a.value - b.value);
  let left = Math.max(Math.ceil(share * sorted.reduce((n, { count }) => n + count, 0)), 1);
  for (const { value, count } of sorted) {
    left -= count;
    if (left <= 0) return value;
  }
  return 0;
}
