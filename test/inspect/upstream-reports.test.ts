/**
 * What upstream reports tell of, built in small: the facts of each report, and nothing else wrong. Each is to be told by its
 * cause, once, with nothing else at warning or above.
 */
import { describe, expect, it } from 'vitest';
import { loadCatalog } from '../../src/calc/catalog/index.ts';
import { Run } from '../../src/inspect/facts/define-fact.ts';
import { stuckPods } from '../../src/inspect/facts/stuck-pods.ts';
import { DEFAULT_POLICY } from '../../src/inspect/policy.ts';
import { parseScenario } from '../../src/inspect/projection/scenarios/index.ts';
import { buildInspection } from '../../src/inspect/report/inspection.ts';
import { buildPlan } from '../../src/inspect/report/plan/build.ts';
import { buildSubnets } from '../../src/inspect/report/subnets/build.ts';
import { buildWhy } from '../../src/inspect/report/why/build.ts';
import { findSubject } from '../../src/inspect/report/why/subject.ts';
import { shownIn, toldOf } from '../rig/scenarios/told.ts';
import { LIMITS } from './upstream/limits.ts';
import { NODES } from './upstream/nodes.ts';
import { PODS } from './upstream/pods.ts';
import { ROLES } from './upstream/roles.ts';
import { STARTING } from './upstream/starting.ts';
import { SUBNETS } from './upstream/subnets.ts';

const catalog = await loadCatalog();
const TOOL = { name: 'vpccni', version: '0.0.0' };

describe.each([...LIMITS, ...ROLES, ...STARTING, ...SUBNETS, ...PODS, ...NODES])(
  '$story',
  ({ of, told, shows = {}, command, never }) => {
    const run = new Run(of(), catalog);
    const seen = buildInspection(run, DEFAULT_POLICY, TOOL);
    const causes = seen.findings.filter((f) => f.severity !== 'info' && !f.causedBy);
    const commands = causes.flatMap((f) => f.fixes.flatMap((x) => x.commands));

    it('is told by its cause, and nothing else', () => {
      expect(toldOf(seen)).toEqual([...told].sort());
      expect(shownIn(seen, Object.keys(shows))).toMatchObject(shows);
    });

    it.runIf(command)('has the command that ends it', () => {
      for (const wanted of [command!].flat()) expect(commands.join('\n')).toMatch(wanted);
    });

    it.runIf(never)('has none that would do harm', () => {
      expect(commands.filter((c) => never!.test(c))).toEqual([]);
    });

    it('names that cause to who asks why a pod waits', () => {
      const roots = causes.map((f) => f.id);
      for (const { pod } of run.valueOf(stuckPods) ?? []) {
        const found = findSubject(run, pod);
        if (!('subject' in found)) throw new Error(`no ${pod}`);
        const { cause } = buildWhy(new Run(of(), catalog), DEFAULT_POLICY, TOOL, found.subject);
        expect(roots).toContain(cause?.findingId);
      }
    });

    it('accounts for its subnets and can be projected', () => {
      const { items } = buildSubnets(run, { subnetIds: [], wholeVpc: true }, DEFAULT_POLICY, TOOL);
      for (const { addresses: a } of items) {
        if (!a) continue;
        // what could not be told is null, never 0
        const parts = [a.reserved, a.seen, a.reservedUnallocated, a.free, a.invisible];
        if (!parts.includes(null)) expect(parts.reduce<number>((n, x) => n + x!, 0)).toBe(a.total);
      }
      const [today] = buildPlan(
        run,
        { scenarios: [parseScenario('today')], pairs: [] },
        DEFAULT_POLICY,
        TOOL,
      ).scenarios;
      const short = causes.some((f) => f.severity === 'error' && ['SUB001', 'PFX001'].includes(f.code));
      if (short) expect(today!.verdict).not.toBe('pass');
    });
  },
);
