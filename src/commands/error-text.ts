/** What an error says, fit for a terminal: no secrets, no control characters. */
import { scrub } from '../inspect/collect/scrub.ts';
import { sanitize, sanitizeLines } from '../render/sanitize.ts';

/** Longer lines repeat what somebody else sent. */
const LONGEST = 2000;

export function errorText(text: string, lines = false): string {
  const clean = scrub(text.slice(0, LONGEST * (lines ? 10 : 1)));
  return lines ? sanitizeLines(clean) : sanitize(clean.trimEnd());
}
