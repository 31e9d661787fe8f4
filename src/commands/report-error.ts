/** What is said of an error, fit for a terminal: no secrets, no control characters. */
import { scrub } from '../inspect/collect/scrub.ts';
import { sanitize, sanitizeLines } from '../render/sanitize.ts';
import { EXIT, Interrupted, NoVerdictError, UsageError } from './exit-code.ts';
import type { Io } from './io.ts';

/** Longer lines repeat what somebody else sent. */
const LONGEST = 2000;

/** One line on stderr and the right exit code; a stack only when asked for. */
export function reportError(error: unknown, io: Io, debug: boolean): number {
  if (error instanceof Interrupted) return error.exitCode;
  const line = error instanceof Error ? error.message : String(error);
  io.stderr.write(`vpccni: ${errorText(line)}\n`);
  if (debug && error instanceof Error) io.stderr.write(`${errorText(error.stack ?? '', true)}\n`);
  if (error instanceof UsageError) return EXIT.usage;
  if (error instanceof NoVerdictError) return EXIT.noVerdict;
  if (!debug) io.stderr.write('This is a defect of vpccni; run again with --debug and report it.\n');
  return EXIT.usage;
}

/** `lines`: several of them, a stack. */
export function errorText(text: string, lines = false): string {
  const clean = scrub(text.slice(0, LONGEST * (lines ? 10 : 1)));
  return lines ? sanitizeLines(clean) : sanitize(clean.trimEnd());
}
