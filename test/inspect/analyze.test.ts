import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { analyze } from '../../src/inspect/analyze.ts';
import { type Check, defineCheck } from '../../src/inspect/checks/define-check.ts';
import type { Scope } from '../../src/inspect/contract/finding.ts';
import { section } from '../../src/inspect/facts/define-fact.ts';
import { DEFAULT_POLICY } from '../../src/inspect/policy.ts';
import { denied, type GivenSections, partial, runOf, snapshot } from '../support/snapshot-builder.ts';

interface Made {
  readonly code: string;
  readonly scope?: Scope;
  readonly explains?: readonly string[];
  readonly residual?: boolean;
  readonly severity?: 'error' | 'warning' | 'info';
  readonly finds?: boolean;
  readonly partialOk?: true;
}

function check({ code, scope = { nodes: ['n1'] }, finds = true, severity = 'error', ...rest }: Made): Check {
  return defineCheck({
    ...rest,
    helps: {},
    code,
    title: code,
    severity,
    grain: 'node',
    platform: 'any',
    needs: { subnets: section('subnets') },
    evidence: v.object({}),
    evaluate: () =>
      finds ? [{ key: 'k', confidence: 'derived' as const, resources: [], scope, evidence: {}, fixes: [] }] : [],
    summary: () => code,
    explanation: { why: '', how: '', fix: '', verify: '', references: [] },
  });
}

async function run(
  checks: readonly Made[],
  suppress: readonly string[] = [],
  sections: GivenSections = { subnets: [] },
) {
  return analyze(await runOf(snapshot(sections)), { ...DEFAULT_POLICY, suppress }, checks.map(check));
}

const shown = (a: Awaited<ReturnType<typeof run>>) => a.findings.map((f) => [f.code, f.causedBy]);

describe('causes and symptoms', () => {
  it('are joined by declaration and overlapping scope', async () => {
    const a = await run([
      { code: 'AAA001', explains: ['BBB001', 'CCC001'] },
      { code: 'BBB001' },
      { code: 'CCC001', scope: { nodes: ['n2'] } },
    ]);
    expect(shown(a)).toEqual([
      ['AAA001', undefined],
      ['BBB001', 'AAA001:k'],
      ['CCC001', undefined],
    ]);
  });

  it('lead to the bottom of a chain', async () => {
    const a = await run([
      { code: 'CCC001' },
      { code: 'BBB001', explains: ['CCC001'] },
      { code: 'AAA001', explains: ['BBB001'] },
    ]);
    expect(shown(a)).toContainEqual(['CCC001', 'AAA001:k']);
    expect(shown(a)).toContainEqual(['BBB001', 'AAA001:k']);
  });

  it('stand for themselves where they explain each other', async () => {
    const a = await run([
      { code: 'AAA001', explains: ['BBB001'] },
      { code: 'BBB001', explains: ['AAA001'] },
    ]);
    expect(shown(a).every(([, cause]) => cause === undefined)).toBe(true);
  });

  it('are found in thousands of findings as one by one, and at once', async () => {
    const nodes = Array.from({ length: 3000 }, (_, i) => `n${i}`);
    const made: Made[] = [
      ...nodes.map((n): Made => ({ code: 'BBB001', scope: { nodes: [n] } })),
      { code: 'AAA001', explains: ['BBB001'], scope: { nodes: nodes.filter((_, i) => i % 2 === 0) } },
      { code: 'CCC001', explains: ['BBB001', 'AAA001'], scope: { nodes: nodes.filter((_, i) => i % 3 === 0) } },
    ];
    const began = performance.now();
    const causes = (await run(made)).findings.filter((f) => f.code === 'BBB001').map((f) => f.causedBy);
    expect(performance.now() - began).toBeLessThan(2000);
    // Every second node leads to AAA001 and from there to CCC001; of the others every third leads to CCC001.
    expect(causes.filter((c) => c === 'CCC001:k')).toHaveLength(1500 + 500);
    expect(causes.filter((c) => c === undefined)).toHaveLength(1000);
  });

  it('drop a residual symptom that has a cause, suppressed or not, and keep one that has none', async () => {
    const made = [
      { code: 'AAA001', explains: ['ZZZ001'] },
      { code: 'ZZZ001', residual: true },
    ];
    const explained = await run(made);
    expect(shown(explained)).toEqual([['AAA001', undefined]]);
    expect(explained.coverage).toMatchObject({ failed: 1, passed: 1 });
    expect((await run(made, ['AAA001'])).findings).toEqual([]);
    expect(shown(await run([{ ...made[0]!, finds: false }, made[1]!]))).toEqual([['ZZZ001', undefined]]);
  });
});

