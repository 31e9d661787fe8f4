/** A case that cannot be read; the message says which one and why. */
export class CaseError extends Error {
  override readonly name = 'CaseError';

  constructor(id: string, why: string) {
    super(`case ${id}: ${why}`);
  }
}

/** Reads fields of an object of unknown shape. */
export interface Fields {
  has(name: string): boolean;
  names(): readonly string[];
  text(name: string): string;
  textOr(name: string, fallback: string): string;
  /** A whole number of 0 or more; without a fallback it must be there. */
  countOr(name: string, fallback: number | undefined): number;
  flagOr(name: string, fallback: boolean): boolean;
  /** An object whose values are texts; an absent one is empty. */
  texts(name: string): Readonly<Record<string, string>>;
  group(name: string): Fields;
  listOr<T>(name: string, read: (item: unknown) => T): readonly T[] | undefined;
  /** The same fields, with errors named after this case. */
  within(id: string): Fields;
}

export function fieldsOf(input: unknown, id: string): Fields {
  if (input === null || typeof input !== 'object' || Array.isArray(input)) throw new CaseError(id, 'is not an object');
  return reader(input as Readonly<Record<string, unknown>>, id);
}

function reader(record: Readonly<Record<string, unknown>>, id: string): Fields {
  const value = (name: string): unknown => (Object.hasOwn(record, name) ? record[name] : undefined);
  const fail = (name: string, what: string): never => {
    throw new CaseError(id, `${name} must be ${what}`);
  };
  const text = (name: string): string => {
    const found = value(name);
    return typeof found === 'string' ? found : fail(name, 'a text');
  };
  const group = (name: string): Readonly<Record<string, unknown>> => {
    const found = value(name) ?? {};
    if (typeof found !== 'object' || Array.isArray(found)) return fail(name, 'an object');
    return found as Readonly<Record<string, unknown>>;
  };
  return {
    has: (name) => value(name) !== undefined,
    names: () => Object.keys(record),
    text,
    textOr: (name, fallback) => (value(name) === undefined ? fallback : text(name)),
    countOr: (name, fallback) => {
      const found = value(name) ?? fallback;
      const isCount =
        typeof found === 'number' && found >= 0 && (Number.isInteger(found) || found === Number.POSITIVE_INFINITY);
      if (isCount) return found;
      return fail(
        name,
        found === undefined ? 'given: the catalog does not know this instance type' : 'a whole number of 0 or more',
      );
    },
    flagOr: (name, fallback) => {
      const found = value(name) ?? fallback;
      return typeof found === 'boolean' ? found : fail(name, 'true or false');
    },
    texts: (name) => {
      const entries = Object.entries(group(name));
      return Object.fromEntries(
        entries.map(([key, each]) => [key, typeof each === 'string' ? each : fail(`${name}.${key}`, 'a text')]),
      );
    },
    group: (name) => reader(group(name), id),
    listOr: (name, read) => {
      const found = value(name);
      if (found === undefined) return undefined;
      return Array.isArray(found) ? found.map((item) => read(item)) : fail(name, 'a list');
    },
    within: (other) => reader(record, other),
  };
}
