import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import type { Check, Outcome } from '../../../src/inspect/checks/define-check.ts';
import { CHECKS } from '../../../src/inspect/checks/index.ts';
import type { Finding } from '../../../src/inspect/contract/finding.ts';
import { DEFAULT_POLICY } from '../../../src/inspect/policy.ts';
import type { ClusterSnapshot, SectionName } from '../../../src/inspect/snapshot.ts';
import { denied, partial, runOf } from '../../support/snapshot-builder.ts';
import type { Want } from './cases/case.ts';
import { CASES } from './cases/index.ts';

const PERMISSION = 'test:Permission';

async function outcomeOf(check: Check, of: ClusterSnapshot): Promise<Outcome> {
  return check.run(await runOf(of), DEFAULT_POLICY);
}

async function findingsOf(check: Check, of: ClusterSnapshot): Promise<readonly Finding[]> {
  const outcome = await outcomeOf(check, of);
  if (outcome.kind !== 'evaluated') throw new Error(`${check.code}: ${JSON.stringify(outcome)}`);
  return outcome.findings;
}

function compare(finding: Finding, want: Want): void {
  expect(finding.severity).toBe(want.severity);
  if (want.confidence) expect(finding.confidence).toBe(want.confidence);
  if (want.waiting) expect([...(finding.scope.pods ?? [])].sort()).toEqual([...want.waiting].sort());
  if (want.evidence) expect(finding.evidence).toMatchObject(want.evidence);
  if (want.says) expect(finding.message).toMatch(want.says);
  if (want.commands) {
    const commands = finding.fixes[0]?.commands ?? [];
    expect(commands).toHaveLength(want.commands.length);
    for (const [i, pattern] of want.commands.entries()) expect(commands[i]).toMatch(pattern);
  }
  for (const pattern of want.anyCommand ?? [])
    expect(finding.fixes.flatMap((f) => f.commands).join('\n')).toMatch(pattern);
}

for (const check of CHECKS) {
  const cases = CASES[check.code as keyof typeof CASES];
  const sample = cases.fires[0]!.of;

  describe(check.code, () => {
    it.each(cases.fires)('fires: $name', async ({ of, want }) => {
      const findings = await findingsOf(check, of);
      expect(findings.map((f) => f.id).sort()).toEqual(want.map((w) => w.id).sort());
      for (const w of want) compare(findings.find((f) => f.id === w.id)!, w);
      for (const f of findings) {
        expect(v.safeParse(check.evidence, f.evidence).success).toBe(true);
        expect(f.message).not.toMatch(/undefined|NaN|\[object|null/);
        if (f.resources.some((r) => r.kind === 'eni')) expect(check.namesEnis).toBe(true);
        // steps share out all of the commands
        for (const { steps, commands } of f.fixes)
          if (steps) expect(steps.reduce((n, s) => n + s.commands, 0)).toBe(commands.length);
      }
    });

    it.each(cases.quiet)('is quiet: $name', async ({ of }) => {
      expect(await findingsOf(check, of)).toEqual([]);
    });

    it.each(cases.notApplicable ?? [])('does not apply: $name', async ({ of }) => {
      expect(await outcomeOf(check, of)).toMatchObject({ kind: 'not-applicable' });
    });

    it.each(check.sources.needs)('is not evaluated without %s', async (section) => {
      const outcome = await outcomeOf(check, { ...sample, [section]: denied(PERMISSION) });
      if (outcome.kind !== 'not-evaluated') throw new Error(`${check.code} was ${outcome.kind}`);
      expect(outcome.missing.map((g) => g.permission)).toContain(PERMISSION);
    });

    it.each(check.sources.needs)('tells a part of %s from the whole only where absence decides', async (section) => {
      const whole = sample[section];
      if (whole.status !== 'ok') throw new Error(`${section} is ${whole.status}`);
      const outcome = await outcomeOf(check, { ...sample, [section]: partial(whole.data, PERMISSION) });
      expect(outcome.kind).toBe(cases.whole?.includes(section) ? 'not-evaluated' : 'evaluated');
    });

    it.each(check.sources.helps)(
      'still stands without %s, and says what was not read',
      async (section: SectionName) => {
        const outcome = await outcomeOf(check, { ...sample, [section]: denied(PERMISSION) });
        expect(outcome.kind).toBe(cases.blindWithout?.includes(section) ? 'not-evaluated' : 'evaluated');
        if (outcome.kind === 'not-evaluated') expect(outcome.missing.map((g) => g.permission)).toContain(PERMISSION);
        if (outcome.kind !== 'evaluated') return;
        for (const f of outcome.findings) {
          expect(f.message).not.toMatch(/undefined|NaN|\[object/);
          expect(f.caveats).toContain(PERMISSION);
        }
      },
    );
  });
}
