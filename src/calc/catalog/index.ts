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
  const { decodeNames, profileReader, whereSeen } = await import('./decode.ts');
  const entries = decodeNames();
  const read = profileReader();
  const names = [...entries.keys()];
  const types = new Map<string, InstanceType>();

  const get = (name: string): InstanceType | undefined => {
    const entry = entries.get(name);
    if (entry === undefined) return undefined;
    const known = types.get(name);
    if (known) return known;
    const type = read(name, entry);
    types.set(name, type);
    return type;
  };

  return {
    dataDate: DATA_DATE,
    cniRelease: CNI_RELEASE,
    sources: SOURCES,
    names,
    has: (name) => entries.has(name),
    get,
    seenWithoutLimits: whereSeen,
    expand: (patterns) => expand(patterns, names, entries),
  };
}

function expand(patterns: readonly string[], names: readonly string[], known: ReadonlyMap<string, unknown>): Expansion {
  const found = new Set<string>();
  const unknown = new Set<string>();
  for (const pattern of patterns.flatMap((list) => list.split(','))) {
    const wanted = pattern.trim();
    if (wanted === '') continue;
    const matches = /[*?]/.test(wanted) ? names.filter(matcher(wanted)) : known.has(wanted) ? [wanted] : [];
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
