/**
 * Reads of a large EC2 reply only what is wanted, straight from its bytes. The SDK makes an object of every element first,
 * which for the replies that list thousands of ENIs and instances is most of what asking AWS costs.
 */

/** What an element holds. Lists are `<item>` after `<item>`, as EC2 writes all of its own. */
export type Xml = 'text' | 'number' | 'boolean' | 'time' | Members | { readonly list: Members };

/** Element -> name and shape of the member it becomes, as the SDK names them. */
export interface Members {
  readonly [element: string]: readonly [member: string, shape: Xml];
}

const LESS = 0x3c;
const GREATER = 0x3e;
const SLASH = 0x2f;
const AMPERSAND = 0x26;
const RETURN = 0x0d;
const isSpace = (c: number | undefined) => c === 0x20 || c === 0x0a || c === 0x0d || c === 0x09;

/**
 * The members of the root element. Undefined for a text that has something this does not understand in a place that
 * matters, be it valid or not: such a one is for a whole parser.
 */
export function readXml(bytes: Uint8Array, root: string, members: Members): Record<string, unknown> | undefined {
  try {
    return new Reader(bytes).root(root, plan(members));
  } catch (error) {
    if (error instanceof NotUnderstood) return undefined;
    throw error;
  }
}

class NotUnderstood extends Error {}

function stop(): never {
  throw new NotUnderstood();
}

interface Plan {
  /** By the length of the element's name. */
  readonly byLength: readonly (readonly Wanted[] | undefined)[];
}

interface Wanted {
  readonly element: Uint8Array;
  readonly member: string;
  readonly leaf: 'text' | 'number' | 'boolean' | 'time' | undefined;
  readonly below: Plan | undefined;
  readonly isList: boolean;
}

const plans = new WeakMap<Members, Plan>();

function plan(members: Members): Plan {
  const known = plans.get(members);
  if (known) return known;
  const byLength: Wanted[][] = [];
  for (const [element, [member, shape]] of Object.entries(members)) {
    const below = typeof shape === 'string' ? undefined : isList(shape) ? shape.list : shape;
    byLength[element.length] ??= [];
    byLength[element.length]!.push({
      element: Buffer.from(element),
      member,
      leaf: typeof shape === 'string' ? shape : undefined,
      below: below && plan(below),
      isList: typeof shape !== 'string' && isList(shape),
    });
  }
  const made = { byLength };
  plans.set(members, made);
  return made;
}

function isList(shape: Exclude<Xml, string>): shape is { readonly list: Members } {
  return 'list' in shape && !Array.isArray(shape.list);
}

const ITEM = Buffer.from('item');

