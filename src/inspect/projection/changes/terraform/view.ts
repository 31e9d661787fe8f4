/** One side of a change: values, what of them is not known before the apply, and what is marked sensitive. */
import { at } from '../fields.ts';

type Path = readonly (string | number)[];

export class View {
  readonly #values: unknown;
  readonly #unknown: unknown;
  readonly #sensitive: unknown;

  constructor(values: unknown, unknown: unknown, sensitive: unknown) {
    this.#values = values;
    this.#unknown = unknown;
    this.#sensitive = sensitive;
  }

  /** Undefined where it is unset, and where it is not known. */
  get(...path: Path): unknown {
    return at(this.#values, ...path) ?? undefined;
  }

  /** Whether it, what it is part of, or a part of it is known only after the apply: a set with one such element is unknown. */
  isUnknown(...path: Path): boolean {
    return flagged(this.#unknown, path, true);
  }

  /** Whether it, or what it is part of, is marked: its value must never be shown. */
  isSensitive(...path: Path): boolean {
    return flagged(this.#sensitive, path, true);
  }
}

/** Flags mirror the shape of the values: `true` at a leaf, or at anything above it. */
function flagged(flags: unknown, path: Path, within: boolean): boolean {
  let here = flags;
  for (const key of path) {
    if (here === true) return true;
    here = at(here, key);
  }
  return here === true || (within && holdsTrue(here));
}

function holdsTrue(flags: unknown): boolean {
  if (flags === true) return true;
  if (typeof flags !== 'object' || flags === null) return false;
  return Object.values(flags).some(holdsTrue);
}
