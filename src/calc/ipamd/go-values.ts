/** How Go reads booleans and integers from text: the CNI accepts these spellings and no others. */

const TRUE = new Set(['1', 't', 'T', 'true', 'TRUE', 'True']);
const FALSE = new Set(['0', 'f', 'F', 'false', 'FALSE', 'False']);
const INT64_MAX = 9_223_372_036_854_775_807n;

/** `strconv.ParseBool`; undefined where Go returns an error. */
export function parseGoBool(text: string): boolean | undefined {
  if (TRUE.has(text)) return true;
  return FALSE.has(text) ? false : undefined;
}

/**
 * `strconv.Atoi` on a 64-bit node: decimal digits with an optional sign, no blanks, no separators; undefined where Go
 * returns an error. Values beyond 2^53 lose precision, which no count of addresses reaches.
 */
export function parseGoInt(text: string): number | undefined {
  if (!/^[+-]?[0-9]+$/.test(text)) return undefined;
  const value = BigInt(text.startsWith('+') ? text.slice(1) : text);
  if (value > INT64_MAX || value < -INT64_MAX - 1n) return undefined;
  return Number(value);
}
