/**
 * What report builders and projections read of a snapshot they ask of the run, as facts do: so "not read" can name it, and a
 * section that was denied cannot be mistaken for an empty one. Over the demo, and over it with each section denied.
 */
import { describe, expect, it } from 'vitest';
import { loadCatalog } from '../../../src/calc/catalog/index.ts';
import { Run } from '../../../src/inspect/facts/define-fact.ts';
import { DEFAULT_POLICY } from '../../../src/inspect/policy.ts';
import { NO_FLOORS } from '../../../src/inspect/projection/floors.ts';
import { parseScenario } from '../../../src/inspect/projection/scenarios/index.ts';
import { buildInspection } from '../../../src/inspect/report/inspection.ts';
import { buildPlan } from '../../../src/inspect/report/plan/build.ts';
import { buildSubnets } from '../../../src/inspect/report/subnets/build.ts';
import { buildWhy } from '../../../src/inspect/report/why/build.ts';
import { findSubject } from '../../../src/inspect/report/why/subject.ts';
import { podsOf } from '../../../src/inspect/snapshot/pods.ts';
import { type ClusterSnapshot, SECTION_NAMES, type SectionName } from '../../../src/inspect/snapshot.ts';
import { shop } from '../../support/shop.ts';
import { denied } from '../../support/snapshot-builder.ts';

const catalog = await loadCatalog();
const tool = { name: 'vpccni', version: '0' };

const BUILDERS: Readonly<Record<string, (run: Run) => unknown>> = {
  inspect: (run) => buildInspection(run, DEFAULT_POLICY, tool, { kind: 'snapshot' }),
  subnets: (run) => buildSubnets(run, { subnetIds: [], wholeVpc: false, drain: 2, grow: 24 }, DEFAULT_POLICY, tool),
  plan: (run) => {
    const scenarios = ['today', 'nodes=+3', 'upgrade', 'az-loss', 'ceiling'].map((word) => parseScenario(word, {}));
    const ask = {
      scenarios,
      pairs: [],
      density: undefined,
      floors: NO_FLOORS,
      fragmentation: 'range',
      podSubnets: [],
    } as const;
    return buildPlan(run, ask, DEFAULT_POLICY, tool);
  },
  why: (run) => {
    const pods = 'data' in run.snapshot.pods ? [...podsOf(run.snapshot.pods.data)].filter((p) => p.waiting) : [];
    for (const pod of pods.slice(0, 3)) {
      const sought = findSubject(run, `${pod.namespace}/${pod.name}`);
      if ('subject' in sought) buildWhy(run, DEFAULT_POLICY, tool, sought.subject);
    }
  },
};

/** Sections of whose data something was looked at without asking the run for it. */
function readBesides(of: ClusterSnapshot, build: (run: Run) => unknown): string[] {
  const used = new Set<SectionName>();
  const watched = (name: SectionName, data: object) =>
    new Proxy(data, {
      get(target, key) {
        used.add(name);
        return Reflect.get(target, key);
      },
    });
  const snapshot = Object.fromEntries(
    Object.entries(of).map(([name, section]) => {
      const { data } = section as { data?: object };
      const isSection =
        (SECTION_NAMES as readonly string[]).includes(name) && typeof data === 'object' && data !== null;
      return [name, isSection ? { ...(section as object), data: watched(name as SectionName, data) } : section];
    }),
  ) as unknown as ClusterSnapshot;
  const run = new Run(snapshot, catalog);
  build(run);
  return [...used].filter((name) => !run.asked.has(name));
}

describe.each(Object.entries(BUILDERS))('%s', (name, build) => {
  it('asks for all it reads', () => {
    const own = name === 'why' ? ['pods'] : [];
    expect(readBesides(shop(), build).filter((s) => !own.includes(s))).toEqual([]);
  });

  it('stands without any one section', () => {
    for (const section of SECTION_NAMES)
      expect(() => build(new Run({ ...shop(), [section]: denied('test:It') }, catalog))).not.toThrow();
  });
});
