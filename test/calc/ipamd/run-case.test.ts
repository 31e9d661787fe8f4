import { describe, expect, it } from 'vitest';
import { loadCatalog } from '../../../src/calc/catalog/index.ts';
import { CaseError, runCase } from '../../../src/calc/ipamd/index.ts';

const catalog = await loadCatalog();
const run = (fields: Record<string, unknown>) => runCase({ id: 'one', kind: 'steady', ...fields }, catalog.get);

describe('runCase', () => {
  it('takes limits from the catalog and lets the case override them', () => {
    expect(run({ instanceType: 'm5.large', maxPods: 29, pods: 1 })).toMatchObject({ secondaryIPs: 18, exact: true });
    expect(run({ instanceType: 'm5.large', limits: { ipv4PerEni: 5 }, maxPods: 29, pods: 1 })).toMatchObject({
      secondaryIPs: 8,
    });
  });

  it('assigns single addresses on Xen, prefixes on Nitro and on names it does not know', () => {
    const config = { ENABLE_PREFIX_DELEGATION: 'true', WARM_PREFIX_TARGET: '1' };
    const limits = { eniLimit: 8, ipv4PerEni: 30 };
    const prefixes = (instanceType: string) => run({ instanceType, limits, config, maxPods: 110 }).prefixes;
    expect(['m4.4xlarge', 'm5.4xlarge', 'z9.mega'].map(prefixes)).toEqual([0, 1, 1]);
  });

  it('names the case that cannot be read', () => {
    expect(() => run({ instanceType: 'z9.mega', pods: 1 })).toThrow(
      new CaseError('one', 'eniLimit must be given: the catalog does not know this instance type'),
    );
    expect(() => run({ kind: 'guess' })).toThrow(CaseError);
    expect(() => run({ instanceType: 'm5.large', pods: -1 })).toThrow(/^case one: pods must be/);
    expect(() => run({ instanceType: 'm5.large', config: { WARM_IP_TARGET: 3 } })).toThrow(
      /^case one: config\.WARM_IP_TARGET must be a text/,
    );
    expect(() => run({ kind: 'trace', instanceType: 'm5.large', script: ['boot', 'wait'] })).toThrow(
      /unknown step: wait/,
    );
    expect(() => runCase('no', catalog.get)).toThrow(CaseError);
  });

  it('says why a node never starts', () => {
    const refused = run({ instanceType: 'm5.large', config: { ENABLE_PREFIX_DELEGATION: 'true' } });
    expect(refused).toMatchObject({
      nodeInitFails: true,
      podIPsHeld: 0,
      reasons: [expect.stringContaining('WARM_PREFIX_TARGET')],
    });
    expect(run({ instanceType: 'm5.large', config: { ENABLE_IPv6: 'true' } })).toMatchObject({ nodeInitFails: true });
  });

  it('tells a range where a full node attaches and releases an ENI for ever', () => {
    const full = run({ instanceType: 'm5.large', config: { WARM_ENI_TARGET: '0' }, maxPods: 29, pods: 9 });
    expect(full).toMatchObject({ exact: false, enis: { min: 1, max: 2 }, secondaryIPs: { min: 9, max: 18 } });
    const initial = [{ primary: true, podsPerSlot: [1, 1, 1, 1, 1, 1, 1, 1, 1] }];
    const found = run({
      kind: 'after-churn',
      instanceType: 'm5.large',
      config: { WARM_ENI_TARGET: '0' },
      maxPods: 29,
      pods: 9,
      initial,
    });
    expect(found).toMatchObject({ exact: false, enis: { min: 1, max: 2 } });
  });

  it('gives the same answer every time', () => {
    const question = {
      instanceType: 'm5.xlarge',
      config: { ENABLE_PREFIX_DELEGATION: 'true', WARM_PREFIX_TARGET: '4' },
      maxPods: 110,
      pods: 60,
      arrival: 'burst',
    };
    expect(run(question)).toEqual(run(question));
  });

  it('plays pods that leave, branch pods and a cordon', () => {
    const script = [
      'boot',
      'pass 1',
      'pass 2',
      '+2 branch pods',
      '+1 pods',
      'cordon',
      'pass 3',
      'uncordon',
      'pass 4',
      '-1 pods',
    ];
    const { steps } = run({
      kind: 'trace',
      instanceType: 'm5.large',
      config: { ENABLE_POD_ENI: 'true' },
      maxPods: 29,
      script,
    }) as unknown as {
      steps: { at: string; actions: unknown[]; assigned: number; enisAttached: number }[];
    };
    expect(
      steps.map(({ at, actions, assigned, enisAttached }) => [at, actions.length, assigned, enisAttached]),
    ).toEqual([
      ['boot', 2, 0, 1],
      ['pass 1', 0, 0, 1],
      ['pass 2', 2, 0, 2],
      ['+2 branch pods', 0, 0, 2],
      ['+1 pods', 0, 1, 2],
      ['cordon', 0, 1, 2],
      ['pass 3', 0, 1, 2],
      ['uncordon', 0, 1, 2],
      ['pass 4', 1, 1, 3],
      ['-1 pods', 0, 0, 3],
    ]);
    expect(
      steps.flatMap(({ at, actions }) => actions.filter((a) => 'event' in (a as object)).map((a) => [at, a])),
    ).toEqual([
      ['boot', { event: 'trunk ENI asked for' }],
      ['pass 2', { event: 'trunk ENI attached' }],
      ['pass 2', { event: 'trunk ENI known to ipamd' }],
    ]);
  });

  it('has no certain end where targets pass maxPods and nothing says how pods came', () => {
    // 20 pods and 10 warm ask for 30, growth stops at 24: one by one at 24, in a burst up to 23 + 10
    const beyond = {
      kind: 'steady',
      instanceType: 'm5.4xlarge',
      config: { WARM_IP_TARGET: '10' },
      maxPods: 24,
      pods: 20,
    };
    const open = run(beyond) as unknown as {
      exact: boolean;
      podIPsHeld: { min: number; max: number };
      reasons: string[];
    };
    expect(open.exact).toBe(false);
    expect(open.podIPsHeld.min).toBeLessThanOrEqual(24);
    expect(open.podIPsHeld.max).toBeGreaterThanOrEqual(30);
    expect(open.reasons.join()).toContain('maxPods');
    expect(run({ ...beyond, arrival: 'oneByOne' })).toMatchObject({ exact: true });
    expect(run({ ...beyond, maxPods: 234 })).toMatchObject({ exact: true, podIPsHeld: 30 });
  });
});
