/** Why a call gave no answer, in the terms of a section's status. Both sides throw it; the runner makes the section of it. */
import type { Gap, Section } from '../snapshot/section.ts';

/**
 * `denied`: the caller may not; `throttled`: refused for rate after all retries; `timeout`: no answer in time;
 * `unreachable`: no connection; `credentials`: none, unknown or expired; `not-an-api`: something else answered (a proxy's page);
 * `not-found`: the thing asked for does not exist; `other`: anything else.
 */
export type FailureKind =
  | 'denied'
  | 'throttled'
  | 'timeout'
  | 'unreachable'
  | 'credentials'
  | 'not-an-api'
  | 'not-found'
  | 'other';

/** `message` is one line for the user; `permission` the IAM action or RBAC rule that would have allowed it. */
export class CollectFailure extends Error {
  readonly kind: FailureKind;
  readonly permission: string | undefined;

  constructor(kind: FailureKind, message: string, options: { permission?: string; cause?: unknown } = {}) {
    super(message, { cause: options.cause });
    this.kind = kind;
    this.permission = options.permission;
  }
}

/** The section of a collector that threw. */
export function sectionOfFailure(error: unknown): Section<never> {
  if (error instanceof CollectFailure && error.kind === 'denied' && error.permission)
    return { status: 'denied', permission: error.permission, reason: error.message };
  return { status: 'failed', reason: reasonOfFailure(error) };
}

/** What a failed call leaves out of a section that is otherwise whole. */
export function gapOfFailure(error: unknown): Gap {
  const permission = error instanceof CollectFailure ? error.permission : undefined;
  return { ...(permission ? { permission } : {}), reason: reasonOfFailure(error) };
}

/** One line; `throttled: …` and `timeout: …` lead with their kind because readers act on it. */
function reasonOfFailure(error: unknown): string {
  const line = (error instanceof Error ? error.message : String(error)).split('\n')[0]!;
  if (!(error instanceof CollectFailure)) return line;
  return error.kind === 'throttled' || error.kind === 'timeout' ? `${error.kind}: ${line}` : line;
}
