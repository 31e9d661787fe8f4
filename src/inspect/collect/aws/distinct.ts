/** The first of each key, in order: what two questions find stands once. */
export function distinctBy<T>(items: readonly T[], key: (item: T) => string): T[] {
  const seen = new Set<string>();
  return items.filter((item) => {
    const k = key(item);
    const fresh = !seen.has(k);
    seen.add(k);
    return fresh;
  });
}
