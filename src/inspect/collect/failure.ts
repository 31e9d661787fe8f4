/** Why a call gave no answer, in the terms of a section's status. Both sides throw it; the runner makes the section of it. */
import type { Gap, GapKind, Section } from '../snapshot/section.ts';
import { scrub } from './scrub.ts';

/** Why a call of ours failed. */
export type FailureKind = GapKind;

/**
 * `message` is one line for the user; `permission` the IAM action or RBAC rule that would have allowed it; `needs` the section
 * that failed first, where this one only builds on it.
 */
export class CollectFailure extends Error {
  readonly kind: FailureKind;
  readonly permission: string | undefined;
  readonly needs: string | undefined;

  constructor(
    kind: FailureKind,
    message: string,
    options: { permission?: string; cause?: unknown; needs?: string } = {},
  ) {
    super(scrub(message), { cause: options.cause });
    this.kind = kind;
    this.permission = options.permission;
    this.needs = options.needs;
  }
}

/** The section of a collector that threw. */
export function sectionOfFailure(error: unknown): Section<never> {
  const { kind, permission, needs } = error instanceof CollectFailure ? error : ({ kind: 'other' } as const);
  const about = needs ? { needs } : {};
  const reason = reasonOfFailure(error);
  return kind === 'denied' && permission
    ? { status: 'denied', permission, reason, ...about }
    : { status: 'failed', kind, reason, ...about };
}

/** What a failed call leaves out of a section that is otherwise whole. */
export function gapOfFailure(error: unknown): Gap {
  const { kind, permission, needs } = error instanceof CollectFailure ? error : ({ kind: 'other' } as const);
  return {
    kind,
    ...(needs ? { section: needs } : {}),
    ...(permission ? { permission } : {}),
    reason: reasonOfFailure(error),
  };
}

/** One line; `throttled: …` and `timeout: …` lead with their kind because readers act on it. */
function reasonOfFailure(error: unknown): string {
  const line = scrub((error instanceof Error ? error.message : String(error)).split('\n')[0]!);
  // what builds on another section repeats the line that was made for that one
  if (!(error instanceof CollectFailure) || error.needs) return line;
  return error.kind === 'throttled' || error.kind === 'timeout' ? `${error.kind}: ${line}` : line;
}
