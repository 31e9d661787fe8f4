/** A plan with floors, turned into an exit code that a pipeline can trust. */

import type { Severity } from '../../contract/finding.ts';
import type { Gate, Plan, ScenarioResult } from '../../contract/plan.ts';
import { atLeast } from '../../contract/severity.ts';

export interface GateRules {
  readonly failOn: Severity;
  /** A scenario that could not be completed is a warning, not a missing verdict. */
  readonly allowIncomplete: boolean;
  /** Why nothing newer is known, where the snapshot is older than was asked for. */
  readonly stale?: string;
  /** Ids of findings that were there before. */
  readonly baseline?: ReadonlySet<string>;
}

const EXIT = { pass: 0, fail: 1, incomplete: 3 } as const;

/** A proven failure beats what is not known: it is a verdict. */
export function judgeGate(plan: Plan, rules: GateRules): Gate {
  const findings = plan.findings.filter((f) => !rules.baseline?.has(f.id));
  const failures = findings.filter((f) => atLeast(f.severity, rules.failOn));
  const open = [...(rules.stale === undefined ? [] : [rules.stale]), ...plan.scenarios.flatMap(openQuestions)];
  const undecided = [...new Set([...open, ...notUnderstood(plan)])];
  const verdict = failures.length > 0 ? 'fail' : undecided.length > 0 ? 'incomplete' : 'pass';
  return {
    ...plan,
    kind: 'Gate',
    findings,
    suppressed: plan.suppressed + plan.findings.length - findings.length,
    verdict,
    exitCode: verdict === 'incomplete' && rules.allowIncomplete ? 0 : EXIT[verdict],
    reasons: [...failures.map((f) => f.message), ...undecided],
  };
}

function openQuestions(scenario: ScenarioResult): string[] {
  const sections = scenario.incomplete.map(({ reason, permission }) => {
    return `${scenario.id}: not known: ${reason}${permission === undefined ? '' : ` (needs ${permission})`}`;
  });
  const subnets = scenario.subnets
    .filter((s) => s.verdict === 'incomplete')
    .map((s) => `${scenario.id}: ${s.subnetId}: ${s.reasons.join('; ')}`);
  return [...sections, ...subnets];
}

function notUnderstood({ change }: Plan): string[] {
  return (change?.notUnderstood ?? []).map(({ file, line, address, reason }) => {
    return `${file}${line === undefined ? '' : `:${line}`}: ${address}: ${reason}`;
  });
}
