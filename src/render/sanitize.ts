/**
 * Makes text that users of the cluster wrote safe for a terminal: control characters, escape sequences and
 * direction marks become a visible stand-in, so that a tag cannot move the cursor or rewrite a line.
 */
export function sanitize(text: string): string {
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g, '?');
}

/** The same for text of several lines that we wrote ourselves around such names. */
export function sanitizeLines(text: string): string {
  return text.split('\n').map(sanitize).join('\n');
}
