/**
 * Sections taken away or cut short, one at a time, over the clusters of all cases: what a finding says changes only towards
 * "unknown", no finding appears that was none, and none goes without a word that something was not read.
 */
import { describe, expect, it } from 'vitest';
import { loadCatalog } from '../../../src/calc/catalog/index.ts';
import type { Check, Outcome } from '../../../src/inspect/checks/define-check.ts';
import { CHECKS } from '../../../src/inspect/checks/index.ts';
import type { Finding } from '../../../src/inspect/contract/finding.ts';
import { Run } from '../../../src/inspect/facts/define-fact.ts';
import { DEFAULT_POLICY } from '../../../src/inspect/policy.ts';
import type { ClusterSnapshot, SectionName } from '../../../src/inspect/snapshot.ts';
import { CASES } from './cases/index.ts';

const catalog = await loadCatalog();

interface Blinding {
  /** Undefined where the section has nothing to lose. */
  readonly blind: (of: ClusterSnapshot, name: SectionName) => ClusterSnapshot | undefined;
  /** Whether a value may have become another. */
  readonly may: (was: unknown, is: unknown) => boolean;
}

const UNREAD = 'test:Unread';
const gap = { kind: 'denied', permission: UNREAD, reason: 'denied' } as const;
type Read = { readonly status: string; readonly data?: unknown; readonly missing?: readonly unknown[] };

const withSection = (of: ClusterSnapshot, name: SectionName, section: unknown): ClusterSnapshot => ({
  ...of,
  [name]: section,
});
const missingOf = (section: Read) => [...(section.missing ?? []), gap];

const BLINDINGS: Readonly<Record<string, Blinding>> = {
  'was not read': {
    blind: (of, name) => withSection(of, name, { status: 'denied', permission: UNREAD, reason: 'denied' }),
    may: isUnknown,
  },
  'may lack something': {
    blind: (of, name) => {
      const section = of[name] as Read;
      return withSection(of, name, { status: 'partial', data: section.data, missing: missingOf(section) });
    },
    may: isUnknown,
  },
  'lacks every second item': {
    blind: (of, name) => {
      const section = of[name] as Read;
      if (!Array.isArray(section.data) || section.data.length === 0) return undefined;
      const data = section.data.filter((_, i) => i % 2 === 1);
      return withSection(of, name, { status: 'partial', data, missing: missingOf(section) });
    },
    // what was counted is then "at least", as the caveat says
    may: (was, is) => isUnknown(was, is) || isLess(was, is),
  },
};

function isUnknown(_: unknown, is: unknown): boolean {
  return is === null || is === undefined || is === 'unknown' || is === 'unknown cluster' || is === '';
}

function isLess(was: unknown, is: unknown): boolean {
  return typeof was === 'number' && typeof is === 'number' && is < was;
}

/** Paths whose values changed in another way than they may. Lists are compared as sets: what is gone from one is a change as well. */
function changes(was: unknown, is: unknown, may: Blinding['may'], path = ''): string[] {
  if (JSON.stringify(was) === JSON.stringify(is) || may(was, is)) return [];
  if (Array.isArray(was) && Array.isArray(is)) {
    const mayShrink = may(2, 1);
    if (was.length === is.length) return was.flatMap((w, i) => changes(w, is[i], may, `${path}[${i}]`));
    return mayShrink && is.length < was.length ? [] : [`${path}: ${was.length} → ${is.length} items`];
  }
  if (was !== null && is !== null && typeof was === 'object' && typeof is === 'object') {
    const [a, b] = [was as Record<string, unknown>, is as Record<string, unknown>];
    return [...new Set([...Object.keys(a), ...Object.keys(b)])].flatMap((k) =>
      changes(a[k], b[k], may, `${path}.${k}`),
    );
  }
  return [`${path}: ${JSON.stringify(was)} → ${JSON.stringify(is)}`];
}

/** The finding with the key and sub-reason it has where neither cluster nor cause is known. */
function counterpart(finding: Finding, among: readonly Finding[]): Finding | undefined {
  return (
    among.find((f) => f.id === finding.id) ??
    among.find((f) => f.subReason === finding.subReason) ??
    among.find((f) => f.resources.some((r) => finding.resources.some((o) => o.id === r.id && o.kind === r.kind)))
  );
}

function findingsOf(outcome: Outcome): readonly Finding[] {
  return outcome.kind === 'evaluated' ? outcome.findings : [];
}

/** Evidence without the names it carries besides, and without owners: an interface of which less is known has a plainer class. */
function known({
  evidence: { reason: _, cluster: _c, owners: _o, ...numbers },
}: Finding): Readonly<Record<string, unknown>> {
  return numbers;
}

/** What nothing else tells, by check and section. */
const KNOWN: ReadonlySet<string> = new Set([
  // only the pod list tells an aws-node pod that is leaving from one that fails
  'HLT002 pods',
  // whose an ENI is its instance may tell: without it the ENI moves to another finding
  'LEK001 instances',
  // in one case the gap is what is looked at, and is replaced here
  'IAM001 cni',
  // a cluster without any Service is the exception: unread they are taken to be there, as the caveat says
  'CFG005 services',
]);

function wrongWith(check: Check, of: ClusterSnapshot, name: SectionName, { blind, may }: Blinding): string[] {
  if (!('data' in of[name]) || KNOWN.has(`${check.code} ${name}`)) return [];
  const blinded = blind(of, name);
  if (!blinded) return [];
  const seen = findingsOf(check.run(new Run(of, catalog), DEFAULT_POLICY));
  const outcome = check.run(new Run(blinded, catalog), DEFAULT_POLICY);
  if (outcome.kind !== 'evaluated') return [];
  if (outcome.findings.length === 0) return seen.length > 0 ? ['passes'] : [];
  return outcome.findings.flatMap((f) => {
    const was = counterpart(f, seen);
    if (!was) return [`${f.id} is new`];
    if (was.subReason !== f.subReason) return [];
    return changes(known(was), known(f), may).map((c) => `${f.id}${c}`);
  });
}

describe.each(Object.entries(BLINDINGS))('where a section %s', (_, blinding) => {
  it.each(CHECKS)('$code changes only towards unknown', (check) => {
    const { fires, quiet } = CASES[check.code as keyof typeof CASES];
    const sections = [...check.sources.needs, ...check.sources.helps];
    const wrong = [...fires, ...quiet].flatMap(({ name: row, of }) =>
      sections.flatMap((name) => wrongWith(check, of, name, blinding).map((w) => `${row}, without ${name}: ${w}`)),
    );
    expect([...new Set(wrong)]).toEqual([]);
  });
});
