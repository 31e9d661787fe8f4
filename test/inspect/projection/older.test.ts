/** What older snapshots add to a projection: others at their largest, and the pace at which subnets shrink. */
import { describe, expect, it } from 'vitest';
import { loadCatalog } from '../../../src/calc/catalog/index.ts';
import { Run } from '../../../src/inspect/facts/define-fact.ts';
import { DEFAULT_POLICY } from '../../../src/inspect/policy.ts';
import { parseScenario } from '../../../src/inspect/projection/scenarios/index.ts';
import { buildPlan, type PlanAsk } from '../../../src/inspect/report/plan/build.ts';
import { judgeGate } from '../../../src/inspect/report/plan/gate.ts';
import { ago } from '../../support/snapshot-builder.ts';
import { World } from '../checks/world.ts';

/** One /24 with a node of 20 addresses, and so many of somebody else's, so many days ago. */
async function run(others: number, days: number): Promise<Run> {
  const world = new World().subnet('subnet-a', '10.0.0.0/24', 'eu-west-1a');
  world.node('n', { home: 'subnet-a', primary: 9, further: [9], running: 5 });
  if (others > 0) world.foreign('eni-other', 'subnet-a', others);
  return new Run({ ...world.snapshot(), collectedAt: ago(days * 86_400) }, await loadCatalog());
}

async function planned(now: Run, ask: Partial<PlanAsk>) {
  const scenarios = [parseScenario('today')];
  return buildPlan(now, { scenarios, pairs: [], ...ask }, DEFAULT_POLICY, { name: 'vpccni', version: '0' });
}

const RULES = { failOn: 'error', allowIncomplete: false } as const;

describe('others', () => {
  it('count as they were at most: 251 less 20 less 30 now, and 70 more as there were once', async () => {
    const older = [await run(50, 3), await run(100, 2), await run(10, 1)];
    const { scenarios } = await planned(await run(30, 0), { older });
    expect(scenarios[0]!.subnets[0]!.addresses).toMatchObject({ before: 201, need: 70, after: 131 });
    expect(scenarios[0]!.assumptions).toContainEqual(expect.stringContaining('70 more in subnet-a'));
  });

  it('stay as they are where they were never more', async () => {
    const { scenarios } = await planned(await run(30, 0), { older: [await run(20, 1)] });
    expect(scenarios[0]!.subnets[0]!.addresses).toMatchObject({ before: 201, need: 0 });
    expect(scenarios[0]!.assumptions).toContain('what others hold in these subnets stays as it is');
  });
});

describe('a floor of days', () => {
  /** Ten addresses a day: 251 less 20 less 100 are 131, and last 13 days. */
  const series = async () => Promise.all([90, 80, 70, 60, 50].map((n, i) => run(n, i + 1)));

  it('is broken where the pace seen eats a subnet up before', async () => {
    const [now, older] = [await run(100, 0), await series()];
    const floors = { minRunwayDays: 14, nextNode: 'advise' } as const;
    const plan = await planned(now, { older, floors });
    expect(plan.scenarios[0]).toMatchObject({ verdict: 'fail', runwayDays: expect.closeTo(13.1, 0) });
    expect(judgeGate(plan, RULES)).toMatchObject({ exitCode: 1 });
    expect(judgeGate(plan, RULES).reasons[0]).toContain('last 13 days at the pace seen, under the floor of 14');
    const kept = await planned(now, { older, floors: { ...floors, minRunwayDays: 12 } });
    expect(judgeGate(kept, RULES)).toMatchObject({ exitCode: 0 });
  });

  it('is not decided by too few snapshots', async () => {
    const floors = { minRunwayDays: 14, nextNode: 'advise' } as const;
    const plan = await planned(await run(100, 0), { older: [await run(90, 1)], floors });
    expect(judgeGate(plan, RULES)).toMatchObject({
      exitCode: 3,
      reasons: [expect.stringContaining('too few snapshots')],
    });
  });
});
