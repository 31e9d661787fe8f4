/** What the formats for CI read: findings, wherever a report has them. A kind of report takes part by one entry here. */
import type { Finding } from '../../../inspect/contract/finding.ts';
import type { ReportHead } from '../../../inspect/contract/head.ts';
import type { Gate, Plan } from '../../../inspect/contract/plan.ts';
import type { NotEvaluated } from '../../../inspect/contract/report.ts';
import { unfinished } from '../../../inspect/contract/unfinished.ts';
import type { ByKind } from '../define-format.ts';

export interface FindingSet {
  readonly tool: ReportHead<string>['tool'];
  readonly generatedAt: string;
  /** What was judged: a cluster's name. Untrusted text. */
  readonly subject: string;
  /** Causes before the symptoms they account for, the gravest first. */
  readonly findings: readonly Finding[];
  readonly notEvaluated: readonly NotEvaluated[];
  /** Checks without a finding, and findings switched off. */
  readonly passed: number;
  readonly suppressed: number;
}

export const FINDING_SETS: ByKind<FindingSet> = {
  Inspection: ({ tool, generatedAt, cluster, findings, coverage }) => ({
    tool,
    generatedAt,
    subject: cluster.name,
    findings: causesFirst(findings),
    notEvaluated: coverage.notEvaluated,
    passed: coverage.passed,
    suppressed: coverage.suppressed,
  }),
  Plan: projected,
  Gate: projected,
};

function projected({ tool, generatedAt, cluster, scenarios, findings, suppressed }: Plan | Gate): FindingSet {
  return {
    tool,
    generatedAt,
    subject: cluster.name,
    findings: causesFirst(findings),
    notEvaluated: unfinished(scenarios),
    passed: scenarios.filter((s) => s.verdict === 'pass').length,
    suppressed,
  };
}

const RANKS: Readonly<Record<Finding['severity'], number>> = { error: 0, warning: 1, info: 2 };

function causesFirst(findings: readonly Finding[]): readonly Finding[] {
  const symptom = (finding: Finding) => (finding.causedBy === undefined ? 0 : 1);
  return [...findings].sort((a, b) => RANKS[a.severity] - RANKS[b.severity] || symptom(a) - symptom(b));
}

/** What a finding says, what is affected, and what to type: lines for a reader who sees nothing else. */
export function bodyOf(finding: Finding): readonly string[] {
  return [
    finding.message,
    ...(finding.causedBy === undefined ? [] : [`accounted for by ${finding.causedBy}`]),
    ...finding.caveats,
    ...finding.fixes.flatMap((fix) => [`fix: ${fix.title}`, ...fix.commands]),
  ];
}

/** One line on a check that could not be judged. */
export function whyNot({ code, title, permissions, reasons }: NotEvaluated): string {
  const needs = permissions.length > 0 ? `; needs ${permissions.join(', ')}` : '';
  return `${code} ${title}: not evaluated: ${reasons.join('; ')}${needs}`;
}
