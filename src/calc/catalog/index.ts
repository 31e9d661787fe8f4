import type { InstanceType } from './instance-type.ts';
import { CNI_RELEASE, DATA_DATE, SOURCES } from './sources.generated.ts';

export interface CatalogSource {
  readonly what: string;
  /** Day or month the source was taken, YYYY-MM-DD or YYYY-MM. */
  readonly date: string;
  readonly version?: string;
}

/** The embedded instance types. Names are case sensitive, as everywhere in EC2. */
export interface Catalog {
  /** Day of the CNI limits the catalog follows, YYYY-MM-DD. */
  readonly dataDate: string;
  /** Release of the CNI whose compiled-in limits these are. */
  readonly cniRelease: string;
  readonly sources: Readonly<Record<string, CatalogSource>>;
  /** All names, family by family, sizes ascending. */
  readonly names: readonly string[];
  has(name: string): boolean;
  get(name: string): InstanceType | undefined;
  /** Where a type was seen for which nobody publishes ENI limits; undefined for every other name. */
  seenWithoutLimits(name: string): string | undefined;
  /**
   * Resolves names, comma lists and globs (`m5.*`, `c?gn.large`) into names of the catalog, each once, in the order given.
   * What matches nothing is returned in `unknown`.
   */
  expand(patterns: readonly string[]): Expansion;
}

export interface Expansion {
  readonly names: readonly string[];
  readonly unknown: readonly string[];
}

let loaded: Promise<Catalog> | undefined;

/** Loads the catalog's chunk on first use; later calls share it. */
export function loadCatalog(): Promise<Catalog> {
  loaded ??= buildCatalog();
  return loaded;
}

async function buildCatalog(): Promise<Catalog> {
  const { decodeNames, entryOf, profileReader, whereSeen } = await import('./decode.ts');
  const types = new Map<string, InstanceType | undefined>();
  let all: readonly string[] | undefined;
  let read: ReturnType<typeof profileReader> | undefined;

  // Most runs ask for a handful of types: each is read when it is asked for, and the names only for a glob or a guess.
  const names = (): readonly string[] => {
    all ??= decodeNames();
    return all;
  };
  const get = (name: string): InstanceType | undefined => {
    if (!types.has(name)) {
      const entry = entryOf(name);
      read ??= profileReader();
      types.set(name, entry && read(name, entry));
    }
    return types.get(name);
  };
  const has = (name: string): boolean => get(name) !== undefined;

  return {
    dataDate: DATA_DATE,
    cniRelease: CNI_RELEASE,
    sources: SOURCES,
    get names() {
      return names();
    },
    has,
    get,
    seenWithoutLimits: whereSeen,
    expand: (patterns) => expand(patterns, names, has),
  };
}

function expand(
  patterns: readonly string[],
  names: () => readonly string[],
  known: (name: string) => boolean,
): Expansion {
  const found = new Set<string>();
  const unknown = new Set<string>();
  for (const pattern of patterns.flatMap((list) => list.split(','))) {
    const wanted = pattern.trim();
    if (wanted === '') continue;
    const matches = /[*?]/.test(wanted) ? names().filter(matcher(wanted)) : known(wanted) ? [wanted] : [];
    if (matches.length === 0) unknown.add(wanted);
    for (const name of matches) found.add(name);
  }
  return { names: [...found], unknown: [...unknown] };
}

/** A glob as a test: `*` any run of characters, `?` any one. */
function matcher(glob: string): (name: string) => boolean {
  const source = glob
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replace(/\*+/g, '.*')
    .replaceAll('?', '.');
  const regex = new RegExp(`^${source}$`);
  return (name) => regex.test(name);
}
