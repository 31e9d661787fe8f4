import { describe, expect, it } from 'vitest';
import type { ScenarioResult } from '../../../../src/inspect/contract/plan.ts';
import { projectionFindings } from '../../../../src/inspect/report/plan/findings.ts';
import { shop } from '../../../support/shop.ts';
import { runOf } from '../../../support/snapshot-builder.ts';

const fits: ScenarioResult = {
  id: 'az-loss',
  name: 'az-loss',
  title: 'eu-west-1a is lost',
  pattern: 'custom',
  mode: 'prefix',
  current: true,
  verdict: 'pass',
  judged: 'worst',
  density: null,
  nodesAdded: 0,
  podsAdded: 0,
  subnets: [],
  zones: [],
  nodesUntilExhaustion: null,
  podsUntilExhaustion: null,
  runwayDays: null,
  firstToBreak: null,
  pending: [],
  course: null,
  assumptions: [],
  incomplete: [],
  remedies: [],
};

describe('findings of projections', () => {
  it('are none where everything fits', async () => {
    expect(projectionFindings(await runOf(shop()), [fits])).toEqual([]);
  });

  it('are a warning where pods find no place though no subnet is short', async () => {
    const pending = [{ owner: 'StatefulSet/db', pods: 2, reason: 'their volumes are in eu-west-1a' }];
    const [finding, ...more] = projectionFindings(await runOf(shop()), [{ ...fits, verdict: 'at-risk', pending }]);
    expect(more).toEqual([]);
    expect(finding).toMatchObject({
      code: 'SUB002',
      severity: 'warning',
      message: 'eu-west-1a is lost: 2 pods of StatefulSet/db stay Pending: their volumes are in eu-west-1a',
    });
  });

  it('are an error where only the runway is too short', async () => {
    const found = projectionFindings(await runOf(shop()), [
      { ...fits, verdict: 'fail', runwayDays: { min: 9, max: 12 } },
    ]);
    expect(found.map((f) => [f.severity, f.message])).toEqual([
      ['error', 'eu-west-1a is lost: 9 to 12 days until a subnet is short'],
    ]);
  });
});
