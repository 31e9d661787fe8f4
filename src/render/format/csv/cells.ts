/** Rows and cells of comma-separated values: quoted by RFC 4180, and unable to run as a spreadsheet's formula. */

import { sanitizeCell } from '../../sanitize.ts';

/** A range is written `4..10`, a list with blanks between, null and undefined as nothing. */
export type CsvValue =
  | string
  | number
  | boolean
  | null
  | undefined
  | { readonly min: number; readonly max: number }
  | readonly string[];

export interface Rows {
  /** Names of the fields, camelCase as in JSON. */
  readonly head: readonly string[];
  readonly rows: readonly (readonly CsvValue[])[];
}

/** Rows of things that share columns: each column a name and how it is read. */
export function rowsOf<T>(things: readonly T[], columns: Readonly<Record<string, (thing: T) => CsvValue>>): Rows {
  const readers = Object.values(columns);
  return { head: Object.keys(columns), rows: things.map((thing) => readers.map((read) => read(thing))) };
}

/** Lines end with a line feed alone: scripts read them more often than the programs RFC 4180 had in mind. */
export function writeRows({ head, rows }: Rows, headers: boolean): string {
  return [...(headers ? [head] : []), ...rows].map((row) => `${row.map(cellOf).join(',')}\n`).join('');
}

export function cellOf(value: CsvValue): string {
  if (value === null || value === undefined) return '';
  // A number cannot be a formula, and -1 must stay one.
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (typeof value === 'object' && 'min' in value) return `${value.min}..${value.max}`;
  return quoted(harmless(typeof value === 'string' ? value : value.join(' ')));
}

/**
 * Spreadsheets take a cell that starts so for a formula; an apostrophe makes it text (OWASP, CSV Injection). What could move
 * a terminal's cursor, or is not seen at all, is replaced.
 */
function harmless(text: string): string {
  const printable = sanitizeCell(text);
  return FORMULA.test(printable) ? `'${printable}` : printable;
}
const FORMULA = /^[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]/;

function quoted(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
