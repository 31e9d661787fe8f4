/** The exit codes of every command, decided in one place from the unfiltered report, the same for every format. */
import type { Finding, Severity } from '../inspect/contract/finding.ts';
import type { NotEvaluated } from '../inspect/contract/report.ts';
import { atLeast } from '../inspect/contract/severity.ts';

export const EXIT = { ok: 0, failed: 1, usage: 2, noVerdict: 3, interrupted: 130, terminated: 143 } as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** What the user can mend: a bad flag, a bad file, an unknown instance type. One line, exit 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';

  /** By name: a file that is bundled by itself, such as what `explain` loads, has a class of its own. */
  static override [Symbol.hasInstance](error: unknown): boolean {
    return error instanceof Error && error.name === 'UsageError';
  }
}

/** Neither AWS nor Kubernetes gave enough to say anything. One line, exit 3. */
export class NoVerdictError extends Error {}

/** Ended by a signal before there was a verdict. Nothing more is written. */
export class Interrupted extends Error {
  readonly exitCode: ExitCode;

  constructor(exitCode: ExitCode) {
    super('interrupted');
    this.exitCode = exitCode;
  }
}

/**
 * 1 where a finding stands at or above the failing severity: a proven failure is a verdict, so it beats 3.
 * 3 where a check that could have reached that severity was not evaluated, unless the user switched its source off.
 * 0 otherwise, and always without a failing severity.
 */
export function exitCodeOf(
  report: { readonly findings: readonly Finding[]; readonly notEvaluated: readonly NotEvaluated[] },
  failOn: Severity | undefined,
): ExitCode {
  if (!failOn) return EXIT.ok;
  if (report.findings.some((f) => atLeast(f.severity, failOn))) return EXIT.failed;
  const blind = report.notEvaluated.some((n) => !n.byChoice && atLeast(n.severity, failOn));
  return blind ? EXIT.noVerdict : EXIT.ok;
}
