/** How many columns of a terminal a text takes. The only user of string-width. */
import stringWidth from 'string-width';

/** Renditions that the theme writes. */
const RENDITION = /\u001b\[[\d;]*m/g;
/** One column each, whatever stands beside them: Latin, and the punctuation, arrows and blocks that screens are made of. */
const NARROW = /^[ -~\u00a0-\u02ff\u2010-\u2027\u2030-\u205e\u2190-\u2193\u2200-\u22ff\u2500-\u25fc✔✖]*$/;

/** Columns; renditions take none, and what most fonts draw wide takes two. */
export function textWidth(text: string): number {
  const plain = text.includes('\u001b') ? text.replace(RENDITION, '') : text;
  // nearly all texts: what knows every emoji takes longer for one than the rest of its line
  return NARROW.test(plain) ? plain.length : stringWidth(plain);
}

/**
 * The text in so many columns, blanks included: cut with an ellipsis where it is longer, with no rendition left open.
 * `width` leaves room for the ellipsis.
 */
export function fitted(text: string, width: number, align: 'left' | 'right', ellipsis: string): string {
  const shown = textWidth(text) > width ? cutTo(text, width - textWidth(ellipsis)) + ellipsis : text;
  const blanks = ' '.repeat(Math.max(width - textWidth(shown), 0));
  return align === 'right' ? blanks + shown : shown + blanks;
}

function cutTo(text: string, width: number): string {
  let cut = '';
  let room = width;
  let end = '';
  for (const [piece] of text.matchAll(/\u001b\[[\d;]*m|[^\u001b]+/g)) {
    if (room <= 0) break;
    if (piece.startsWith('\u001b')) {
      cut += piece;
      end = ENDS.get(piece) ?? (piece === FOREGROUND_END ? '' : FOREGROUND_END);
      continue;
    }
    const kept = firstColumns(piece, room);
    cut += kept;
    // a wide character that does not fit leaves a column that nothing behind it may take
    room = kept === piece ? room - textWidth(piece) : 0;
  }
  return cut + end;
}

const FOREGROUND_END = '\u001b[39m';
const ENDS: ReadonlyMap<string, string> = new Map([
  ['\u001b[1m', '\u001b[22m'],
  ['\u001b[22m', ''],
]);

function firstColumns(text: string, room: number): string {
  if (NARROW.test(text)) return text.slice(0, room);
  const characters = [...text];
  while (textWidth(characters.join('')) > room) characters.pop();
  return characters.join('');
}
