/** The rig's ipamd against upstream's table for prefix mode (docs/prefix-and-ip-target.md, t3.small). */
import { describe, expect, it } from 'vitest';
import { canSpareEni, type Pool, prefixesOver, prefixesShort, type WarmTargets, warmTargets } from './warm-targets.ts';

const targets = (env: Record<string, string>) => warmTargets({ WARM_PREFIX_TARGET: '1', ...env });
const ONE = targets({});
const ONE_ADDRESS = targets({ WARM_IP_TARGET: '1', MINIMUM_IP_TARGET: '1' });
const SEVEN_OF_TWENTY = targets({ WARM_IP_TARGET: '7', MINIMUM_IP_TARGET: '20' });

/** Prefixes of a fresh node once it is quiet; pods packed. */
function settled(t: WarmTargets, pods: number, maxPods = 110): number {
  let prefixes = 0;
  const pool = (): Pool => ({ prefixes, freePrefixes: Math.max(0, prefixes - Math.ceil(pods / 16)), pods });
  for (let short = prefixesShort(t, pool(), maxPods); short > 0; short = prefixesShort(t, pool(), maxPods))
    prefixes += short;
  return prefixes;
}

describe('warm targets', () => {
  it.each<[string, WarmTargets, number, number]>([
    ['WARM_PREFIX_TARGET=1', ONE, 0, 1],
    ['WARM_PREFIX_TARGET=1', ONE, 5, 2],
    ['WARM_PREFIX_TARGET=1', ONE, 16, 2],
    ['WARM_PREFIX_TARGET=1', ONE, 17, 3],
    ['WARM_PREFIX_TARGET=1', ONE, 58, 5],
    ['WARM_IP_TARGET=1, MINIMUM_IP_TARGET=1', ONE_ADDRESS, 0, 1],
    ['WARM_IP_TARGET=1, MINIMUM_IP_TARGET=1', ONE_ADDRESS, 5, 1],
    ['WARM_IP_TARGET=1, MINIMUM_IP_TARGET=1', ONE_ADDRESS, 17, 2],
    ['WARM_IP_TARGET=1, MINIMUM_IP_TARGET=1', ONE_ADDRESS, 58, 4],
    ['WARM_IP_TARGET=7, MINIMUM_IP_TARGET=20', SEVEN_OF_TWENTY, 5, 2],
    ['WARM_IP_TARGET=7, MINIMUM_IP_TARGET=20', SEVEN_OF_TWENTY, 17, 2],
    ['WARM_IP_TARGET=7, MINIMUM_IP_TARGET=20', SEVEN_OF_TWENTY, 58, 5],
  ])('%s with %3$i pods', (_, t, pods, prefixes) => {
    expect(settled(t, pods)).toBe(prefixes);
  });

  it('stop at the pods kubelet admits', () => {
    expect(settled(targets({ WARM_PREFIX_TARGET: '9' }), 5, 33)).toBe(9); // a batch may pass it
    expect(settled(ONE, 33, 33)).toBe(3);
  });

  it('give back wholly free prefixes only', () => {
    const pool: Pool = { prefixes: 5, freePrefixes: 2, pods: 10 };
    expect(prefixesOver(ONE, pool)).toBe(1);
    expect(prefixesOver(ONE_ADDRESS, pool)).toBe(2);
    expect(prefixesOver(SEVEN_OF_TWENTY, { prefixes: 5, freePrefixes: 4, pods: 10 })).toBe(3);
    expect(prefixesOver(targets({ MINIMUM_IP_TARGET: '80' }), pool)).toBe(0);
  });

  it('keep an ENI whose free prefix the others lack', () => {
    expect(canSpareEni(ONE, { prefixes: 2, freePrefixes: 1, pods: 10 })).toBe(true);
    expect(canSpareEni(ONE, { prefixes: 2, freePrefixes: 0, pods: 17 })).toBe(false);
    expect(canSpareEni(ONE_ADDRESS, { prefixes: 2, freePrefixes: 0, pods: 10 })).toBe(false); // WARM_PREFIX_TARGET counts still
    expect(canSpareEni(targets({ MINIMUM_IP_TARGET: '48' }), { prefixes: 2, freePrefixes: 2, pods: 0 })).toBe(false);
  });
});
