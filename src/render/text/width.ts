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
