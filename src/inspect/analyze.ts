/** Runs every check over one snapshot: findings, causes with their symptoms folded, and coverage that adds up. */

import type { Check, Outcome } from './checks/define-check.ts';
import { CHECKS } from './checks/index.ts';
import type { Finding } from './contract/finding.ts';
import type { Coverage, NotEvaluated } from './contract/report.ts';
import { scopesOverlap } from './contract/scope.ts';
import { severityRank } from './contract/severity.ts';
import type { Run } from './facts/define-fact.ts';
import { networking } from './facts/networking.ts';
import { nodesServedByCni } from './facts/platforms.ts';
import { isSuppressed, type Policy } from './policy.ts';

export interface Analysis {
  readonly findings: readonly Finding[];
  /** What the user does not want to hear of. It still accounts for its symptoms. */
  readonly suppressed: readonly Finding[];
  readonly coverage: Coverage;
}

export function analyze(run: Run, policy: Policy, checks: readonly Check[] = CHECKS): Analysis {
  const outcomes = checks.map((check) => ({ check, outcome: evaluate(check, run, policy) }));
  const found = outcomes.flatMap(({ outcome }) => (outcome.kind === 'evaluated' ? outcome.findings : []));
  const folded = fold(found, checks).sort(byGravity);
  const suppressed = folded.filter((f) => isSuppressed(policy, f));
  const kept = folded.filter((f) => !isSuppressed(policy, f));
  const ids = new Set(kept.map((f) => f.id));
  const findings = kept.map((f) => (f.causedBy === undefined || ids.has(f.causedBy) ? f : withoutCause(f)));
  return { findings, suppressed, coverage: coverageOf(outcomes, codesOf(findings), codesOf(suppressed)) };
}

/** A symptom whose cause is suppressed stands for itself. */
function withoutCause({ causedBy: _, ...finding }: Finding): Finding {
  return finding;
}

function codesOf(findings: readonly Finding[]): ReadonlySet<string> {
  return new Set(findings.map((f) => f.code));
}

function evaluate(check: Check, run: Run, policy: Policy): Outcome {
  const reason = notConcerned(check, run);
  return reason === undefined ? check.run(run, policy) : { kind: 'not-applicable', reason };
}

/** Why a check does not concern this cluster's pattern, mode or platform; unknown facts never exclude a check. */
function notConcerned(check: Check, run: Run): string | undefined {
  const nodes = run.valueOf(nodesServedByCni);
  if (check.platform === 'vpc-cni' && nodes && nodes.served.length === 0 && nodes.others.length > 0)
    return 'no node of this cluster is served by aws-node';
  const inForce = run.valueOf(networking);
  if (!inForce) return undefined;
  if (check.patterns && !check.patterns.includes(inForce.pattern)) return `pattern ${inForce.pattern} is in force`;
  if (check.modes && !check.modes.includes(inForce.mode)) return `mode ${inForce.mode} is in force`;
  return undefined;
}

/** Marks symptoms with the cause at the bottom of it; residual symptoms that have a cause are dropped. */
function fold(findings: readonly Finding[], checks: readonly Check[]): Finding[] {
  const residual = new Set(checks.filter((c) => c.residual).map((c) => c.code));
  return findings.flatMap((symptom) => {
    const cause = rootCause(symptom, findings);
    if (cause === symptom) return [symptom];
    return residual.has(symptom.code) ? [] : [{ ...symptom, causedBy: cause.id }];
  });
}

/** Follows causes of causes; two that explain each other both stand for themselves. */
function rootCause(symptom: Finding, findings: readonly Finding[], seen: readonly Finding[] = []): Finding {
  const explains = (a: Finding, b: Finding) => a.explains.includes(b.code) && scopesOverlap(a.scope, b.scope);
  const cause = findings.find((c) => c !== symptom && explains(c, symptom) && !explains(symptom, c));
  if (!cause || seen.includes(cause)) return symptom;
  return rootCause(cause, findings, [...seen, symptom]);
}

/** Gravest first, then by how much is hit, then by id so that the order is stable. */
function byGravity(a: Finding, b: Finding): number {
  return (
    severityRank(a.severity) - severityRank(b.severity) ||
    (b.scope.pods?.length ?? 0) - (a.scope.pods?.length ?? 0) ||
    (b.scope.nodes?.length ?? 0) - (a.scope.nodes?.length ?? 0) ||
    (a.id < b.id ? -1 : 1)
  );
}

/** A check whose every finding was dropped, because a cause accounts for it, has passed: it found nothing of its own. */
function coverageOf(
  outcomes: readonly { readonly check: Check; readonly outcome: Outcome }[],
  failedCodes: ReadonlySet<string>,
  suppressedCodes: ReadonlySet<string>,
): Coverage {
  let passed = 0;
  let failed = 0;
  let notApplicable = 0;
  let suppressed = 0;
  const notEvaluated: NotEvaluated[] = [];
  for (const { check, outcome } of outcomes) {
    if (outcome.kind === 'not-evaluated') notEvaluated.push(toNotEvaluated(check, outcome));
    else if (outcome.kind === 'not-applicable') notApplicable++;
    else if (failedCodes.has(check.code)) failed++;
    else if (suppressedCodes.has(check.code)) suppressed++;
    else passed++;
  }
  return { passed, failed, notApplicable, notEvaluated, suppressed };
}

function toNotEvaluated(check: Check, outcome: Extract<Outcome, { kind: 'not-evaluated' }>): NotEvaluated {
  return {
    code: check.code,
    title: check.title,
    permissions: [...new Set(outcome.missing.flatMap((g) => g.permission ?? []))],
    reasons: [...new Set(outcome.missing.map((g) => g.reason))],
    severity: check.worst,
    byChoice: outcome.missing.every((g) => g.kind === 'switched-off'),
  };
}
