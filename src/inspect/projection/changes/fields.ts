/** Reads single fields of a document someone else wrote; what has another type than it should is left out. */

export type Fields = Readonly<Record<string, unknown>>;

export function fields(value: unknown): Fields {
  return isFields(value) ? value : {};
}

export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The objects of a list. */
export function list(value: unknown): readonly Fields[] {
  return Array.isArray(value) ? value.filter(isFields) : [];
}

/** What stands at a path; undefined where it leads nowhere. */
export function at(value: unknown, ...path: readonly (string | number)[]): unknown {
  let here: unknown = value;
  for (const key of path) {
    if (typeof key === 'number') here = Array.isArray(here) ? here[key] : undefined;
    else here = isFields(here) && Object.hasOwn(here, key) ? here[key] : undefined;
  }
  return here;
}

/** A text that is not empty. */
export function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

export function texts(value: unknown): string[] {
  return Array.isArray(value) ? value.flatMap((v) => text(v) ?? []) : [];
}

/** A whole number, given as one or as text: Terraform and Helm write both. */
export function integer(value: unknown): number | undefined {
  const n = typeof value === 'string' && /^-?\d{1,15}$/.test(value) ? Number(value) : value;
  return typeof n === 'number' && Number.isSafeInteger(n) ? n : undefined;
}

/** A size that something may have: a whole number from 0 to a million. */
export function size(value: unknown): number | undefined {
  const n = integer(value);
  return n !== undefined && n >= 0 && n <= 1_000_000 ? n : undefined;
}

/** Labels, tags and the like: texts by name. Numbers and switches are kept as text. */
export function textMap(value: unknown): Record<string, string> {
  return Object.fromEntries(
    Object.entries(fields(value)).flatMap(([key, v]): [string, string][] =>
      typeof v === 'string' || typeof v === 'number' || typeof v === 'boolean' ? [[key, String(v)]] : [],
    ),
  );
}

export function sameSet(a: readonly string[], b: readonly string[]): boolean {
  const [one, two] = [new Set(a), new Set(b)];
  return one.size === two.size && [...one].every((x) => two.has(x));
}
