import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { loadCatalog } from '../../../src/calc/catalog/index.ts';
import { type AuthorityId, allModes, groupOf, type MaxPodsOptions, maxPods } from '../../../src/calc/maxpods/index.ts';
import { type Mode, PAIRS, type Pattern } from '../../../src/calc/patterns.ts';

const catalog = await loadCatalog();
const type = (name: string) => catalog.get(name)!;
const of = (name: string, options: MaxPodsOptions = {}) => maxPods(type(name), options);

describe('the table AWS publishes', () => {
  const rows = readFileSync('test/vectors/eni-max-pods.tsv', 'utf8')
    .split('\n')
    .map((line) => line.split('\t'))
    .filter(([name, pods]) => name?.includes('.') && /^\d+$/.test(pods ?? ''));

  it('equals the formula of the default mode in every row', () => {
    expect(rows).toHaveLength(1391);
    const got = rows.map(([name]) => [name, String(of(name!).theoreticalMaxPods)]);
    expect(got).toEqual(rows);
  });
});

/** Type, then: table and Karpenter, Bottlerocket of 2024-09, calculator, with prefix, custom, custom and prefix, Auto Mode, addresses. */
const ROWS: readonly (readonly [string, number, number, number, number, number, number, number, number, number])[] = [
  ['t3.nano', 4, 4, 4, 34, 3, 18, 2, 2, 32],
  ['t3.medium', 17, 17, 17, 110, 12, 110, 15, 15, 240],
  ['m5.large', 29, 29, 29, 110, 20, 110, 27, 27, 432],
  ['m4.large', 20, 20, 20, 20, 11, 11, 18, 18, 18],
  ['c6g.medium', 8, 8, 8, 98, 5, 50, 6, 6, 96],
  ['m8i.large', 59, 110, 59, 110, 40, 110, 57, 57, 912],
  ['m5.4xlarge', 234, 234, 110, 110, 110, 110, 110, 232, 3712],
  ['m5.24xlarge', 737, 737, 250, 250, 250, 250, 110, 735, 11760],
  ['p5.48xlarge', 100, 100, 100, 250, 51, 250, 98, 98, 1568],
  ['trn1.32xlarge', 247, 247, 247, 250, 198, 250, 110, 245, 3920],
  ['hpc6id.32xlarge', 51, 51, 51, 250, 2, 2, 49, 49, 784],
  ['d3en.xlarge', 10, 10, 10, 110, 8, 98, 8, 8, 128],
];

describe('one type under every authority', () => {
  it.each(ROWS)('%s', (name, table, bottlerocket, calculator, prefix, custom, customPrefix, auto, ips, prefixIps) => {
    const set = (options: MaxPodsOptions, id: AuthorityId) =>
      of(name, options).authorities.find((a) => a.id === id)?.maxPods;
    expect((['eni-max-pods.txt', 'nodeadm', 'karpenter', 'al2-bootstrap'] as const).map((id) => set({}, id))).toEqual([
      table,
      table,
      table,
      table,
    ]);
    expect(set({}, 'bottlerocket')).toBe(bottlerocket);
    expect([set({}, 'max-pods-calculator.sh'), set({}, 'managed-node-group')]).toEqual([calculator, calculator]);
    expect(set({ prefix: true }, 'max-pods-calculator.sh')).toBe(prefix);
    expect(set({ customNetworking: true }, 'managed-node-group')).toBe(custom);
    expect(set({ customNetworking: true, prefix: true }, 'max-pods-calculator.sh')).toBe(customPrefix);
    expect(set({}, 'eks-auto-mode')).toBe(auto);
    expect([of(name).ipsForPods, of(name, { prefix: true }).ipsForPods]).toEqual([ips, prefixIps]);
    expect(
      [{}, { prefix: true }, { customNetworking: true }, { customNetworking: true, prefix: true }].map(
        (o) => of(name, o).maxPods,
      ),
    ).toEqual([calculator, prefix, custom, customPrefix]);
  });

  it('keeps what no node of that kind can have out of a Windows node', () => {
    const values = of('m5.large', { windows: true }).authorities.map(({ id, maxPods: n }) => [id, n]);
    expect(values.filter(([, n]) => n !== null)).toEqual([
      ['managed-node-group', 110],
      ['karpenter', 110],
      ['windows', 110],
      ['kubelet-default', 110],
    ]);
  });

  it('marks the authority that an option selects, and none when nothing does', () => {
    const selected = (options: MaxPodsOptions) =>
      of('m5.large', options)
        .authorities.filter((a) => a.applies)
        .map((a) => a.id);
    expect(selected({})).toEqual([]);
    expect(selected({ prefix: true, sgp: true })).toEqual([]);
    expect(selected({ reservedEnis: 0 })).toEqual(['karpenter']);
    expect(selected({ windows: true })).toEqual(['windows']);
  });
});

