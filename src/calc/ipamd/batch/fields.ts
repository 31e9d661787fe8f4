/** A case that cannot be read; the message says which one and why. */
export class CaseError extends Error {
  override readonly name = 'CaseError';
  readonly why: string;

  constructor(id: string, why: string) {
    super(`case ${id}: ${why}`);
    this.why = why;
  }
}

/** Larger counts than any node or subnet has; they would only keep the simulator busy. */
const MOST = 1_000_000;

/** Reads fields of an object of unknown shape. */
export interface Fields {
  has(name: string): boolean;
  names(): readonly string[];
  text(name: string): string;
  textOr(name: string, fallback: string): string;
  /** A whole number from 0 to a million; without a fallback it must be there. */
  countOr(name: string, fallback: number | undefined): number;
  /** A list of such numbers. */
  counts(name: string): readonly number[];
  flagOr(name: string, fallback: boolean): boolean;
  /** An object whose values are texts; an absent one is empty. */
  texts(name: string): Readonly<Record<string, string>>;
  group(name: string): Fields;
  listOr<T>(name: string, read: (item: unknown) => T): readonly T[] | undefined;
  /** Ends the reading: the field must be something else. */
  refuse(name: string, what: string): never;
  /** The same fields, with errors named after this case. */
  within(id: string): Fields;
}

export function fieldsOf(input: unknown, id: string, what = 'it'): Fields {
  if (input === null || typeof input !== 'object' || Array.isArray(input))
    throw new CaseError(id, `${what} must be an object`);
  return reader(input as Readonly<Record<string, unknown>>, id);
}

const COUNT = `a whole number from 0 to ${MOST}`;

function isCount(found: unknown): found is number {
  return typeof found === 'number' && Number.isInteger(found) && found >= 0 && found <= MOST;
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
    const found = value(name);
    if (found === undefined) return {};
    if (found === null || typeof found !== 'object' || Array.isArray(found)) return fail(name, 'an object');
    return found as Readonly<Record<string, unknown>>;
  };
  return {
    has: (name) => value(name) !== undefined,
    names: () => Object.keys(record),
    text,
    textOr: (name, fallback) => (value(name) === undefined ? fallback : text(name)),
    countOr: (name, fallback) => {
      const found = value(name);
      if (found !== undefined) return isCount(found) ? found : fail(name, COUNT);
      return fallback ?? fail(name, 'given: the catalog does not know this instance type');
    },
    counts: (name) => {
      const found = value(name) ?? [];
      return Array.isArray(found) && found.every(isCount) ? found : fail(name, `a list, each ${COUNT}`);
    },
    flagOr: (name, fallback) => {
      const found = value(name);
      if (found === undefined) return fallback;
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
    refuse: fail,
    within: (other) => reader(record, other),
  };
}
