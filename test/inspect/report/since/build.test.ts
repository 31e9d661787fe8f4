import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { analyze } from '../../../../src/inspect/analyze.ts';
import { type Since, sinceSchema } from '../../../../src/inspect/contract/since.ts';
import { DEFAULT_POLICY } from '../../../../src/inspect/policy.ts';
import { buildSince, type Older } from '../../../../src/inspect/report/since/build.ts';
import type { ClusterSnapshot } from '../../../../src/inspect/snapshot.ts';
import { calm } from '../../../support/calm.ts';
import { POD_SUBNETS, shop } from '../../../support/shop.ts';
import { ago, cni, denied, eniConfig, type GivenSections, runOf, subnet } from '../../../support/snapshot-builder.ts';
import { plain } from '../../checks/cases/worlds.ts';

function at(of: ClusterSnapshot, seconds: number): ClusterSnapshot {
  return { ...of, collectedAt: ago(seconds) };
}

async function since(
  now: ClusterSnapshot,
  past: readonly ClusterSnapshot[],
  history?: Older['history'],
): Promise<Since> {
  const run = await runOf(now);
  const given = { runs: await Promise.all(past.map(runOf)), ...(history ? { history } : {}) };
  const made = buildSince(run, analyze(run, DEFAULT_POLICY), given, (then) => analyze(then, DEFAULT_POLICY));
  return v.parse(sinceSchema, JSON.parse(JSON.stringify(made)));
}

/** The shop before ENIConfig eu-west-1c was taken away. */
const older = (over: GivenSections = {}) =>
  at(
    shop({
      events: [],
      eniConfigs: [
        eniConfig({ name: 'eu-west-1a', subnetId: POD_SUBNETS.a }),
        eniConfig({ name: 'eu-west-1b', subnetId: POD_SUBNETS.b }),
        eniConfig({ name: 'eu-west-1c', subnetId: 'subnet-0c3', securityGroupIds: ['sg-1'] }),
      ],
      ...over,
    }),
    86_400,
  );

describe('what changed since', () => {
  it('names first what explains the new findings', async () => {
    const told = await since(shop(), [older()]);
    expect(told.base).toEqual({ collectedAt: ago(86_400) });
    const cus001 = told.findings.new.find((id) => id.startsWith('CUS001'));
    expect(cus001).toBeDefined();
    expect(told.changes[0]).toMatchObject({
      kind: 'eniconfig',
      subject: 'ENIConfig eu-west-1c',
      before: 'subnet-0c3 with sg-1',
      after: null,
      statement: 'ENIConfig eu-west-1c is gone; it was subnet-0c3 with sg-1',
    });
    expect(told.changes[0]?.explains).toContain(cus001);
    expect(told.notCompared).toEqual([]);
  });

  it('finds nothing between a snapshot and itself', async () => {
    for (const of of [shop(), calm(), plain().snapshot()]) {
      const told = await since(of, [at(of, 3600)]);
      expect([told.changes, told.findings]).toEqual([[], { new: [], gone: [] }]);
    }
  });

  it('tells settings with their old value', async () => {
    const env = { WARM_ENI_TARGET: '3', AWS_VPC_K8S_CNI_EXTERNALSNAT: undefined };
    const old = at(calm({ cni: cni({ env: { WARM_IP_TARGET: '5' }, version: 'v1.19.0' }) }), 3600);
    const told = await since(calm({ cni: cni({ env, version: 'v1.19.0' }) }), [old]);
    expect(told.changes.filter((c) => c.kind === 'setting').map((c) => [c.subject, c.before, c.after])).toEqual([
      ['WARM_ENI_TARGET', '1', '3'],
      ['WARM_IP_TARGET', '5', expect.stringMatching(/^unset/)],
    ]);
  });

  it('tells who took the addresses, the hungriest first', async () => {
    const small = plain().snapshot();
    const grown = plain();
    grown.leak('eni-left', 'subnet-0a', 190, 300).foreign('eni-lambda', 'subnet-0a', 9, { type: 'lambda' });
    const told = await since(grown.snapshot(), [at(small, 86_400)]);
    const owners = told.changes.filter((c) => c.kind === 'owner');
    expect(owners[0]?.statement).toMatch(/^cni-secondary prod in subnet-0a: 10 → 200 addresses$/);
    expect(owners[0]?.explains.some((id) => id.startsWith('LEK001'))).toBe(true);
    expect(told.changes.find((c) => c.kind === 'subnet')?.statement).toMatch(
      /^subnet-0a \(eu-west-1a\): 231 addresses/,
    );
    expect(told.changes.every((c) => !c.subject.includes('subnet-0b'))).toBe(true);
  });

  it('takes nothing for new or gone that was not read', async () => {
    const blind = older({
      eniConfigs: denied('list eniconfigs.crd.k8s.amazonaws.com'),
      networkInterfaces: denied('ec2:DescribeNetworkInterfaces'),
    });
    const told = await since(shop(), [blind]);
    expect(told.changes.filter((c) => c.kind === 'eniconfig' || c.kind === 'owner')).toEqual([]);
    expect(told.notCompared.join()).toContain(
      'ENIConfigs: not read in the older snapshot (list eniconfigs.crd.k8s.amazonaws.com was denied)',
    );
    // And what cannot be judged now has not gone.
    const hidden = await since(shop({ networkInterfaces: denied('ec2:DescribeNetworkInterfaces') }), [older()]);
    expect(hidden.findings.gone.filter((f) => f.code === 'LEK001' || f.code === 'PFX001')).toEqual([]);
  });

  it('compares with the latest of several, and ignores what is not older', async () => {
    const told = await since(shop(), [older(), at(shop(), 3600), at(shop(), -3600)]);
    expect([told.base?.collectedAt, told.changes]).toEqual([ago(3600), []]);
    expect(told.snapshots).toHaveLength(3);
  });
});

