/**
 * What checks and their fixes read is what they declare, both ways: over every case of the grid, with each section denied, and
 * with each of the helps alone.
 */
import { describe, expect, it } from 'vitest';
import { loadCatalog } from '../../../src/calc/catalog/index.ts';
import type { Check } from '../../../src/inspect/checks/define-check.ts';
import { CHECKS } from '../../../src/inspect/checks/index.ts';
import { Run } from '../../../src/inspect/facts/define-fact.ts';
import { STUCK_CAUSES } from '../../../src/inspect/facts/stuck-causes.ts';
import { DEFAULT_POLICY } from '../../../src/inspect/policy.ts';
import { type ClusterSnapshot, SECTION_NAMES, type SectionName } from '../../../src/inspect/snapshot.ts';
import { denied } from '../../support/snapshot-builder.ts';
import { CASES } from './cases/index.ts';

const catalog = await loadCatalog();
/** The clusters of all cases: what one check never meets in its own it may meet in another's. */
const GRID = Object.values(CASES).flatMap(({ fires, quiet }) => [...fires, ...quiet].map((row) => row.of));
const SECTIONS: ReadonlySet<string> = new Set(SECTION_NAMES);

interface Recorded {
  readonly snapshot: ClusterSnapshot;
  /** Sections asked for. */
  readonly asked: Set<string>;
  /** Sections of whose data something was looked at. */
  readonly used: Set<string>;
}

function recording(of: ClusterSnapshot): Recorded {
  const asked = new Set<string>();
  const used = new Set<string>();
  const watched = (name: string, data: object) =>
    new Proxy(data, {
      get(target, key, receiver) {
        used.add(name);
        return Reflect.get(target, key, receiver);
      },
      ownKeys(target) {
        used.add(name);
        return Reflect.ownKeys(target);
      },
    });
  const snapshot = new Proxy(of, {
    get(target, key: string) {
      const value = target[key as keyof ClusterSnapshot] as unknown as { readonly data?: object };
      if (!SECTIONS.has(key)) return value;
      asked.add(key);
      return value.data === undefined ? value : { ...value, data: watched(key, value.data) };
    },
  });
  return { snapshot, asked, used };
}

function without(of: ClusterSnapshot, sections: readonly SectionName[]): ClusterSnapshot {
  return { ...of, ...Object.fromEntries(sections.map((s) => [s, denied('test:Permission')])) };
}

function readBy(check: Check): { readonly asked: ReadonlySet<string>; readonly used: ReadonlySet<string> } {
  const { fires } = CASES[check.code as keyof typeof CASES];
  const declared = [...check.sources.needs, ...check.sources.helps];
  const asked = new Set<string>();
  const used = new Set<string>();
  const look = (of: ClusterSnapshot) => {
    const recorded = recording(of);
    check.run(new Run(recorded.snapshot, catalog), DEFAULT_POLICY);
    for (const s of recorded.asked) asked.add(s);
    for (const s of recorded.used) used.add(s);
  };
  for (const of of GRID) look(of);
  for (const { of } of fires)
    for (const section of declared) {
      look(without(of, [section]));
      look(
        without(
          of,
          check.sources.helps.filter((s) => s !== section),
        ),
      );
    }
  return { asked, used };
}

describe.each(CHECKS)('$code', (check) => {
  const { asked, used } = readBy(check);
  const declared: readonly SectionName[] = [...check.sources.needs, ...check.sources.helps];

  it('reads no section that it does not declare', () => {
    expect([...asked].filter((s) => !declared.includes(s as SectionName))).toEqual([]);
  });

  it('declares no section that no case of it makes use of', () => {
    expect(declared.filter((s) => !used.has(s))).toEqual([]);
  });
});

describe('causes of waiting pods', () => {
  it.each(STUCK_CAUSES)('%s is accounted for by one check', (cause) => {
    expect(CHECKS.filter((c) => c.accountsFor.includes(cause))).toHaveLength(1);
  });

  it('are accounted for by checks that take the pods over from the symptom', () => {
    for (const check of CHECKS.filter((c) => c.accountsFor.length > 0)) expect(check.explains).toContain('HLT001');
  });
});
