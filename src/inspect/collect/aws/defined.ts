/** The texts of a list in which the SDK's types allow holes. */
export function texts(list: readonly (string | undefined)[] | undefined): string[] {
  return (list ?? []).filter((x): x is string => x !== undefined && x !== '');
}

/** Lists of at most `size`, for calls that take so many names. */
export function chunks<T>(list: readonly T[], size: number): T[][] {
  const parts: T[][] = [];
  for (let i = 0; i < list.length; i += size) parts.push(list.slice(i, i + size));
  return parts;
}