class Reader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  root(name: string, members: Plan): Record<string, unknown> {
    this.#space();
    if (this.#bytes.toString('latin1', this.#at, this.#at + 5) === '<?xml') {
      const end = this.#bytes.indexOf('?>', this.#at);
      if (end < 0) stop();
      this.#at = end + 2;
      this.#space();
    }
    const element = Buffer.from(name);
    if (this.#bytes[this.#at] !== LESS || !this.#isHere(element, this.#at + 1)) stop();
    // only the root has attributes: its namespace
    const end = this.#bytes.indexOf(GREATER, this.#at);
    const behind = this.#bytes[this.#at + 1 + element.length];
    if (end < 0 || this.#bytes[end - 1] === SLASH || (behind !== GREATER && !isSpace(behind))) stop();
    this.#at = end + 1;
    const value = this.#members(members, element);
    this.#space();
    if (this.#at !== this.#bytes.length) stop();
    return value;
  }

  /** Up to behind the closing tag of `parent`. */
  #members({ byLength }: Plan, parent: Uint8Array): Record<string, unknown> {
    const value: Record<string, unknown> = {};
    const bytes = this.#bytes;
    for (;;) {
      this.#space();
      if (bytes[this.#at] !== LESS) stop();
      if (bytes[this.#at + 1] === SLASH) {
        this.#close(parent);
        return value;
      }
      const start = this.#at + 1;
      const end = this.#name(start);
      const wanted = this.#find(byLength[end - start], start);
      if (wanted === undefined) this.#skip();
      else {
        // what comes twice is no member
        if (value[wanted.member] !== undefined) stop();
        value[wanted.member] = this.#wanted(wanted, end);
      }
    }
  }

  #wanted({ element, leaf, below, isList }: Wanted, nameEnd: number): unknown {
    const bytes = this.#bytes;
    const isEmpty = bytes[nameEnd] === SLASH && bytes[nameEnd + 1] === GREATER;
    if (!isEmpty && bytes[nameEnd] !== GREATER) stop();
    this.#at = nameEnd + (isEmpty ? 2 : 1);
    if (leaf) return isEmpty ? leafOf(leaf, '') : leafOf(leaf, this.#leafText(element));
    if (isList) return isEmpty ? [] : this.#list(below!, element);
    return isEmpty ? stop() : this.#members(below!, element);
  }

  #list(members: Plan, parent: Uint8Array): unknown[] {
    const items: unknown[] = [];
    const bytes = this.#bytes;
    for (;;) {
      this.#space();
      if (bytes[this.#at] !== LESS) stop();
      if (bytes[this.#at + 1] === SLASH) {
        this.#close(parent);
        return items;
      }
      if (!this.#isHere(ITEM, this.#at + 1) || bytes[this.#at + 1 + ITEM.length] !== GREATER) stop();
      this.#at += ITEM.length + 2;
      items.push(this.#members(members, ITEM));
    }
  }

  /** The text up to the closing tag. */
  #leafText(element: Uint8Array): string {
    const bytes = this.#bytes;
    const start = this.#at;
    let at = start;
    let plain = true;
    let c = bytes[at];
    while (c !== undefined && c !== LESS) {
      if (c >= 0x80 || c === AMPERSAND || c === RETURN) plain = false;
      c = bytes[++at];
    }
    this.#at = at;
    this.#close(element);
    if (plain) return bytes.toString('latin1', start, at);
    const text = bytes.toString('utf8', start, at);
    return text.includes('\r') ? stop() : text.replace(/&([^;]*);?/g, entity);
  }

  #close(element: Uint8Array): void {
    const name = this.#at + 2;
    const bytes = this.#bytes;
    if (bytes[this.#at] !== LESS || bytes[this.#at + 1] !== SLASH || !this.#isHere(element, name)) stop();
    if (bytes[name + element.length] !== GREATER) stop();
    this.#at = name + element.length + 1;
  }

  /** Past the element that begins here, whatever is in it: no comments and the like, which EC2 does not write. */
  #skip(): void {
    const bytes = this.#bytes;
    const length = bytes.length;
    let at = this.#at;
    let depth = 0;
    do {
      while (at < length && bytes[at] !== LESS) at++;
      const next = bytes[at + 1];
      if (next === 0x21 || next === 0x3f) stop();
      while (at < length && bytes[at] !== GREATER) at++;
      if (at >= length) stop();
      if (next === SLASH) depth--;
      else if (bytes[at - 1] !== SLASH) depth++;
      at++;
    } while (depth > 0);
    if (depth < 0) stop();
    this.#at = at;
  }

  /** Where the name ends that begins here. */
  #name(start: number): number {
    const bytes = this.#bytes;
    let at = start;
    let c = bytes[at];
    while (c !== undefined && c !== GREATER && c !== SLASH && c !== LESS && !isSpace(c)) c = bytes[++at];
    return c === undefined || at === start ? stop() : at;
  }

  #find(candidates: readonly Wanted[] | undefined, at: number): Wanted | undefined {
    if (candidates === undefined) return undefined;
    for (const candidate of candidates) if (this.#isHere(candidate.element, at)) return candidate;
    return undefined;
  }

  #isHere(name: Uint8Array, at: number): boolean {
    for (let i = 0; i < name.length; i++) if (name[i] !== this.#bytes[at + i]) return false;
    return true;
  }

  #space(): void {
    while (isSpace(this.#bytes[this.#at])) this.#at++;
  }
}

function leafOf(leaf: NonNullable<Wanted['leaf']>, text: string): unknown {
  if (leaf === 'text') return text.trim() === '' && text.includes('\n') ? '' : text;
  if (leaf === 'boolean') return text === 'true' || (text === 'false' ? false : stop());
  if (leaf === 'number') return /^-?\d{1,15}$/.test(text) ? Number(text) : stop();
  return /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,3})?Z$/.test(text) ? new Date(text) : stop();
}

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

function entity(whole: string, name: string): string {
  if (!whole.endsWith(';')) stop();
  const known = ENTITIES[name];
  if (known !== undefined) return known;
  const [, hex, decimal] = /^#(?:x([0-9a-fA-F]{1,6})|(\d{1,7}))$/.exec(name) ?? stop();
  const code = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16);
  return code > 0 && code <= 0x10ffff && !(code >= 0xd800 && code <= 0xdfff) ? String.fromCodePoint(code) : stop();
}
