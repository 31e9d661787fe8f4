import { describe, expect, it } from 'vitest';
import type { Plan, Remedy } from '../../../src/inspect/contract/plan.ts';
import { renderMarkdown } from '../../../src/render/markdown.ts';
import { planView } from '../../../src/render/view/plan.ts';

const remedy = (part: Partial<Remedy>): Remedy => ({
  id: 'warm-settings',
  title: 'Keep a smaller warm pool',
  sufficient: true,
  verdict: 'pass',
  addresses: 36,
  blocks: 0,
  subnets: [{ subnetId: 'subnet-a', availabilityZone: 'eu-west-1a', addresses: 36, blocks: 0 }],
  stillShort: { addresses: 0, blocks: 0 },
  rest: null,
  nodesToReplace: 0,
  effort: 1,
  fix: { title: '', commands: ['kubectl set env'], changes: 'Sets it.', effect: 'minutes' },
  ...part,
});

const HELPS = remedy({
  title: 'Drain 2 nodes',
  sufficient: false,
  verdict: 'fail',
  addresses: 12,
  blocks: 3,
  stillShort: { addresses: 30, blocks: 1 },
  rest: 'subnet-a runs out',
  nodesToReplace: 2,
  effort: 2,
  fix: { title: '', commands: ['kubectl drain a'], changes: 'Drains.', effect: 'node-replacement' },
});

function plan(...scenarios: readonly (readonly Remedy[])[]): Plan {
  return {
    schemaVersion: 1,
    kind: 'Plan',
    tool: { name: 'vpccni', version: '0.0.0' },
    generatedAt: '2026-11-01T12:00:00.000Z',
    cluster: { name: 'prod', region: 'eu-west-1', nodes: 3, pattern: 'default', mode: 'secondary' },
    setup: ['aws eks update-kubeconfig'],
    scenarios: scenarios.map((remedies, i) => ({
      id: `nodes=+${i + 1}`,
      name: 'nodes',
      title: 'more nodes',
      pattern: 'default',
      mode: 'secondary',
      current: true,
      verdict: 'fail',
      judged: 'best',
      density: null,
      nodesAdded: i + 1,
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
      remedies: [...remedies],
    })),
    runbooks: [],
    change: null,
    findings: [],
    suppressed: 0,
    unusedSuppressions: [],
  };
}

const shown = (of: Plan, wide = false) =>
  renderMarkdown(planView(of, { wide, now: 0, invocation: 'vpccni plan' }), { ascii: false }).replaceAll('\\', '');

describe('the course of a scenario', () => {
  it('is drawn, blocks and addresses apart, short ones marked', () => {
    const [scenario] = plan([]).scenarios;
    const subnets = [
      { subnetId: 'subnet-p', addresses: [160, 96, -16], blocks: [8, 4, -1] },
      { subnetId: 'subnet-n', addresses: [100, 50, 0], blocks: null },
    ];
    const course = { unit: 'nodes' as const, steps: [0, 1, 2], subnets };
    const text = shown({ ...plan([]), scenarios: [{ ...scenario!, course }] });
    expect(text).toContain('| subnet-p | 8 | 4 | -1 | █▅! |');
    expect(text).toContain('| subnet-n | 100 | 50 | 0 | █▅▁ |');
    expect(text.indexOf('free /28 by nodes added')).toBeLessThan(text.indexOf('free addresses by nodes added'));
  });
});

describe('remedies of a scenario', () => {
  it('are told with what they win and what is still lacking', () => {
    const text = shown(plan([remedy({}), HELPS]));
    expect(text).toContain('Keep a smaller warm pool: enough · wins 36 addresses · a setting');
    expect(text).toContain(
      'Drain 2 nodes: not enough alone · wins 12 addresses, 3 /28 blocks · still short by 30 addresses, 1 /28 block · 2 nodes to replace',
    );
    expect(text).toContain('still: subnet-a runs out');
  });

  it('show the commands of the first, those that reach the cluster before them, and all where there is room', () => {
    const text = shown(plan([remedy({}), HELPS]));
    expect(text.indexOf('aws eks update-kubeconfig')).toBeLessThan(text.indexOf('kubectl set env'));
    expect(text).not.toContain('kubectl drain a');
    expect(shown(plan([remedy({}), HELPS]), true)).toContain('kubectl drain a');
  });

  it('show the same commands once', () => {
    const text = shown(plan([remedy({})], [remedy({})]));
    expect(text.split('kubectl set env')).toHaveLength(2);
    expect(text).toContain('its commands stand above');
  });
});
