/**
 * Reads of a JSON text only what is wanted. Most of a list of pods is never looked at (managed fields, environments, image
 * ids), and what is looked at repeats from pod to pod of one owner: parsing everything would be most of a collection's work
 * and garbage.
 */

import {
  BACKSLASH,
  BLANK,
  behindSpace,
  CLOSE,
  CLOSE_LIST,
  COLON,
  COMMA,
  endOfValue,
  OPEN,
  OPEN_LIST,
  QUOTE,
} from './json-scan.ts';
import { Templates } from './json-templates.ts';
import { find, type Keep, type Member, REST, type Wanted, wantedOf } from './json-wanted.ts';

/** More different values than this are no longer looked for among those of earlier texts. */
const MOST_SHARED = 20_000;

/** Copying by hand is faster up to some length. */
const SHORT = 48;

const LEAST_OUT = 64 * 1024;

/** One reader serves all pages of a list, so that values are shared over all of them. */
export class JsonProjection {
  readonly #root: Wanted;
  #in: Buffer = EMPTY;
  #at = 0;
  #out: Buffer = Buffer.allocUnsafe(LEAST_OUT);
  #length = 0;
  #broken = false;
  readonly #numbers = new Map<string, number>();
  #values: unknown[] = [];
  readonly #templates = new Templates();
  /** Those of the text that is being read. */
  #rows: unknown[] | undefined;
  /** Numbers of the shared values of one row: what has the same is of one kind. */
  #kind = '';

  constructor(keep: Keep) {
    this.#root = wantedOf(keep);
  }

  /**
   * As JSON.parse, less what is not wanted. Undefined for a text it does not understand, whether or not it is JSON: what is
   * left out is only looked at for where it ends.
   */
  read(bytes: Uint8Array): unknown {
    if (this.#values.length > MOST_SHARED) {
      this.#numbers.clear();
      this.#values = [];
      this.#templates.forget();
    }
    this.#in = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#at = 0;
    this.#length = 0;
    this.#broken = false;
    this.#rows = undefined;
    try {
      this.#value(this.#root);
      this.#space();
      this.#in = EMPTY;
      if (this.#broken || this.#at !== bytes.length) return undefined;
      const value: unknown = JSON.parse(this.#out.toString('utf8', 0, this.#length));
      return this.#root.restored ? this.#restore(value, this.#root) : value;
    } catch (error) {
      if (error instanceof SyntaxError) return undefined;
      throw error;
    }
  }

  #value(wanted: Wanted): void {
    this.#space();
    const first = this.#in[this.#at];
    const isObject = first === OPEN;
    if (!isObject && first !== OPEN_LIST) {
      // what is not as expected is left to a whole parse
      if (wanted.shared || wanted.rows) this.#broken = true;
      this.#whole();
    } else if (wanted.rows) this.#allRows(wanted);
    else if (!wanted.shared) {
      if (wanted.members === undefined) this.#whole();
      else if (isObject) this.#object(wanted);
      else this.#list(wanted);
    } else if (wanted.own && isObject) this.#sharedWithOwn(wanted, wanted.own);
    else {
      const start = this.#length;
      if (wanted.members === undefined) this.#whole();
      else if (isObject) this.#object(wanted);
      else this.#list(wanted);
      const number = this.#numberOf(start);
      this.#length = start;
      this.#text(String(number));
    }
  }

  #whole(): void {
    const start = this.#at;
    this.#skip();
    this.#copy(start, this.#at);
  }