describe('the runway', () => {
  const DAY = 86_400;
  const withFree = (free: number) =>
    plain().snapshot({
      subnets: [
        subnet({ subnetId: 'subnet-0a', cidr: '10.0.0.0/24', availabilityZone: 'eu-west-1a', availableIps: free }),
        subnet({ subnetId: 'subnet-0b', cidr: '10.0.1.0/24', availabilityZone: 'eu-west-1b', availableIps: 150 }),
      ],
    });

  it('follows the free addresses of each subnet', async () => {
    const past = Array.from({ length: 8 }, (_, i) => at(withFree(100 + 5 * i), i * DAY)).slice(1);
    const told = await since(withFree(100), past);
    expect(told.runways.map((r) => [r.subnetId, r.of, r.trend])).toEqual([
      ['subnet-0a', 'addresses', 'shrinking'],
      ['subnet-0b', 'addresses', 'steady'],
    ]);
    const [first] = told.runways;
    expect([first?.now, first?.samples.length]).toEqual([100, 8]);
    expect(first?.perDay).toBeCloseTo(-5, 9);
    expect(first?.daysLeft).toBeCloseTo(20, 9);
  });

  it('wants three snapshots, or a series', async () => {
    expect((await since(withFree(100), [at(withFree(105), DAY)])).runways).toEqual([]);
    const now = Date.parse(ago(0));
    const samples = Array.from({ length: 10 }, (_, i) => ({ at: now - (i + 1) * DAY * 1000, value: 104 + 4 * i }));
    const series = new Map([['subnet-0a', { addresses: samples, blocks: [] }]]);
    const told = await since(withFree(100), [], { series, from: 'http://prometheus:9090' });
    expect([told.base, told.history, told.changes]).toEqual([null, 'http://prometheus:9090', []]);
    expect(told.runways[0]).toMatchObject({ subnetId: 'subnet-0a', trend: 'shrinking' });
    expect(told.runways[0]?.daysLeft).toBeCloseTo(25, 9);
    expect(told.runways[1]).toMatchObject({ subnetId: 'subnet-0b', trend: 'unknown', daysLeft: null });
  });
});
