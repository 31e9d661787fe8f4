/**
 * A JSON object member by member, from pieces of its text: of a file of any size only one member is held as text at a time,
 * and a reader may reduce each before the next one is there.
 */

/** Outside strings: bytes that mean something between members, and those that do everywhere; 0 is any other. */
const [COMMA, COLON, QUOTE, OPEN, CLOSE] = [1, 2, 3, 4, 5] as const;
const MEANING = new Uint8Array(256);
for (const [bytes, meaning] of [
  ['"', QUOTE],
  ['[{', OPEN],
  [']}', CLOSE],
  [',', COMMA],
  [':', COLON],
] as const)
  for (const byte of Buffer.from(bytes)) MEANING[byte] = meaning;

const [QUOTATION_MARK, BACKSLASH, OPEN_BRACE, CLOSE_BRACE] = [0x22, 0x5c, 0x7b, 0x7d];
const BLANKS: ReadonlySet<number> = new Set([0x20, 0x09, 0x0a, 0x0d]);
const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf];

/** Splits what it is given. It judges nothing that the parser judges: what it cannot split is no object, or broken. */
export class JsonMembers {
  readonly #take: (name: string, value: unknown) => void;
  readonly #deepest: number;
  /** What is not yet parsed: the member under way, and what follows of the last piece. */
  #held = Buffer.alloc(0);
  #length = 0;
  /** Where looking goes on; one past the end after a backslash that was the last byte. */
  #at = 0;
  #state: 'before' | 'inside' | 'after' = 'before';
  #inString = false;
  #depth = 0;
  #start = 0;
  #colon = -1;
  #members = 0;

  /**
   * @param take gets each member, in the order of the text; of two with one name the later counts
   * @param deepest brackets within a member
   */
  constructor(take: (name: string, value: unknown) => void, deepest: number) {
    this.#take = take;
    this.#deepest = deepest;
  }

  /** @throws SyntaxError as soon as the text cannot be an object that is not too deep */
  push(piece: Uint8Array): void {
    this.#hold(piece);
    if (this.#state === 'before') this.#open();
    if (this.#state === 'inside') this.#scan();
    if (this.#state === 'after') this.#expectNothing();
  }

  /** Whether all of it was one object. */
  get isWhole(): boolean {
    return this.#state === 'after';
  }

  /** Behind what is left of the pieces before, which moves to the front. */
  #hold(piece: Uint8Array): void {
    const done = this.#state === 'inside' ? this.#start : Math.min(this.#at, this.#length);
    const rest = this.#length - done;
    const before = this.#held;
    if (before.length < rest + piece.length)
      this.#held = Buffer.allocUnsafeSlow(Math.max(2 * before.length, rest + piece.length));
    before.copy(this.#held, 0, done, this.#length);
    this.#held.set(piece, rest);
    this.#length = rest + piece.length;
    this.#at -= done;
    this.#start -= done;
    if (this.#colon >= 0) this.#colon -= done;
  }

  #open(): void {
    if (this.#at === 0 && BYTE_ORDER_MARK.every((byte, i) => this.#held[i] === byte)) this.#at = BYTE_ORDER_MARK.length;
    this.#skipBlanks();
    if (this.#at === this.#length) return;
    if (this.#held[this.#at] !== OPEN_BRACE) throw new SyntaxError('not an object');
    this.#state = 'inside';
    this.#start = ++this.#at;
  }

  /** To the end of what is held, or of the object. In a member, at any depth, commas and colons are passed over like letters. */
  #scan(): void {
    const held = this.#held;
    const length = this.#length;
    let at = this.#at;
    let least = this.#least();
    while (at < length) {
      if (this.#inString) {
        at = endOfString(held, at, length);
        if (at >= length) break;
        this.#inString = false;
        at++;
      }
      while (at < length && MEANING[held[at]!]! < least) at++;
      if (at >= length) break;
      const meaning = MEANING[held[at]!];
      if (meaning === QUOTE) this.#inString = true;
      else {
        this.#meet(meaning, at);
        least = this.#least();
      }
      at++;
      if (this.#state !== 'inside') break;
    }
    this.#at = at;
  }

  /** The least meaning that counts where we are. */
  #least(): number {
    return this.#depth === 0 ? COMMA : QUOTE;
  }

  #meet(meaning: number | undefined, at: number): void {
    if (meaning === OPEN) {
      if (++this.#depth > this.#deepest) throw new SyntaxError('too deep');
    } else if (meaning === CLOSE) {
      if (this.#depth-- === 0) this.#close(at);
    } else if (meaning === COMMA) this.#member(at);
    else if (this.#colon < 0) this.#colon = at;
  }

  /** The object ends: with a member, or without any. */
  #close(at: number): void {
    if (this.#held[at] !== CLOSE_BRACE) throw new SyntaxError('not closed');
    if (this.#members > 0 || this.#colon >= 0 || this.#text(this.#start, at).trim() !== '') this.#member(at);
    this.#state = 'after';
  }

  #member(end: number): void {
    const name: unknown = JSON.parse(this.#text(this.#start, Math.max(this.#start, this.#colon)));
    if (typeof name !== 'string') throw new SyntaxError('not a name');
    this.#take(name, JSON.parse(this.#text(this.#colon + 1, end)));
    this.#members++;
    this.#start = end + 1;
    this.#colon = -1;
  }

  #text(start: number, end: number): string {
    return this.#held.toString('utf8', start, end);
  }

  #expectNothing(): void {
    this.#skipBlanks();
    if (this.#at < this.#length) throw new SyntaxError('more than an object');
  }

  #skipBlanks(): void {
    while (this.#at < this.#length && BLANKS.has(this.#held[this.#at]!)) this.#at++;
  }
}

/** The place of the closing quote; the length, or one more behind a backslash, where it is still to come. */
function endOfString(held: Uint8Array, from: number, length: number): number {
  let at = from;
  while (at < length) {
    const byte = held[at];
    if (byte === QUOTATION_MARK) return at;
    at += byte === BACKSLASH ? 2 : 1;
  }
  return at;
}
