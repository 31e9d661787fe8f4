/** How grave a finding is, and which floor it reaches. */
import type { Severity } from './finding.ts';

export const SEVERITIES: readonly Severity[] = ['error', 'warning', 'info'];

/** 0 is the most severe. */
export function severityRank(severity: Severity): number {
  return SEVERITIES.indexOf(severity);
}

export function atLeast(severity: Severity, floor: Severity): boolean {
  return severityRank(severity) <= severityRank(floor);
}
