/** Every permission taken away in turn: no finding turns into a pass, no number changes but to unknown. */
import { describe, expect, it } from 'vitest';
import { CHECKS } from '../../../src/inspect/checks/index.ts';
import { DEFAULT_POLICY } from '../../../src/inspect/policy.ts';
import { type ClusterSnapshot, SECTION_NAMES, type SectionName } from '../../../src/inspect/snapshot.ts';
import { runOf } from '../../support/snapshot-builder.ts';
import { CASES } from './cases/index.ts';

const blind = (of: ClusterSnapshot, name: SectionName): ClusterSnapshot => ({
  ...of,
  [name]: { status: 'denied', permission: `test:${name}`, reason: 'denied' },
});
const halve = (of: ClusterSnapshot, name: SectionName): ClusterSnapshot => {
  const section = of[name];
  if (!('data' in section)) return of;
  return {
    ...of,
    [name]: {
      status: 'partial',
      data: section.data,
      missing: [{ kind: 'denied', permission: `test:${name}`, reason: 'denied' }],
    },
  };
};

async function lost(how: typeof blind): Promise<string[]> {
  const wrong: string[] = [];
  for (const check of CHECKS) {
    const { fires } = CASES[check.code as keyof typeof CASES];
    for (const [i, { of }] of fires.entries()) {
      const seen = check.run(await runOf(of), DEFAULT_POLICY);
      if (seen.kind !== 'evaluated') continue;
      for (const name of SECTION_NAMES) {
        if (!('data' in of[name])) continue;
        const now = check.run(await runOf(how(of, name)), DEFAULT_POLICY);
        if (now.kind === 'not-evaluated') continue;
        if (now.kind === 'not-applicable') {
          wrong.push(`${check.code} #${i} without ${name}: not applicable`);
          continue;
        }
        // the key may be a name that is no longer known, and what is unknown may be told in other words
        if (now.findings.length === 0 && seen.findings.length > 0)
          wrong.push(`${check.code} #${i} without ${name}: ${seen.findings[0]!.id} passes`);
      }
    }
  }
  return [...new Set(wrong)];
}

describe('checks that see less', () => {
  it('never pass what they found, a section denied', async () => {
    expect(await lost(blind)).toEqual([]);
  });

  it('never pass what they found, a section in parts', async () => {
    expect(await lost(halve)).toEqual([]);
  });
});
