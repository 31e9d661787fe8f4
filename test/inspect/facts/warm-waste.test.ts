import { describe, expect, it } from 'vitest';
import { percentile, percentileOfCounts } from '../../../src/inspect/facts/support/percentile.ts';
import { warmPool } from '../../../src/inspect/facts/warm-waste.ts';
import { dice } from '../../support/mutations.ts';
import {
  addresses,
  ago,
  cni,
  cniEni,
  denied,
  eni,
  type GivenSections,
  node,
  pods,
  runOf,
  snapshot,
} from '../../support/snapshot-builder.ts';

/** Node a holds 18 addresses in two subnets for 2 pods, node b 9 for none. */
function given(env: Record<string, string | undefined> = {}, more: GivenSections = {}): GivenSections {
  return {
    nodes: [node({ name: 'a' }), node({ name: 'b' })],
    cni: cni({ env }),
    networkInterfaces: [
      eni({ eniId: 'eni-a0', attachedTo: 'i-a', secondaryIps: addresses('10.0.0.11', 9) }),
      cniEni({ eniId: 'eni-a1', attachedTo: 'i-a', subnetId: 'subnet-2', secondaryIps: addresses('10.0.1.11', 9) }),
      eni({ eniId: 'eni-b0', attachedTo: 'i-b', secondaryIps: addresses('10.0.0.61', 9) }),
      eni({ eniId: 'eni-t', attachedTo: 'i-b', device: 2, type: 'trunk', secondaryIps: ['10.0.0.99'] }),
    ],
    pods: pods(2, 'p', { node: 'a' }, ['10.0.0.11', '10.0.1.11']),
    ...more,
  };
}

async function pool(sections: GivenSections) {
  return (await runOf(snapshot(sections))).valueOf(warmPool)!;
}

describe('the warm pool', () => {
  it('adds up over nodes and over subnets', async () => {
    const w = await pool(given());
    expect(w).toMatchObject({ held: 27, used: 2, idle: 25, podsPerNodeP95: 2 });
    expect(Object.fromEntries(w.byNode)).toEqual({
      a: { held: 18, used: 2, idle: 16 },
      b: { held: 9, used: 0, idle: 9 },
    });
    expect(Object.fromEntries(w.bySubnet)).toEqual({ 'subnet-1a': 17, 'subnet-2': 8 });
  });

  it('leaves young nodes out', async () => {
    const nodes = [node({ name: 'a', createdAt: ago(599) }), node({ name: 'b', createdAt: ago(600) })];
    expect(await pool(given({}, { nodes }))).toMatchObject({ held: 9, used: 0, idle: 9 });
  });

  it('names the setting behind it', async () => {
    const driver = async (env: Record<string, string | undefined>) => {
      const d = (await pool(given(env))).driver;
      return d && `${d.variable}=${d.value}`;
    };
    expect(await driver({})).toBe('WARM_ENI_TARGET=1');
    expect(await driver({ ENABLE_PREFIX_DELEGATION: 'true', WARM_PREFIX_TARGET: '3' })).toBe('WARM_PREFIX_TARGET=3');
    expect(await driver({ MINIMUM_IP_TARGET: '30', WARM_IP_TARGET: '5' })).toBe('MINIMUM_IP_TARGET=30');
    expect(await driver({ MINIMUM_IP_TARGET: '4', WARM_IP_TARGET: '5' })).toBe('WARM_IP_TARGET=5');
    expect(await driver({ DISABLE_NETWORK_RESOURCE_PROVISIONING: 'true' })).toBeUndefined();
  });

  it('is unknown without pods: idle cannot be told from used', async () => {
    const result = (await runOf(snapshot(given({}, { pods: denied('pods:list') })))).get(warmPool);
    expect(result).toMatchObject({ known: false, missing: [{ permission: 'pods:list' }] });
  });
});

describe('the 95th percentile', () => {
  it.each([
    [[], 0],
    [[7], 7],
    [Array.from({ length: 20 }, (_, i) => i + 1), 19],
    [Array.from({ length: 100 }, (_, i) => 100 - i), 95],
  ])('of %j is %d', (values, expected) => {
    expect(percentile(values, 0.95)).toBe(expected);
    expect(
      percentileOfCounts(
        values.map((value) => ({ value, count: 1 })),
        0.95,
      ),
    ).toBe(expected);
  });

  it('is the same of values that each stand so many times', () => {
    for (let seed = 0; seed < 200; seed++) {
      const roll = dice(seed);
      const counts = Array.from({ length: roll(6) }, () => ({ value: roll(9), count: 1 + roll(12) }));
      const each = counts.flatMap(({ value, count }) => new Array<number>(count).fill(value));
      for (const share of [0, 0.05, 0.5, 0.95, 1])
        expect(percentileOfCounts(counts, share)).toBe(percentile(each, share));
    }
  });
});