  #list(wanted: Wanted): void {
    this.#byte(OPEN_LIST);
    this.#at++;
    this.#space();
    if (this.#in[this.#at] === CLOSE_LIST) this.#at++;
    else
      while (!this.#broken) {
        if (this.#in[this.#at] === OPEN) this.#object(wanted);
        else this.#whole();
        this.#space();
        const c = this.#in[this.#at++];
        if (c === CLOSE_LIST) break;
        if (c !== COMMA) this.#broken = true;
        this.#byte(COMMA);
        this.#space();
      }
    this.#byte(CLOSE_LIST);
  }

  /** Each row on its own, kept beside; in the list that is written there is none. */
  #allRows(wanted: Wanted): void {
    if (this.#rows !== undefined || this.#in[this.#at] !== OPEN_LIST) this.#broken = true;
    this.#rows = [];
    this.#text('[]');
    this.#at++;
    this.#space();
    if (this.#in[this.#at] === CLOSE_LIST) this.#at++;
    else
      while (!this.#broken) {
        if (this.#in[this.#at] !== OPEN) this.#broken = true;
        else {
          const known = this.#templates.read(this.#in, this.#at);
          if (known) this.#at = this.#templates.end;
          this.#rows.push(known ?? this.#row(wanted));
        }
        this.#space();
        const c = this.#in[this.#at++];
        if (c === CLOSE_LIST) break;
        if (c !== COMMA) this.#broken = true;
        this.#space();
      }
  }

  #row(wanted: Wanted): unknown {
    const [start, written] = [this.#at, this.#length];
    this.#kind = '';
    this.#object(wanted);
    if (this.#broken) return undefined;
    const value: unknown = JSON.parse(this.#out.toString('utf8', written, this.#length));
    this.#length = written;
    this.#restoreMembers(value, wanted);
    if (this.#kind !== '')
      this.#templates.learn(this.#kind, this.#in.subarray(start, this.#at), wanted, value as object);
    return value;
  }

  /** Writes the members that are wanted; hears of the own ones where told to. */
  #object(wanted: Wanted, own?: Wanted, onOwn?: (member: Member) => void): void {
    const bytes = this.#in;
    this.#byte(OPEN);
    this.#at++;
    let written = 0;
    this.#space();
    if (bytes[this.#at] === CLOSE) this.#at++;
    else
      while (!this.#broken) {
        const key = this.#at;
        const end = this.#key();
        const member = find(wanted, bytes, key + 1, end);
        if (member) {
          if (written++ > 0) this.#byte(COMMA);
          this.#copy(key, this.#at);
          this.#value(member.wanted);
        } else {
          const mine = own && find(own, bytes, key + 1, end);
          if (mine) onOwn?.(mine);
          this.#skip();
        }
        if (bytes[this.#at]! <= BLANK) this.#space();
        const c = bytes[this.#at++];
        if (c === CLOSE) break;
        if (c !== COMMA) this.#broken = true;
        if (bytes[this.#at]! <= BLANK) this.#space();
      }
    this.#byte(CLOSE);
  }

  #sharedWithOwn(wanted: Wanted, own: Wanted): void {
    const start = this.#length;
    const mine: { readonly member: Member; readonly at: number }[] = [];
    this.#object(wanted, own, (member) => mine.push({ member, at: this.#at }));
    const number = this.#numberOf(start);
    this.#length = start;
    this.#text(`{"":${number}`);
    const end = this.#at;
    for (const { member, at } of mine) {
      this.#text(`,${JSON.stringify(member.key)}:`);
      this.#at = at;
      this.#value(member.wanted);
    }
    this.#at = end;
    this.#byte(CLOSE);
  }

  /** Behind key and colon; where the key ends. Keys written with escapes are left to a whole parse. */
  #key(): number {
    const bytes = this.#in;
    let at = this.#at;
    if (bytes[at++] !== QUOTE) this.#broken = true;
    let c = bytes[at];
    while (c !== QUOTE && c !== BACKSLASH && c !== undefined) c = bytes[++at];
    if (c !== QUOTE) this.#broken = true;
    const end = at++;
    if (bytes[at]! <= BLANK) {
      this.#at = at;
      this.#space();
      at = this.#at;
    }
    if (bytes[at++] !== COLON) this.#broken = true;
    this.#at = at;
    if (bytes[at]! <= BLANK) this.#space();
    return end;
  }

  /** To the end of the value that begins here. */
  #skip(): void {
    const end = endOfValue(this.#in, this.#at);
    if (end < 0) this.#broken = true;
    else this.#at = end;
  }

  #space(): void {
    this.#at = behindSpace(this.#in, this.#at);
  }

  #copy(from: number, to: number): void {
    const size = to - from;
    this.#reserve(size);
    const [source, target] = [this.#in, this.#out];
    let at = this.#length;
    if (size > SHORT) target.set(source.subarray(from, to), at);
    else for (let i = from; i < to; i++) target[at++] = source[i]!;
    this.#length += size;
  }

  #byte(byte: number): void {
    this.#reserve(1);
    this.#out[this.#length++] = byte;
  }

  #text(text: string): void {
    this.#reserve(text.length * 3);
    this.#length += this.#out.write(text, this.#length);
  }

  #reserve(size: number): void {
    if (this.#length + size <= this.#out.length) return;
    const larger = Buffer.allocUnsafe(2 * (this.#length + size));
    larger.set(this.#out.subarray(0, this.#length));
    this.#out = larger;
  }

  /** Of the value written last, from `start`. */
  #numberOf(start: number): number {
    if (this.#broken) return 0;
    const key = this.#out.toString('latin1', start, this.#length);
    let number = this.#numbers.get(key);
    if (number === undefined) {
      number = this.#values.length;
      this.#values.push(JSON.parse(this.#out.toString('utf8', start, this.#length)));
      this.#numbers.set(key, number);
    }
    this.#kind += `${number} `;
    return number;
  }

  #restore(value: unknown, wanted: Wanted): unknown {
    if (wanted.rows) return this.#rows;
    if (wanted.shared) {
      if (typeof value === 'number') return this.#values[value];
      const { '': number, ...own } = value as Record<string, unknown>;
      for (const { key, wanted: below } of wanted.own?.members ?? [])
        if (below.restored && key in own) own[key] = this.#restore(own[key], below);
      const rest = this.#values[number as number] as object;
      return { ...rest, ...own, [REST]: rest };
    }
    if (Array.isArray(value)) for (const item of value) this.#restoreMembers(item, wanted);
    else this.#restoreMembers(value, wanted);
    return value;
  }

  #restoreMembers(object: unknown, { members = [] }: Wanted): void {
    if (typeof object !== 'object' || object === null || Array.isArray(object)) return;
    const of = object as Record<string, unknown>;
    for (const { key, wanted } of members) {
      const value = of[key];
      if (wanted.restored && value !== undefined) of[key] = this.#restore(value, wanted);
    }
  }
}

const EMPTY = Buffer.alloc(0);
