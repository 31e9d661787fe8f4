/** The structure of one object of a JSON text: of which of its values something is read, and which of them may differ. */
import {
  behindSpace,
  CLOSE,
  CLOSE_LIST,
  COLON,
  COMMA,
  endOfText,
  endOfValue,
  OPEN,
  OPEN_LIST,
  QUOTE,
} from './json-scan.ts';
import { find, type Member, type Wanted } from './json-wanted.ts';

/** A value with the text it has. */
export interface Outline {
  readonly start: number;
  readonly end: number;
  /** Number of the names that lead to it, the same for all objects of a list. */
  readonly path: number;
  /** Nothing of it is read; it is read as it stands; or it stands at this place of the object read, where it may be another text. */
  readonly read: 'not' | 'fixed' | Place;
  /** Of an object or a list. */
  readonly children: readonly Outline[] | undefined;
}

export type Place = readonly (string | number)[];

/** Nothing sane is deeper. */
const DEEPEST = 64;

/** Numbers of paths, and those whose values were seen to differ between objects that are otherwise of one kind. */
export class Paths {
  readonly #numbers = new Map<string, number>();
  readonly #differing = new Set<number>();

  below(path: number, name: string): number {
    const key = `${path} ${name}`;
    const known = this.#numbers.get(key);
    if (known !== undefined) return known;
    this.#numbers.set(key, this.#numbers.size + 1);
    return this.#numbers.size;
  }

  /** Whether the text of a value is left open: nobody reads it, or a text is read wherever it stands. */
  isOpen({ path, read }: Outline): boolean {
    return read !== 'fixed' && this.#differing.has(path);
  }

  /** Takes up what differs between two objects; smallest parts first. False where they differ in what must stand. */
  compare(a: Outline, aText: Buffer, b: Outline, bText: Buffer): boolean {
    if (this.isOpen(a) || aText.compare(bText, b.start, b.end, a.start, a.end) === 0) return true;
    const [mine, others] = [a.children, b.children];
    if (mine && others && aText[a.start] === bText[b.start] && mine.length === others.length)
      if (mine.every((child, i) => child.path === others[i]!.path))
        return mine.every((child, i) => this.compare(child, aText, others[i]!, bText));
    if (a.read !== 'not' && !(a.read !== 'fixed' && isText(aText, a) && isText(bText, b))) return false;
    this.#differing.add(a.path);
    return true;
  }
}

function isText(bytes: Uint8Array, { start }: Outline): boolean {
  return bytes[start] === QUOTE;
}

/** Of an object read as `wanted`; undefined for one that had better be read member by member. */
export function outlineOf(bytes: Uint8Array, wanted: Wanted, paths: Paths): Outline | undefined {
  try {
    return new Outliner(bytes, paths).value({ wanted, place: [] }, 0, 0, 0);
  } catch (error) {
    if (error instanceof NotUnderstood) return undefined;
    throw error;
  }
}

class NotUnderstood extends Error {}

function stop(): never {
  throw new NotUnderstood();
}

/** What is read of a value. Without a place it is shared, and must stand as it is. */
interface Reading {
  readonly wanted: Wanted;
  readonly place: Place | undefined;
}

class Outliner {
  readonly #bytes: Uint8Array;
  readonly #paths: Paths;

  constructor(bytes: Uint8Array, paths: Paths) {
    this.#bytes = bytes;
    this.#paths = paths;
  }

  /** Of the value that begins at `start`; without a reading nobody looks at it. */
  value(reading: Reading | undefined, start: number, path: number, depth: number): Outline {
    const first = this.#bytes[start];
    const nested = first === OPEN || first === OPEN_LIST;
    if (reading === undefined)
      return nested ? this.#nested(undefined, undefined, start, path, depth) : this.#leaf(start, path, 'not');
    const { wanted, place } = reading;
    if (wanted.members === undefined)
      return this.#leaf(start, path, (first === QUOTE && !wanted.shared && place) || 'fixed');
    if (!nested) return this.#leaf(start, path, 'fixed');
    const inner = wanted.shared ? { wanted, place: undefined } : reading;
    return this.#nested(inner, wanted.own && { wanted: wanted.own, place }, start, path, depth);
  }

  #leaf(start: number, path: number, read: Outline['read']): Outline {
    const end = endOfValue(this.#bytes, start);
    return end < 0 ? stop() : { start, end, path, read, children: undefined };
  }

  /** Of an object or a list; `own` are the members that are read beside those of a shared object. */
  #nested(inner: Reading | undefined, own: Reading | undefined, start: number, path: number, depth: number): Outline {
    if (depth > DEEPEST) stop();
    const isObject = this.#bytes[start] === OPEN;
    const close = isObject ? CLOSE : CLOSE_LIST;
    const seen = new Set<Member>();
    const children: Outline[] = [];
    let at = behindSpace(this.#bytes, start + 1);
    while (this.#bytes[at] !== close) {
      const child = isObject
        ? this.#member(inner, own, at, path, depth, seen)
        : this.#item(inner, children.length, at, path, depth);
      children.push(child);
      at = behindSpace(this.#bytes, child.end);
      if (this.#bytes[at] === COMMA) at = behindSpace(this.#bytes, at + 1);
      else if (this.#bytes[at] !== close) stop();
    }
    return { start, end: at + 1, path, read: inner ? 'fixed' : 'not', children };
  }

  #member(
    inner: Reading | undefined,
    own: Reading | undefined,
    key: number,
    path: number,
    depth: number,
    seen: Set<Member>,
  ): Outline {
    const bytes = this.#bytes;
    const end = bytes[key] === QUOTE ? endOfText(bytes, key + 1) : stop();
    const colon = end < 0 ? stop() : behindSpace(bytes, end);
    if (bytes[colon] !== COLON) stop();
    const name = Buffer.from(bytes.buffer, bytes.byteOffset + key + 1, end - key - 2).toString('latin1');
    const below = readingOf(inner, name) ?? readingOf(own, name);
    // of what comes twice the last counts
    if (below && (seen.has(below.member) || below.wanted.rows)) stop();
    if (below) seen.add(below.member);
    return this.value(below, behindSpace(bytes, colon + 1), this.#paths.below(path, `.${name}`), depth + 1);
  }

  #item(inner: Reading | undefined, number: number, start: number, path: number, depth: number): Outline {
    const name = this.#paths.below(path, '[');
    if (inner === undefined) return this.value(undefined, start, name, depth + 1);
    if (this.#bytes[start] !== OPEN) return this.#leaf(start, name, 'fixed');
    const place = inner.place && [...inner.place, number];
    return this.#nested({ wanted: inner.wanted, place }, undefined, start, name, depth + 1);
  }
}

/** Of the member of this name, in Latin-1 as its bytes are. */
function readingOf(object: Reading | undefined, name: string): (Reading & { readonly member: Member }) | undefined {
  if (object === undefined) return undefined;
  const bytes = Buffer.from(name, 'latin1');
  const member = find(object.wanted, bytes, 0, bytes.length);
  return member && { member, wanted: member.wanted, place: object.place && [...object.place, member.key] };
}
