/**
 * Reads an object by what is known of an earlier one. Pods of one owner have the same text but for some names, addresses and
 * times: once it is known where those stand, what lies between is compared, not read. An object that differs anywhere else is
 * not understood here.
 */
import { type Outline, outlineOf, Paths, type Place } from './json-outline.ts';
import { BACKSLASH, BLANK, endOfText, endOfValue } from './json-scan.ts';
import type { Wanted } from './json-wanted.ts';

/** Kinds of objects that are looked for at a time. */
const MOST_TEMPLATES = 64;
/** Kinds of which is known that they were seen. */
const MOST_KINDS = 20_000;
/** Objects of one kind that are learnt from: one that goes on to differ is read the long way. */
const MOST_LESSONS = 12;
/** A larger object is not kept. */
const LARGEST = 64 * 1024;
/** Comparing natively is faster from some length. */
const SHORT = 24;

export class Templates {
  /** Those used last come first. */
  readonly #templates: Template[] = [];
  readonly #kinds = new Map<string, Kind>();
  #paths = new Paths();
  #end = 0;

  /** Behind the object read last. */
  get end(): number {
    return this.#end;
  }

  /** The object that begins at `at`; undefined where it is like none. @throws SyntaxError for a text that is no JSON */
  read(bytes: Buffer, at: number): object | undefined {
    const templates = this.#templates;
    for (let i = 0; i < templates.length; i++) {
      const template = templates[i]!;
      const end = template.match(bytes, at);
      if (end < 0) continue;
      if (i > 0) {
        templates.copyWithin(1, 0, i);
        templates[0] = template;
      }
      this.#end = end;
      return template.make(bytes);
    }
    return undefined;
  }

  /** Learns from an object that was like none: `value` is what was read of it. The first of a kind may be the only one. */
  learn(name: string, object: Buffer, wanted: Wanted, value: object): void {
    if (object.length > LARGEST) return;
    const kind = this.#kinds.get(name);
    if (kind === undefined) {
      if (this.#kinds.size >= MOST_KINDS) this.#kinds.clear();
      this.#kinds.set(name, { lessons: 0, template: undefined });
      return;
    }
    if (kind.lessons++ >= MOST_LESSONS) return;
    const text = Buffer.from(object);
    const outline = outlineOf(text, wanted, this.#paths);
    if (outline === undefined) return;
    const before = kind.template;
    if (before) this.#paths.compare(before.outline, before.text, outline, text);
    kind.template = new Template(text, outline, this.#paths, value);
    const at = before ? this.#templates.indexOf(before) : -1;
    if (at >= 0) this.#templates.splice(at, 1);
    this.#templates.unshift(kind.template);
    if (this.#templates.length > MOST_TEMPLATES) this.#templates.pop();
  }

  forget(): void {
    this.#templates.length = 0;
    this.#kinds.clear();
    this.#paths = new Paths();
  }
}

interface Kind {
  lessons: number;
  template: Template | undefined;
}

/** A text with openings. */
class Template {
  readonly text: Buffer;
  readonly outline: Outline;
  /** What stands begins and ends here, an opening between one and the next. */
  readonly #from: number[] = [0];
  readonly #to: number[] = [];
  /** Of each opening: whether its text is read. */
  readonly #isRead: boolean[] = [];
  /** Of each opening in the object compared last, where it begins and ends. */
  readonly #openings: number[] = [];
  readonly #copy: Copy;

  constructor(text: Buffer, outline: Outline, paths: Paths, value: object) {
    this.text = text;
    this.outline = outline;
    this.#copy = { of: value, texts: [], below: [] };
    this.#open(outline, paths);
    this.#to.push(text.length);
  }

  #open(outline: Outline, paths: Paths): void {
    const { start, end, read, children } = outline;
    if (!paths.isOpen(outline)) {
      for (const child of children ?? []) this.#open(child, paths);
      return;
    }
    // the quotes of what is read stand
    const inside = read === 'not' ? 0 : 1;
    if (typeof read === 'object') place(this.#copy, read, this.#isRead.length);
    this.#isRead.push(inside > 0);
    this.#to.push(start + inside);
    this.#from.push(end - inside);
  }

  /** Behind an object that differs from this one in its openings only; negative for any other. */
  match(bytes: Buffer, at: number): number {
    const [from, to, openings, text] = [this.#from, this.#to, this.#openings, this.text];
    const last = from.length - 1;
    for (let i = 0; i <= last; i++) {
      if (!isSame(text, from[i]!, to[i]!, bytes, at)) return -1;
      at += to[i]! - from[i]!;
      if (i === last) break;
      openings[2 * i] = at;
      at = this.#isRead[i]! ? endOfText(bytes, at) - 1 : endOfValue(bytes, at);
      if (at < 0) return -1;
      openings[2 * i + 1] = at;
    }
    return at;
  }

  /** The object compared last. */
  make(bytes: Buffer): object {
    return made(this.#copy, bytes, this.#openings);
  }
}

function isSame(a: Buffer, from: number, to: number, b: Buffer, at: number): boolean {
  const length = to - from;
  if (at + length > b.length) return false;
  const short = length < SHORT ? length : SHORT;
  for (let i = 0; i < short; i++) if (a[from + i] !== b[at + i]) return false;
  return short === length || a.compare(b, at + short, at + length, from + short, to) === 0;
}

/** An object to be copied, texts of it replaced by those of openings. */
interface Copy {
  readonly of: object;
  readonly texts: [key: string | number, opening: number][];
  readonly below: [key: string | number, Copy][];
}

function place(copy: Copy, [key, ...rest]: Place, opening: number): void {
  if (rest.length === 0) copy.texts.push([key!, opening]);
  else {
    let below = copy.below.find(([k]) => k === key)?.[1];
    if (below === undefined) {
      below = { of: (copy.of as Record<string | number, object>)[key!]!, texts: [], below: [] };
      copy.below.push([key!, below]);
    }
    place(below, rest, opening);
  }
}

function made({ of, texts, below }: Copy, bytes: Buffer, openings: readonly number[]): object {
  const copy = (Array.isArray(of) ? [...of] : { ...of }) as Record<string | number, unknown>;
  for (const [key, opening] of texts) copy[key] = textOf(bytes, openings[2 * opening]!, openings[2 * opening + 1]!);
  for (const [key, inner] of below) copy[key] = made(inner, bytes, openings);
  return copy;
}

/** Of the bytes between two quotes. */
function textOf(bytes: Buffer, from: number, to: number): string {
  let isAscii = true;
  for (let i = from; i < to; i++) {
    const c = bytes[i]!;
    if (c < BLANK || c === BACKSLASH) return JSON.parse(bytes.toString('utf8', from - 1, to + 1));
    if (c >= 0x80) isAscii = false;
  }
  return bytes.toString(isAscii ? 'latin1' : 'utf8', from, to);
}