describe('suppression', () => {
  it('hides a cause with what follows from it, and counts neither', async () => {
    const a = await run([{ code: 'AAA001', explains: ['BBB001'] }, { code: 'BBB001' }], ['AAA001']);
    expect(a.findings).toEqual([]);
    expect(a.suppressed.map((f) => [f.id, f.causedBy])).toEqual([
      ['AAA001:k', undefined],
      ['BBB001:k', 'AAA001:k'],
    ]);
    expect(a.coverage).toMatchObject({ failed: 0, suppressed: 2, passed: 0 });
  });

  it('of a symptom leaves its cause', async () => {
    const a = await run([{ code: 'AAA001', explains: ['BBB001'] }, { code: 'BBB001' }], ['BBB001']);
    expect(shown(a)).toEqual([['AAA001', undefined]]);
  });
});

describe('coverage', () => {
  const made: readonly Made[] = [{ code: 'AAA001' }, { code: 'BBB001', finds: false }, { code: 'CCC001' }];

  it('counts every check once', async () => {
    expect((await run(made, ['CCC001'])).coverage).toEqual({
      passed: 1,
      failed: 1,
      notApplicable: 0,
      notEvaluated: [],
      suppressed: 1,
    });
  });

  it('evaluates nothing that was denied, and names the permission', async () => {
    const a = await run(made, [], { subnets: denied('ec2:DescribeSubnets') });
    expect(a.findings).toEqual([]);
    expect(a.coverage.notEvaluated.map((n) => [n.code, n.permissions])).toEqual(
      made.map(({ code }) => [code, ['ec2:DescribeSubnets']]),
    );
  });

  it('evaluates what was read in part only where the check can bear it', async () => {
    const sections = { subnets: partial([], 'ec2:DescribeSubnets') };
    const a = await run([{ code: 'AAA001', partialOk: true }, { code: 'BBB001' }], [], sections);
    expect(a.findings.map((f) => f.code)).toEqual(['AAA001']);
    expect(a.coverage.notEvaluated.map((n) => n.code)).toEqual(['BBB001']);
  });
});

describe('a right of the optional tier', () => {
  const ofQuotas = (finds = false): Check =>
    defineCheck({
      code: 'AAA001',
      title: 'AAA001',
      severity: 'warning',
      worst: 'error',
      grain: 'cluster',
      platform: 'any',
      needs: { quotas: section('quotas'), subnets: section('subnets') },
      evidence: v.object({}),
      evaluate: () =>
        finds ? [{ key: 'k', confidence: 'derived', resources: [], scope: {}, evidence: {}, fixes: [] }] : [],
      summary: () => '',
      explanation: { why: '', how: '', fix: '', verify: '', references: [] },
    });
  const severityOf = async (sections: GivenSections) =>
    analyze(await runOf(snapshot(sections)), DEFAULT_POLICY, [ofQuotas()]).coverage.notEvaluated.map((n) => [
      n.severity,
      n.permissions,
    ]);
  const may = 'servicequotas:ListServiceQuotas';

  it('that alone is missing leaves no gate without a verdict, and is named', async () => {
    expect(await severityOf({ quotas: denied(may), subnets: [] })).toEqual([['info', [may]]]);
  });

  it('does so no longer beside one of the core tier, or where the call failed', async () => {
    expect(await severityOf({ quotas: denied(may), subnets: denied('ec2:DescribeSubnets') })).toEqual([
      ['error', [may, 'ec2:DescribeSubnets']],
    ]);
    const failed = { status: 'failed', kind: 'timeout', reason: 'no answer in time' } as const;
    expect(await severityOf({ quotas: failed, subnets: [] })).toEqual([['error', []]]);
  });
});

describe('order', () => {
  it('is gravest first', async () => {
    const a = await run([
      { code: 'AAA001', severity: 'info' },
      { code: 'BBB001', severity: 'warning' },
      { code: 'CCC001', severity: 'error' },
      { code: 'DDD001', severity: 'error', scope: { pods: ['a', 'b'] } },
    ]);
    expect(a.findings.map((f) => f.code)).toEqual(['DDD001', 'CCC001', 'BBB001', 'AAA001']);
  });
});
