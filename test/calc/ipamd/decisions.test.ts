import { describe, expect, it } from 'vitest';
import { type EniForRelease, poolPolicy } from '../../../src/calc/ipamd/decisions.ts';
import { parseSettings } from '../../../src/calc/ipamd/index.ts';
import { deletableEni } from './deletable-eni.ts';

/** Rules of `data_store.go:getDeletableENI` that no upstream unit test shows. */

const eni = (fields: Partial<EniForRelease>): EniForRelease => ({
  primary: false,
  trunk: false,
  efa: false,
  excluded: false,
  ips: 16,
  pods: 0,
  freeCidrs: 1,
  old: true,
  cooling: false,
  ...fields,
});
const prefixPolicy = (env: Record<string, string>) =>
  poolPolicy(parseSettings({ ENABLE_PREFIX_DELEGATION: 'true', ...env }, { defaults: 'binary' }), {
    prefixes: true,
    slotsPerENI: 9,
    maxPods: 110,
  });

describe('the ENI to release', () => {
  const spare = eni({});

  it('stays while the others hold fewer free addresses than the warm target rounded up to prefixes', () => {
    const policy = prefixPolicy({ WARM_IP_TARGET: '5' });
    expect(deletableEni(policy, [eni({ primary: true, pods: 7, freeCidrs: 0 }), spare])).toBeUndefined();
    expect(deletableEni(policy, [eni({ primary: true, ips: 32, pods: 16, freeCidrs: 1 }), spare])).toBe(spare);
  });

  it('stays while the others hold less than the minimum rounded up to prefixes', () => {
    const policy = prefixPolicy({ MINIMUM_IP_TARGET: '17' });
    expect(deletableEni(policy, [eni({ primary: true, ips: 16 }), spare])).toBeUndefined();
    expect(deletableEni(policy, [eni({ primary: true, ips: 32, freeCidrs: 2 }), spare])).toBe(spare);
  });

  it('stays for the warm prefix target even when IP targets are in force', () => {
    const others = [eni({ primary: true, ips: 48, pods: 20, freeCidrs: 1 }), spare];
    expect(deletableEni(prefixPolicy({ WARM_IP_TARGET: '5' }), others)).toBe(spare);
    expect(deletableEni(prefixPolicy({ WARM_IP_TARGET: '5', WARM_PREFIX_TARGET: '2' }), others)).toBeUndefined();
  });

  it('is never young, cooling, in use, primary, trunk or EFA', () => {
    const policy = prefixPolicy({ WARM_PREFIX_TARGET: '0' });
    for (const fields of [
      { old: false },
      { cooling: true },
      { pods: 1 },
      { primary: true },
      { trunk: true },
      { efa: true },
    ])
      expect(deletableEni(policy, [eni(fields)])).toBeUndefined();
    expect(deletableEni(policy, [spare])).toBe(spare);
  });

  it('does not count addresses of excluded ENIs for the others', () => {
    const policy = prefixPolicy({ WARM_IP_TARGET: '16' });
    expect(
      deletableEni(policy, [eni({ primary: true, pods: 16, freeCidrs: 0 }), eni({ excluded: true, pods: 1 }), spare]),
    ).toBeUndefined();
  });
});
