/** What `explain` reports, made of the registry of checks. */

import type { Check } from '../checks/define-check.ts';
import { GROUPS } from '../checks/index.ts';
import type { CheckCard, CheckList, CheckSummary } from '../contract/explanation.ts';
import { type MadeBy, reportHead } from '../contract/head.ts';

/** A call and the sections of the snapshot that come from it. */
export interface SectionCall {
  readonly call: string;
  readonly sections: readonly string[];
}

export function checkList(checks: readonly Check[], madeBy: MadeBy): CheckList {
  const prefixes = [...new Set(checks.map((c) => c.code.slice(0, 3)))];
  return {
    ...reportHead('CheckList', madeBy),
    groups: prefixes.map((prefix) => ({
      prefix,
      title: GROUPS[prefix] ?? prefix,
      checks: checks.filter((c) => c.code.startsWith(prefix)).map(summaryOf),
    })),
  };
}

export function checkCard(check: Check, calls: readonly SectionCall[], madeBy: MadeBy): CheckCard {
  const { needs, helps } = check.sources;
  const needed = callsFor(needs, calls);
  return {
    ...reportHead('Check', madeBy),
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
