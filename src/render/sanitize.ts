/**
 * Makes text that users of the cluster wrote safe to show: control characters, escape sequences, direction marks and what
 * no font draws (zero-width characters, tags) become visible, so that a name cannot move the cursor, rewrite a line or hide.
 */

/**
 * C0 and C1, soft hyphen, Arabic letter mark, Hangul fillers, Mongolian vowel separator, zero-width and direction marks, line
 * and paragraph separators, invisible operators, direction isolates, byte order mark, interlinear marks, tag characters, and
 * halves of characters.
 */
const BEYOND_C0 =
  '\\u007f-\\u009f\\u00ad\\u061c\\u115f\\u1160\\u180e\\u200b-\\u200f\\u2028-\\u202e\\u2060-\\u206f\\u3164\\ufeff\\uffa0\\ufff9-\\ufffb';
const BEYOND_16_BITS = '[\\u{e0000}-\\u{e0fff}]|\\p{Surrogate}';
const UNSEEN = new RegExp(`[\\u0000-\\u001f${BEYOND_C0}]|${BEYOND_16_BITS}`, 'gu');
/** All but line feeds, of which indented JSON has hundreds of thousands. */
const UNSEEN_IN_JSON = new RegExp(`[\\u0000-\\u0009\\u000b-\\u001f${BEYOND_C0}]|${BEYOND_16_BITS}`, 'gu');

/** All but tabs and ends of lines, which a cell in quotes may hold. */
const UNSEEN_IN_CELL = new RegExp(`[\\u0000-\\u0008\\u000b\\u000c\\u000e-\\u001f${BEYOND_C0}]|${BEYOND_16_BITS}`, 'gu');

/** For a cell of comma-separated values: each becomes a question mark. */
export function sanitizeCell(text: string): string {
  return text.replace(UNSEEN_IN_CELL, '?');
}

/** Each becomes a question mark. */
export function sanitize(text: string): string {
  return text.replace(UNSEEN, '?');
}

/** The same for text of several lines that we wrote ourselves around such names. */
export function sanitizeLines(text: string): string {
  return text.split('\n').map(sanitize).join('\n');
}

/** JSON in which nothing unseen stands as it is: escaped, so that it says the same. Line feeds between its tokens stay. */
export function escapeUnseen(json: string): string {
  return json.replace(UNSEEN_IN_JSON, (c) =>
    [...Array(c.length).keys()].map((i) => `\\u${c.charCodeAt(i).toString(16).padStart(4, '0')}`).join(''),
  );
}