describe('cards and generations', () => {
  it('counts the default card, not all cards', () => {
    const rows: [string, number][] = [
      ['p5.48xlarge', 100],
      ['p5en.48xlarge', 198],
      ['p6-b300.48xlarge', 198],
      ['p4d.24xlarge', 737],
      ['dl1.24xlarge', 737],
      ['trn1n.32xlarge', 247],
      ['g6e.48xlarge', 492],
      ['c6in.32xlarge', 394],
      ['c8gn.48xlarge', 590],
      ['hpc7a.96xlarge', 100],
    ];
    expect(rows.map(([name]) => [name, of(name).theoreticalMaxPods])).toEqual(rows);
  });

  it('has the retired calculator miss prefixes on bare metal, which the CNI does not', () => {
    const item = of('u-6tb1.metal', { prefix: true });
    const calculator = item.authorities.find((a) => a.id === 'max-pods-calculator.sh');
    expect([item.maxPods, item.mode, calculator?.maxPods]).toEqual([250, 'prefix', 147]);
    expect(calculator?.note).toMatch(/bare metal/);
  });
});

describe('all modes', () => {
  const pairs = (name: string, options: MaxPodsOptions = {}) =>
    new Map(allModes(type(name), options).map((i) => [`${i.pattern}/${i.requestedMode}` as `${Pattern}/${Mode}`, i]));

  it('has the ten pairs, each once', () => {
    const got = allModes(type('m5.large'), {}).map(({ pattern, requestedMode: mode }) => ({ pattern, mode }));
    expect(got).toEqual(PAIRS);
    expect(got).toHaveLength(10);
  });

  it('gives m5.large the numbers of its ENIs, its trunk and its ceiling', () => {
    const got = [...pairs('m5.large')].map(([pair, i]) => [
      pair,
      i.maxPods,
      i.maxPodsWithBranch,
      i.theoreticalMaxPods,
      i.boundBy,
    ]);
    expect(got).toEqual([
      ['default/secondary', 29, 29, 29, 'eni-slots'],
      ['default/prefix', 110, 110, 434, 'vcpu-ceiling'],
      ['default/ipv6', 110, 110, 434, 'vcpu-ceiling'],
      ['sgp/secondary', 20, 29, 20, 'trunk'],
      ['sgp/prefix', 110, 110, 290, 'vcpu-ceiling'],
      ['sgp/ipv6', 110, 110, 434, 'vcpu-ceiling'],
      ['custom/secondary', 20, 20, 20, 'eni-slots'],
      ['custom/prefix', 110, 110, 290, 'vcpu-ceiling'],
      ['custom+sgp/secondary', 11, 20, 11, 'trunk'],
      ['custom+sgp/prefix', 110, 110, 146, 'vcpu-ceiling'],
    ]);
  });

  it('says what is in force where the type cannot do what was asked', () => {
    const m4 = pairs('m4.large');
    expect([m4.get('default/prefix')?.mode, m4.get('default/prefix')?.maxPods]).toEqual(['secondary', 20]);
    const v6 = m4.get('default/ipv6')!;
    expect([v6.supported, v6.ipsForPods, v6.maxPods]).toEqual([false, 0, 2]);
    expect(v6.warnings.map((w) => w.id)).toContain('ipv6-on-xen');
  });

  it('computes every type without a gap', () => {
    for (const name of catalog.names) {
      for (const item of allModes(type(name), {})) {
        const numbers = [
          item.maxPods,
          item.maxPodsWithBranch,
          item.theoreticalMaxPods,
          item.ipsForPods,
          item.nodeAddresses.nodeSubnet,
        ];
        expect(
          numbers.every((n) => Number.isSafeInteger(n) && n >= 0),
          `${name} ${item.pattern} ${item.requestedMode}`,
        ).toBe(true);
        expect(item.maxPods).toBeLessThanOrEqual(item.maxPodsWithBranch);
        expect(JSON.stringify(item)).not.toMatch(/undefined|NaN|Infinity/);
      }
    }
  });
});

describe('several types', () => {
  const group = (names: string[], options: MaxPodsOptions = {}) => groupOf(names.map((n) => of(n, options)));

  it('take the smallest, named where it alone is so small', () => {
    expect(group(['m5.4xlarge', 't3.medium', 'm5.large'])).toMatchObject({ maxPods: 17, becauseOf: 't3.medium' });
  });

  it('name no type where several come to no more, but what holds them', () => {
    expect(group(['t3.medium', 'm5.large', 't3.xlarge'], { prefix: true })).toEqual({
      maxPods: 110,
      becauseOf: null,
      smallest: 3,
      boundBy: 'vcpu-ceiling',
    });
    expect(group(['m5.large', 'c6i.large', 'm5.4xlarge'])).toEqual({
      maxPods: 29,
      becauseOf: null,
      smallest: 2,
      boundBy: 'eni-slots',
    });
  });

  it('are none where none is given', () => {
    expect(groupOf([])).toBeUndefined();
  });
});
