/**
 * Takes secrets out of texts that are shown or kept: errors quote URLs, headers and what plugins say. Known secrets go by
 * value, others by their usual looks.
 */

const known = new Set<string>();
/** Shorter ones would take parts of words along. */
const SHORTEST = 6;
const HIDDEN = '***';

/** From now on this text is shown nowhere. */
export function keepSecret(secret: string | undefined): void {
  if (secret !== undefined && secret.length >= SHORTEST) known.add(secret);
}

const LOOKS: readonly (readonly [RegExp, string])[] = [
  // user:password@ and what follows a question mark in URLs
  [/\b([a-z][a-z0-9+.-]{0,20}:\/\/)[^\s/?#@"']{1,500}@/gi, `$1${HIDDEN}@`],
  [/\b([a-z][a-z0-9+.-]{0,20}:\/\/[^\s?"'<>]{1,2000})\?[^\s"'<>)]+/gi, `$1?${HIDDEN}`],
  [/\b(bearer|basic)[ =:]+[\w+/=.~-]{6,}/gi, `$1 ${HIDDEN}`],
  [/\bk8s-aws-v1\.[\w=-]+/g, HIDDEN],
  [/\beyJ[\w-]{5,}(?:\.[\w-]+){0,2}/g, HIDDEN],
  [/\b(?:AKIA|ASIA|AIDA|AROA)[A-Z0-9]{12,}\b/g, HIDDEN],
  [
    /\b([\w-]{0,40}(?:token|password|passwd|secret|key|signature|credential)s?["']?\s{0,3}[=:]\s{0,3}["']?)[^\s"',;&)]{4,}/gi,
    `$1${HIDDEN}`,
  ],
];

export function scrub(text: string): string {
  let clean = text;
  for (const secret of known) clean = clean.replaceAll(secret, HIDDEN);
  for (const [look, instead] of LOOKS) clean = clean.replace(look, instead);
  return clean;
}

/** For texts of programs that hold secrets: also any longer word of letters and digits mixed, which is no host or ARN. */
export function scrubPlugin(text: string): string {
  return scrub(text).replace(/[A-Za-z0-9+/=_-]{16,}/g, (word) =>
    /\d/.test(word) && /[A-Za-z]/.test(word) && !word.includes('/') ? HIDDEN : word,
  );
}
