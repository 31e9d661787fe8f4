/** What `explain` reports: the list of checks, or the card of one. */
import type { Mode, Pattern } from '../../calc/patterns.ts';
import { GROUPS } from '../checks/codes.ts';
import type { Check } from '../checks/define-check.ts';
import type { Grain, Severity } from '../contract/finding.ts';
import type { ReportHead } from '../contract/report.ts';

export interface CheckSummary {
  readonly code: string;
  readonly longCode: string;
  readonly title: string;
  /** As a rule, and at worst. */
  readonly severity: Severity;
  readonly worst: Severity;
  readonly grain: Grain;
}

export interface CheckList extends ReportHead<'CheckList'> {
  readonly groups: readonly {
    readonly prefix: string;
    readonly title: string;
    readonly checks: readonly CheckSummary[];
  }[];
}

export interface CheckCard extends ReportHead<'Check'>, CheckSummary {
  readonly group: string;
  /** Null: all of them. */
  readonly patterns: readonly Pattern[] | null;
  readonly modes: readonly Mode[] | null;
  /** `any`, or only clusters with nodes that aws-node serves. */
  readonly platform: Check['platform'];
  /** Symptoms it may account for. */
  readonly explains: readonly string[];
  readonly why: string;
  readonly how: string;
  readonly fix: string;
  readonly verify: string;
  readonly references: readonly string[];
  /** Calls without which it is not evaluated, and those that make it more certain or its commands complete. */
  readonly permissions: { readonly needed: readonly string[]; readonly helpful: readonly string[] };
}

/** A call and the sections of the snapshot that come from it. */
export interface SectionCall {
  readonly call: string;
  readonly sections: readonly string[];
}

type Head = Omit<ReportHead<string>, 'kind'>;

export function checkList(checks: readonly Check[], head: Head): CheckList {
  const prefixes = [...new Set(checks.map((c) => c.code.slice(0, 3)))];
  return {
    ...head,
    kind: 'CheckList',
    groups: prefixes.map((prefix) => ({
      prefix,
      title: GROUPS[prefix] ?? prefix,
      checks: checks.filter((c) => c.code.startsWith(prefix)).map(summaryOf),
    })),
  };
}

export function checkCard(check: Check, calls: readonly SectionCall[], head: Head): CheckCard {
  const { needs, helps } = check.sources;
  const needed = callsFor(needs, calls);
  return {
    ...head,
    kind: 'Check',
    ...summaryOf(check),
    group: GROUPS[check.code.slice(0, 3)] ?? check.code.slice(0, 3),
    patterns: check.patterns ?? null,
    modes: check.modes ?? null,
    platform: check.platform,
    explains: check.explains,
    ...check.explanation,
    permissions: { needed, helpful: callsFor(helps, calls).filter((c) => !needed.includes(c)) },
  };
}

function summaryOf({ code, longCode, title, severity, worst, grain }: Check): CheckSummary {
  return { code, longCode, title, severity, worst, grain };
}

function callsFor(sections: readonly string[], calls: readonly SectionCall[]): string[] {
  const wanted = new Set(sections);
  return calls.filter((c) => c.sections.some((s) => wanted.has(s))).map((c) => c.call);
}
