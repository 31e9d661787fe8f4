/**
 * Snapshots of the scenarios of test/rig/scenarios/field, taken from real servers (test/rig/record.mjs): what is told of each,
 * and what is lost when one permission is missing.
 */
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { loadCatalog } from '../../src/calc/catalog/index.ts';
import { CHECKS } from '../../src/inspect/checks/index.ts';
import type { Inspection } from '../../src/inspect/contract/report.ts';
import { Run } from '../../src/inspect/facts/define-fact.ts';
import { DEFAULT_POLICY } from '../../src/inspect/policy.ts';
import { buildInspection } from '../../src/inspect/report/inspection.ts';
import { type ClusterSnapshot, parseSnapshot, SECTION_NAMES, type SectionName } from '../../src/inspect/snapshot.ts';
import { FIELD } from '../rig/scenarios/field/index.ts';
import { shownIn, toldOf } from '../rig/scenarios/told.ts';

const catalog = await loadCatalog();
const TOOL = { name: 'vpccni', version: '0.0.0' };
const PERMISSION = 'test:Permission';

const report = (s: ClusterSnapshot): Inspection => buildInspection(new Run(s, catalog), DEFAULT_POLICY, TOOL);

function captured(name: string): ClusterSnapshot {
  const file = new URL(`../fixtures/scenarios/${name}.json.gz`, import.meta.url);
  return parseSnapshot(JSON.parse(gunzipSync(readFileSync(file)).toString('utf8')));
}

const without = (s: ClusterSnapshot, section: SectionName): ClusterSnapshot => ({
  ...s,
  [section]: { status: 'denied', permission: PERMISSION, reason: 'denied' },
});

const READ_BY = new Map(
  CHECKS.map((c) => [c.code, { needs: new Set(c.sources.needs), helps: new Set(c.sources.helps) }]),
);

describe.each(FIELD)('$name', (scenario) => {
  const whole = captured(scenario.name);
  const seen = report(whole);

  it(scenario.story, () => {
    expect(toldOf(seen)).toEqual([...scenario.told].sort());
    expect(shownIn(seen, Object.keys(scenario.shows))).toMatchObject(scenario.shows);
  });

  it('was read whole, and evaluated whole but for what nobody could know', () => {
    const onRequest: readonly SectionName[] = ['cniLogs', 'cniMetrics'];
    expect(SECTION_NAMES.filter((n) => whole[n].status !== 'ok')).toEqual(onRequest);
    const { passed, failed, notApplicable, notEvaluated, suppressed } = seen.coverage;
    expect(passed + failed + notApplicable + notEvaluated.length + suppressed).toBe(CHECKS.length);
    expect(notEvaluated.flatMap((n) => n.permissions)).toEqual([]);
  });

  it('one permission less: what needs it is not evaluated and names it, the rest keeps its evidence', () => {
    const wrong: string[] = [];
    const evidence = new Map(seen.findings.map((f) => [f.id, JSON.stringify(f.evidence)]));
    const blind = new Set(seen.coverage.notEvaluated.map((n) => n.code));
    for (const section of SECTION_NAMES) {
      const now = report(without(whole, section));
      for (const n of now.coverage.notEvaluated.filter((x) => !blind.has(x.code))) {
        const { needs, helps } = READ_BY.get(n.code)!;
        if (!needs.has(section) && !helps.has(section))
          wrong.push(`${n.code} is lost without ${section}, which it does not read`);
        if (!n.permissions.includes(PERMISSION)) wrong.push(`${n.code} does not name ${section}`);
      }
      const lost = new Set(now.coverage.notEvaluated.map((n) => n.code));
      for (const f of seen.findings) {
        const { needs, helps } = READ_BY.get(f.code)!;
        if (needs.has(section) || helps.has(section) || lost.has(f.code)) continue;
        const same = now.findings.find((x) => x.id === f.id);
        if (!same) wrong.push(`${f.id} is gone without ${section}, which it does not read`);
        else if (JSON.stringify(same.evidence) !== evidence.get(f.id))
          wrong.push(`${f.id} says something else without ${section}`);
      }
    }
    expect(wrong).toEqual([]);
  });
});
