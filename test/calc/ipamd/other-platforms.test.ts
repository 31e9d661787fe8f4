import { describe, expect, it } from 'vitest';
import { extraCard, ipsHeldByNode, type NodeLimits, parseSettings } from '../../../src/calc/ipamd/index.ts';
import { ipv6Holdings } from '../../../src/calc/ipamd/ipv6.ts';
import { windowsHoldings, windowsTargets } from '../../../src/calc/ipamd/windows.ts';

const large: NodeLimits = {
  eniLimit: 3,
  ipv4PerEni: 10,
  trunkingCompatible: true,
  branchEniLimit: 9,
  prefixCapable: true,
};

describe('IPv6', () => {
  const settings = parseSettings(
    { ENABLE_IPv4: 'false', ENABLE_IPv6: 'true', ENABLE_PREFIX_DELEGATION: 'true', ENABLE_POD_ENI: 'true' },
    { defaults: 'manifest' },
  );
  const plain = parseSettings(
    { ENABLE_IPv4: 'false', ENABLE_IPv6: 'true', ENABLE_PREFIX_DELEGATION: 'true' },
    { defaults: 'manifest' },
  );

  it('holds one /80 and one IPv4 address however many pods run', () => {
    expect(ipv6Holdings(plain, { trunkingCompatible: true })).toMatchObject({
      enis: 1,
      ipv6Prefixes80: 1,
      ipv4SubnetIPs: 1,
      exact: true,
    });
    const predicted = ipsHeldByNode(plain, large, { pods: 200, maxPods: 110 });
    expect(predicted).toMatchObject({ enis: 1, podsWithoutIP: 0, subnetIPs: 1, exact: true });
  });

  it('adds the trunk, which gets no prefix', () => {
    expect(ipv6Holdings(settings, { trunkingCompatible: true })).toMatchObject({
      enis: 2,
      trunkENIs: 1,
      ipv6Prefixes80: 1,
      ipv4SubnetIPs: 2,
    });
    expect(ipv6Holdings(settings, { trunkingCompatible: true, branchPods: 3, branchEniLimit: 9 })).toMatchObject({
      branchENIs: 3,
      ipv4SubnetIPs: 5,
      exact: false,
    });
  });

  it('creates another ENI when the primary sits in an excluded subnet', () => {
    expect(ipv6Holdings(plain, { trunkingCompatible: true, primarySubnetExcluded: true })).toMatchObject({
      enis: 2,
      ipv6Prefixes80: 1,
      ipv4SubnetIPs: 2,
    });
  });
});

describe('several network cards', () => {
  const on = parseSettings({ ENABLE_MULTI_NIC: 'true', WARM_ENI_TARGET: '2' }, { defaults: 'manifest' });

  it('takes two addresses per idle card, whatever the targets say', () => {
    expect(extraCard(on, large, { pods: 0, maxPods: 110 })).toMatchObject({
      enis: 1,
      subnetIPs: { min: 2, max: 2 },
      exact: true,
    });
    expect(extraCard(on, large, { pods: 9, maxPods: 110 })).toMatchObject({ enis: 2, subnetIPs: { min: 12, max: 12 } });
  });

  it('ignores the cards while the feature is off', () => {
    expect(extraCard(parseSettings({}, { defaults: 'manifest' }), large, { pods: 0, maxPods: 110 })).toBeUndefined();
  });

  it('never rests with prefixes', () => {
    const prefixes = parseSettings(
      { ENABLE_MULTI_NIC: 'true', ENABLE_PREFIX_DELEGATION: 'true' },
      { defaults: 'manifest' },
    );
    expect(extraCard(prefixes, large, { pods: 0, maxPods: 110 })).toMatchObject({
      podIPsHeld: { min: 0, max: 16 },
      exact: false,
    });
    expect(extraCard(prefixes, large, { pods: 3, maxPods: 110 })).toMatchObject({
      podIPsHeld: { min: 16, max: 16 },
      exact: true,
    });
  });
});

describe('Windows', () => {
  const on = { 'enable-windows-ipam': 'true' };
  const held = (configMap: Record<string, string>, pods: number, nitro = true) =>
    windowsHoldings({ ...on, ...configMap }, { ipv4PerEni: 10, nitro, pods });

  it('reads the key without windows- first', () => {
    expect(windowsTargets({ ...on, 'warm-ip-target': '2', 'windows-warm-ip-target': '7' }, true).warmIpTarget).toBe(2);
  });

  it('takes negative and missing targets for the defaults', () => {
    expect(windowsTargets(undefined, true)).toMatchObject({ prefixes: false, warmIpTarget: 3, minimumIpTarget: 3 });
    expect(windowsTargets({ ...on, 'warm-ip-target': '-1', 'minimum-ip-target': '-4' }, true)).toMatchObject({
      warmIpTarget: 3,
      minimumIpTarget: 3,
    });
    expect(windowsTargets({ ...on, 'warm-ip-target': '0' }, true)).toMatchObject({
      warmIpTarget: 1,
      minimumIpTarget: 0,
    });
    expect(
      windowsTargets({ ...on, 'enable-windows-prefix-delegation': 'true', 'warm-prefix-target': '-2' }, true),
    ).toMatchObject({ warmIpTarget: 1, minimumIpTarget: 3 });
  });

  it('freezes the pool with a minimum alone', () => {
    expect(held({ 'minimum-ip-target': '4' }, 6)).toMatchObject({ secondaryIPs: 4, podsWithoutIP: 2 });
  });

  it('never exceeds the primary ENI', () => {
    expect(held({}, 40)).toMatchObject({ capacity: 9, secondaryIPs: 9, podsWithoutIP: 31, subnetIPs: 10 });
    const prefixes = { 'enable-windows-prefix-delegation': 'true', 'warm-prefix-target': '2' };
    expect(held(prefixes, 200)).toMatchObject({ capacity: 144, prefixes: 9, podsWithoutIP: 56 });
  });

  it('falls back to single addresses and their defaults without Nitro', () => {
    expect(held({ 'enable-windows-prefix-delegation': 'true', 'warm-ip-target': '8' }, 0, false)).toMatchObject({
      secondaryIPs: 3,
      prefixes: 0,
    });
  });
});
