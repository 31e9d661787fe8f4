import { describe, expect, it } from 'vitest';
import { parseGoBool, parseGoInt } from '../../../src/calc/ipamd/go-values.ts';
import { configValidity, type Env, parseSettings, settingProblems } from '../../../src/calc/ipamd/index.ts';
import { entryRefusals } from '../../../src/calc/ipamd/validity.ts';
import { SHIPPED } from '../../../src/calc/ipamd/variables.ts';

const binary = { defaults: 'binary' } as const;
const manifest = { defaults: 'manifest' } as const;

describe('Go values', () => {
  it('reads the spellings strconv.ParseBool reads and no others', () => {
    for (const text of ['1', 't', 'T', 'true', 'TRUE', 'True']) expect(parseGoBool(text)).toBe(true);
    for (const text of ['0', 'f', 'F', 'false', 'FALSE', 'False']) expect(parseGoBool(text)).toBe(false);
    for (const text of ['', 'yes', 'on', 'tRUE', ' true', 'true ']) expect(parseGoBool(text)).toBeUndefined();
  });

  it('reads integers as strconv.Atoi does', () => {
    expect(['5', '+5', '-5', '007', '9223372036854775807'].map(parseGoInt)).toEqual([5, 5, -5, 7, 2 ** 63]);
    for (const text of ['', ' 5', '5 ', '1_000', '0x10', '1.5', '1e3', '9223372036854775808'])
      expect(parseGoInt(text)).toBeUndefined();
  });
});

describe('parseSettings', () => {
  it('means different things by an absent variable', () => {
    expect(parseSettings({}, binary)).toMatchObject({
      ipv4: false,
      warmEniTarget: 1,
      warmPrefixTarget: 0,
      subnetDiscovery: true,
    });
    expect(parseSettings({}, manifest)).toMatchObject({
      ipv4: true,
      warmEniTarget: 1,
      warmPrefixTarget: 1,
      multiNic: false,
    });
  });

  it('lays the given variables over the manifest', () => {
    const settings = parseSettings({ WARM_PREFIX_TARGET: '0', ENABLE_IPv4: undefined }, manifest);
    expect(settings).toMatchObject({ warmPrefixTarget: 0, ipv4: true });
  });

  it('takes negative and unreadable targets for the default', () => {
    const targets = (text: string) =>
      parseSettings(
        {
          WARM_ENI_TARGET: text,
          WARM_IP_TARGET: text,
          MINIMUM_IP_TARGET: text,
          WARM_PREFIX_TARGET: text,
          MAX_ENI: text,
        },
        binary,
      );
    const defaults = { warmEniTarget: 1, warmIpTarget: 0, minimumIpTarget: 0, warmPrefixTarget: 0, maxEni: 0 };
    for (const text of ['-1', 'two', '', '1.5']) expect(targets(text)).toMatchObject(defaults);
    expect(targets('0')).toMatchObject({ ...defaults, warmEniTarget: 0 });
    expect(targets('4')).toMatchObject({
      warmEniTarget: 4,
      warmIpTarget: 4,
      minimumIpTarget: 4,
      warmPrefixTarget: 4,
      maxEni: 4,
    });
  });

  it('switches provisioning and the leak sweep off with IMDS-only mode', () => {
    expect(parseSettings({ ENABLE_IMDS_ONLY_MODE: 'true' }, manifest)).toMatchObject({
      provisioningDisabled: true,
      leakedEniCleanup: false,
    });
    expect(parseSettings({}, manifest)).toMatchObject({ provisioningDisabled: false, leakedEniCleanup: true });
  });
});

describe('settingProblems', () => {
  const effects = (env: Env) =>
    settingProblems(env, manifest).map(
      ({ variable, value, effect, fatal }) => `${variable}=${value}: ${effect}${fatal ? ' !' : ''}`,
    );

  it('finds nothing wrong with the manifest', () => {
    expect(effects({})).toEqual([]);
    expect(effects({ ENABLE_PREFIX_DELEGATION: 'true' })).toEqual([]);
  });

  it('says what ipamd does with a negative target or a word', () => {
    expect(effects({ WARM_IP_TARGET: '-1' })).toEqual(['WARM_IP_TARGET=-1: negative, ipamd uses 0 = unset']);
    expect(effects({ WARM_ENI_TARGET: 'two' })).toEqual(['WARM_ENI_TARGET=two: not a whole number, ipamd uses 1']);
    expect(effects({ MAX_ENI: '0' })).toEqual(['MAX_ENI=0: below 1, ipamd uses the limit of the instance type']);
    expect(effects({ ENABLE_POD_ENI: 'yes' })).toEqual([
      'ENABLE_POD_ENI=yes: not a boolean Go reads, ipamd uses false',
    ]);
  });

  it('puts what stops the node first', () => {
    expect(effects({ WARM_IP_TARGET: 'x', ENABLE_PREFIX_DELEGATION: 'true', ENABLE_IPv6: 'true' })).toEqual([
      'ENABLE_IPv6=true: IPv4 and IPv6 are both on: ipamd exits, it has no dual-stack mode !',
      'WARM_IP_TARGET=x: not a whole number, ipamd uses 0 = unset',
    ]);
    expect(settingProblems({}, binary)).toEqual([
      {
        variable: 'ENABLE_IPv4',
        value: '',
        effect: 'IPv4 and IPv6 are both off (an absent variable means off): ipamd exits',
        fatal: true,
      },
    ]);
  });

  it('warns of a minimum that freezes the pool', () => {
    expect(effects({ MINIMUM_IP_TARGET: '10' })).toEqual([
      'MINIMUM_IP_TARGET=10: without WARM_IP_TARGET the pool never grows past 10 addresses: further pods wait',
    ]);
  });
});

