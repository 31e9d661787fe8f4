/** Nearest rank: the least value that at least this share of the values, 0 to 1, does not exceed; 0 for none. */
export function percentile(values: ArrayLike<number>, share: number): number {
  const sorted = Float64Array.from(values).sort();
  return sorted[Math.max(Math.ceil(share * sorted.length) - 1, 0)] ?? 0;
}
