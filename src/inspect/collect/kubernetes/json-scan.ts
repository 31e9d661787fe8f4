/** Where the parts of a JSON text end. What is skipped is not checked: that is left to who reads it. */

// Numbers as they are: the build writes them where they stand, and the loops below read millions of bytes.
export const QUOTE = 0x22;
export const BACKSLASH = 0x5c;
export const COMMA = 0x2c;
export const COLON = 0x3a;
export const OPEN_LIST = 0x5b;
export const CLOSE_LIST = 0x5d;
export const OPEN = 0x7b;
export const CLOSE = 0x7d;
export const BLANK = 0x20;
/** Brackets stand behind the capital letters. */
const LETTERS = 0x5a;

/** Behind the value that begins at `at`; negative for one that does not end. */
export function endOfValue(bytes: Uint8Array, at: number): number {
  const first = bytes[at];
  if (first === QUOTE) return endOfText(bytes, at + 1);
  return first === OPEN || first === OPEN_LIST ? endOfNested(bytes, at) : endOfScalar(bytes, at);
}

/** Behind the quote that ends the text of which `at` is the first byte; negative for one that does not end. */
export function endOfText(bytes: Uint8Array, at: number): number {
  let c = bytes[at++];
  while (c !== QUOTE && c !== undefined) {
    if (c === BACKSLASH) at++;
    c = bytes[at++];
  }
  return c === undefined ? -1 : at;
}

/** The first byte from `at` that is no white space. */
export function behindSpace(bytes: Uint8Array, at: number): number {
  let c = bytes[at];
  while (c === 0x20 || c === 0x0a || c === 0x0d || c === 0x09) c = bytes[++at];
  return at;
}

function endOfScalar(bytes: Uint8Array, start: number): number {
  let at = start;
  let c = bytes[at];
  while (c !== undefined && c > BLANK && c !== COMMA && (c | 0x20) !== CLOSE) c = bytes[++at];
  return at === start ? -1 : at;
}

function endOfNested(bytes: Uint8Array, start: number): number {
  const length = bytes.length;
  let at = start;
  let depth = 0;
  while (at < length) {
    const c = bytes[at++]!;
    if (c === QUOTE) {
      // the text, here: a call for each costs as much as reading it
      let d = bytes[at++];
      while (d !== QUOTE && d !== undefined) {
        if (d === BACKSLASH) at++;
        d = bytes[at++];
      }
    } else if (c > LETTERS) {
      const bracket = c | 0x20;
      if (bracket === OPEN) depth++;
      else if (bracket === CLOSE && --depth === 0) break;
    }
  }
  return depth > 0 || at > length ? -1 : at;
}
