import { describe, expect, it } from 'vitest';
import { type Env, parseSettings } from '../../../src/calc/ipamd/index.ts';
import { compareOn, type TimelineQuestion } from '../../../src/calc/pod-timeline/index.ts';

const LIMITS = { eniLimit: 3, ipv4PerEni: 10, trunkingCompatible: true, branchEniLimit: 9, prefixCapable: true };

const compare = (env: Env, pods: readonly number[], more: Partial<TimelineQuestion> = {}) =>
  compareOn({
    settings: parseSettings(env, { defaults: 'manifest' }),
    limits: LIMITS,
    maxPods: 29,
    pods,
    branchPods: 0,
    seed: 1,
    ...more,
  });

describe('compareOn', () => {
  it('lets nobody wait while the warm pool covers each step', () => {
    // Nine addresses ready, nine pods come; the next ENI is there before the following nine.
    expect(compare({}, [0, 9, 18])).toMatchObject({ podsThatWaited: 0, longestWaitSeconds: 0 });
  });

  it('counts the pods a smaller pool lets wait, and for how many passes', () => {
    const small = compare({ WARM_IP_TARGET: '2', MINIMUM_IP_TARGET: '2' }, [0, 9]);
    // Two addresses are ready for nine pods. ipamd counts free addresses, not pods: each pass brings two, which are gone at once.
    expect(small).toMatchObject({ podsThatWaited: 7, longestWaitSeconds: 20 });
    expect(small.steps[1]).toMatchObject({ podsWithoutIP: 0, podIPsHeld: 11, enis: 2 });
  });

  it('shows the price of smaller pools: fewer addresses, more calls', () => {
    const whole = compare({}, [0, 5, 14, 5, 0]);
    const targets = compare({ WARM_IP_TARGET: '1' }, [0, 5, 14, 5, 0]);
    expect(targets.averageSubnetIPs).toBeLessThan(whole.averageSubnetIPs as number);
    expect(least(targets.calls)).toBeGreaterThan(most(whole.calls));
    expect(least(targets.ec2Calls.deallocCidrs)).toBeGreaterThan(0);
  });

  it('tells who never gets an address, and who is refused by a full subnet', () => {
    expect(compare({}, [30]).steps[0]).toMatchObject({ podsWithoutIP: 3, podIPsHeld: 27 });
    const tight = compare({}, [12], { subnets: { node: { freeIPs: 10 } } });
    expect(tight.steps[0]).toMatchObject({ podsWithoutIP: 3, podIPsHeld: 9, subnetIPs: 10 });
    expect(least(tight.failedCalls)).toBeGreaterThan(0);
  });

  it('tells settings under which no pod ever starts', () => {
    const never = compare({ AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG: 'true', MAX_ENI: '1' }, [4]);
    expect(never).toMatchObject({ nodeInitFails: true, runs: 0, steps: [{ podsWithoutIP: 4 }] });
    expect(never.reasons).not.toEqual([]);
  });

  it('has nothing to wait for in IPv6', () => {
    const env = { ENABLE_IPv4: 'false', ENABLE_IPv6: 'true', ENABLE_PREFIX_DELEGATION: 'true' };
    expect(compare(env, [0, 27])).toMatchObject({ calls: 0, podsThatWaited: 0, averageSubnetIPs: 1 });
  });

  it('is the same for the same seed', () => {
    const env = { ENABLE_PREFIX_DELEGATION: 'true', WARM_PREFIX_TARGET: '2' };
    expect(compare(env, [0, 20, 3])).toEqual(compare(env, [0, 20, 3]));
  });
});

function least(value: number | { min: number }): number {
  return typeof value === 'number' ? value : value.min;
}

function most(value: number | { max: number }): number {
  return typeof value === 'number' ? value : value.max;
}