describe('entry checks', () => {
  const refused = (env: Env) => entryRefusals(env, binary).map(({ variable }) => variable);

  it('refuses prefixes without any target, comparing text', () => {
    expect(refused({ ENABLE_PREFIX_DELEGATION: 'true' })).toEqual(['WARM_PREFIX_TARGET']);
    expect(refused({ ENABLE_PREFIX_DELEGATION: 'true', WARM_IP_TARGET: '-1', WARM_PREFIX_TARGET: '' })).toEqual([
      'WARM_PREFIX_TARGET',
    ]);
    expect(refused({ ENABLE_PREFIX_DELEGATION: 'true', WARM_IP_TARGET: 'abc' })).toEqual([]);
    expect(refused({ ENABLE_PREFIX_DELEGATION: 'true', MINIMUM_IP_TARGET: '5' })).toEqual([]);
  });

  it('refuses a bad enforcing mode only with security groups for pods', () => {
    expect(refused({ POD_SECURITY_GROUP_ENFORCING_MODE: 'loose' })).toEqual([]);
    expect(refused({ POD_SECURITY_GROUP_ENFORCING_MODE: 'loose', ENABLE_POD_ENI: 'true' })).toEqual([
      'POD_SECURITY_GROUP_ENFORCING_MODE',
    ]);
  });

  it('refuses a bad cooldown, MTU and veth prefix', () => {
    expect(refused({ IP_COOLDOWN_PERIOD: '-1' })).toEqual(['IP_COOLDOWN_PERIOD']);
    expect(refused({ IP_COOLDOWN_PERIOD: '0' })).toEqual([]);
    expect(refused({ AWS_VPC_ENI_MTU: '1200', POD_MTU: '9002' })).toEqual(['POD_MTU']);
    expect(refused({ AWS_VPC_ENI_MTU: '1200', ENABLE_IPv6: 'true' })).toEqual(['AWS_VPC_ENI_MTU']);
    expect(refused({ AWS_VPC_K8S_CNI_VETHPREFIX: 'eth' })).toEqual(['AWS_VPC_K8S_CNI_VETHPREFIX']);
  });
});

describe('configValidity', () => {
  it('falls back to single addresses without Nitro in IPv4 and refuses IPv6', () => {
    const prefix = parseSettings({ ENABLE_PREFIX_DELEGATION: 'true' }, manifest);
    expect(configValidity(prefix, { nitroOrBareMetal: true })).toEqual({ valid: true, reasons: [], prefixes: true });
    expect(configValidity(prefix, { nitroOrBareMetal: false })).toMatchObject({
      valid: true,
      prefixes: false,
      fallback: expect.any(String),
    });
    const ipv6 = parseSettings(
      { ENABLE_IPv4: 'false', ENABLE_IPv6: 'true', ENABLE_PREFIX_DELEGATION: 'true' },
      manifest,
    );
    expect(configValidity(ipv6, { nitroOrBareMetal: false }).valid).toBe(false);
  });
});

describe('what the shipped manifest sets', () => {
  it('comes to the same as nothing set over the manifest defaults', () => {
    expect(parseSettings(SHIPPED, binary)).toEqual(parseSettings({}, manifest));
    expect(settingProblems(SHIPPED, binary)).toEqual([]);
  });

  it('differs from the binary defaults in IPv4 and the warm prefix', () => {
    const [shipped, own] = [parseSettings(SHIPPED, binary), parseSettings({}, binary)];
    const differing = Object.keys(own).filter((k) => shipped[k as keyof typeof own] !== own[k as keyof typeof own]);
    expect(differing).toEqual(['ipv4', 'warmPrefixTarget']);
  });
});
