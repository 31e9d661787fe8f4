import { describe, expect, it } from 'vitest';
import { type Env, ipsHeldByNode, type NodeLimits, parseSettings } from '../../../src/calc/ipamd/index.ts';
import { seededRandom } from '../../../src/calc/ipamd/simulator/random.ts';
import { podTimeline, type TimelineQuestion } from '../../../src/calc/pod-timeline/index.ts';

const M5_LARGE: NodeLimits = {
  eniLimit: 3,
  ipv4PerEni: 10,
  trunkingCompatible: true,
  branchEniLimit: 9,
  prefixCapable: true,
};

function question(env: Env, pods: readonly number[], more: Partial<TimelineQuestion> = {}): TimelineQuestion {
  return {
    settings: parseSettings(env, { defaults: 'manifest' }),
    limits: M5_LARGE,
    maxPods: 110,
    pods,
    branchPods: 0,
    seed: 1,
    ...more,
  };
}

const timeline = (env: Env, pods: readonly number[], more: Partial<TimelineQuestion> = {}) =>
  podTimeline(question(env, pods, more)).steps;

describe('podTimeline', () => {
  it('holds one whole ENI ahead of the pods by default (EKS best practices: one pod, 2 ENIs, 18 of 20 addresses)', () => {
    const steps = timeline({}, [0, 1, 9, 10, 27, 28]);
    expect(steps.map((step) => step.enis)).toEqual([1, 2, 2, 3, 3, 3]);
    expect(steps.map((step) => step.podIPsHeld)).toEqual([9, 18, 18, 27, 27, 27]);
    expect(steps.map((step) => step.subnetIPs)).toEqual([10, 20, 20, 30, 30, 30]);
    expect(steps.map((step) => step.podsWithoutIP)).toEqual([0, 0, 0, 0, 0, 1]);
    expect(steps.every((step) => step.exact && step.settled)).toBe(true);
  });

  it('takes pod addresses from the ENIConfig subnet under custom networking, and keeps a slot for the trunk', () => {
    const [step] = timeline({ AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG: 'true', ENABLE_POD_ENI: 'true' }, [3], {
      branchPods: 2,
    });
    expect(step).toMatchObject({ enis: 3, dataENIs: 1, trunkENIs: 1, branchENIs: 2, podIPsHeld: 9 });
    // The node subnet has the primary's address; trunk, two branch ENIs, the data ENI's own and nine more are in the other.
    expect(step!.subnetIPsBySubnet).toEqual({ node: 1, pod: 13 });
  });

  it('counts EC2 calls from start-up on', () => {
    const steps = timeline({ WARM_IP_TARGET: '1' }, [0, 3]);
    // The batch of one at start, then one more address for each pod.
    expect(steps.map((step) => step.ec2Calls.allocIPs)).toEqual([1, 4]);
    expect(steps[1]!.ec2Calls.allocENI).toBe(0);
  });

  it('says where pods scatter, and draws a run inside the range', () => {
    const steps = timeline({ ENABLE_PREFIX_DELEGATION: 'true', WARM_PREFIX_TARGET: '3' }, [60]);
    const [step] = steps;
    expect(step).toMatchObject({ exact: false, reasons: [expect.stringContaining('random prefixes')] });
    const held = step!.prefixes as { min: number; max: number };
    const drawn = step!.eniViews.reduce((sum, eni) => sum + eni.slots.length, 0);
    expect(drawn).toBeGreaterThanOrEqual(held.min);
    expect(drawn).toBeLessThanOrEqual(held.max);
    // Four prefixes at least for 60 pods, three more kept warm.
    expect(held.min).toBeGreaterThanOrEqual(7);
  });

  it('keeps what pods left behind: after a peak a prefix goes only when its last pod has', () => {
    const env = { ENABLE_PREFIX_DELEGATION: 'true', WARM_PREFIX_TARGET: '1' };
    const [, peak, after, empty] = timeline(env, [0, 100, 10, 0]);
    // Seven are needed, and 112 addresses are the first total at or above maxPods: the spare one does not come.
    expect(peak!.prefixes).toBe(7);
    expect(after).toMatchObject({ exact: false, reasons: [expect.stringContaining('came and went')] });
    // Ten pods can keep all seven in use, and one more is wanted free.
    expect(after!.prefixes).toEqual({ min: 2, max: 8 });
    // Without pods only the one warm prefix stays.
    expect(empty!.prefixes).toBe(1);
  });

  it('admits that a full node with WARM_ENI_TARGET=0 never rests', () => {
    const [before, full] = timeline({ WARM_ENI_TARGET: '0' }, [8, 9]);
    expect(before).toMatchObject({ settled: true, exact: true, enis: 1 });
    expect(full).toMatchObject({ settled: false, exact: false, enis: { min: 1, max: 2 } });
  });

  it('tells a node that never starts', () => {
    const steps = timeline({ AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG: 'true', MAX_ENI: '1' }, [0, 5]);
    expect(steps.map((step) => step.nodeInitFails)).toEqual([true, true]);
    expect(steps[1]).toMatchObject({ podsWithoutIP: 5, reasons: [expect.stringContaining('no ENI')] });
  });

  it('runs out of a subnet: four addresses beside the primary serve four pods, one call each', () => {
    const [step] = timeline({}, [6], { subnets: { node: { freeIPs: 5 } } });
    expect(step).toMatchObject({ podIPsHeld: 4, podsWithoutIP: 2, subnetIPs: 5 });
    expect(step!.failedCalls).not.toBe(0);
  });

  it('has one /80 whatever the pods in IPv6', () => {
    const env = { ENABLE_IPv4: 'false', ENABLE_IPv6: 'true', ENABLE_PREFIX_DELEGATION: 'true' };
    const steps = timeline(env, [0, 100]);
    expect(steps).toHaveLength(2);
    expect(steps[1]).toMatchObject({ enis: 1, ipv6Prefixes80: 1, subnetIPs: 1, podsWithoutIP: 0, podIPsHeld: 0 });
  });

  it('starts from the ENIs of a node, and gives back what its settings do not ask for', () => {
    const initial = [
      { kind: 'primary' as const, slots: Array.from({ length: 9 }, (_, at) => ({ pods: at < 2 ? 1 : 0 })) },
      { kind: 'secondary' as const, slots: Array.from({ length: 9 }, () => ({ pods: 0 })) },
      { kind: 'secondary' as const, slots: Array.from({ length: 9 }, () => ({ pods: 0 })) },
    ];
    const [asNow, lower] = timeline({}, [2, 0], { initial });
    // Two pods on the primary: one spare ENI is kept, the third goes.
    expect(asNow).toMatchObject({ enis: 2, podIPsHeld: 18, exact: true, ec2Calls: { freeENI: 1 } });
    expect(lower).toMatchObject({ enis: 1, podIPsHeld: 9, ec2Calls: { freeENI: 2 } });
  });

  it('is the same for the same seed', () => {
    const asked = question({ ENABLE_PREFIX_DELEGATION: 'true', WARM_PREFIX_TARGET: '2' }, [40, 10], { seed: 7 });
    expect(podTimeline(asked)).toEqual(podTimeline(asked));
  });

  it('agrees with the closed form in every case that is exact, and its sums add up', () => {
    const random = seededRandom(42);
    const of = <T>(values: readonly T[]): T => values[random.below(values.length)]!;
    let exact = 0;
    for (let round = 0; round < 250; round++) {
      const env = {
        ENABLE_PREFIX_DELEGATION: of(['true', 'false']),
        AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG: of(['true', 'false']),
        ENABLE_POD_ENI: of(['true', 'false', 'false']),
        WARM_IP_TARGET: of(['0', '0', '1', '5', '20']),
        MINIMUM_IP_TARGET: of(['0', '0', '12']),
        WARM_ENI_TARGET: of(['1', '1', '2']),
      };
      const limits = { ...M5_LARGE, eniLimit: 2 + random.below(4), ipv4PerEni: 3 + random.below(12) };
      const asked = question(env, [random.below(20), 20 + random.below(30)], { limits, maxPods: of([29, 110]) });
      for (const step of podTimeline(asked).steps) {
        if (!step.exact || step.nodeInitFails) continue;
        exact++;
        const told = ipsHeldByNode(asked.settings, limits, { pods: step.pods, maxPods: asked.maxPods });
        const { enis, dataENIs, perENI, podIPsHeld, podIPsFree, podsWithoutIP, subnetIPs, subnetIPsBySubnet } = told;
        expect(step).toMatchObject({ enis, dataENIs, perENI, podIPsHeld, podIPsFree, podsWithoutIP, subnetIPs });
        expect(step.subnetIPsBySubnet).toEqual(subnetIPsBySubnet);
        expect(step.ec2Calls).toEqual(told.ec2Calls);
        const slots = step.eniViews.flatMap((eni) => eni.slots);
        expect(slots.reduce((sum, slot) => sum + slot.assigned, 0)).toBe(step.pods - podsWithoutIP);
        expect(slots.reduce((sum, slot) => sum + slot.size, 0)).toBe(podIPsHeld);
      }
    }
    expect(exact).toBeGreaterThan(350);
  });
});
