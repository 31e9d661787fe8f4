import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { closedForm } from '../../../src/calc/ipamd/closed-form.ts';
import { playFresh, sampleOutcomes } from '../../../src/calc/ipamd/history.ts';
import { ipsHeldByNode, nodeCapacity, type Prediction, type PredictionDemand } from '../../../src/calc/ipamd/index.ts';
import { demands, envs, limits, settingsFrom } from './arbitraries.ts';

const RUNS = { numRuns: 3500, seed: 20_260_820 };
const COUNTED = [
  'enis',
  'dataENIs',
  'trunkENIs',
  'branchENIs',
  'secondaryIPs',
  'prefixes',
  'podIPsHeld',
  'podIPsFree',
  'podsWithoutIP',
  'subnetIPs',
] as const;

describe.each([
  ['unlimited', false],
  ['finite', true],
] as const)('a fresh node in %s subnets', (_name, finite) => {
  it('is simulated exactly where the prediction is exact, else inside its range', () => {
    fc.assert(
      fc.property(envs, limits, demands(finite), fc.nat(), (env, type, demand, seed) => {
        const settings = settingsFrom(env);
        const predicted = ipsHeldByNode(settings, type, demand);
        const options = {
          settings,
          limits: type,
          maxPods: demand.maxPods,
          occupied: demand,
          seed,
          ...(demand.subnets ? { subnets: demand.subnets } : {}),
        };
        const outcomes = sampleOutcomes(options, 1, playFresh(demand.pods, demand.branchPods, demand.arrival));
        if (predicted.nodeInitFails) {
          for (const end of outcomes.ends) expect(end.podIPsHeld).toBe(0);
          return;
        }
        for (const end of outcomes.ends) {
          if (predicted.exact) {
            for (const field of COUNTED) expect([field, end[field]]).toEqual([field, predicted[field]]);
            expect(end.perENI).toEqual(predicted.perENI);
            expect(end.subnetIPsBySubnet).toEqual(predicted.subnetIPsBySubnet);
            if (settings.warmPrefixTarget < 2 && !finite) expect(end.ec2Calls).toEqual(predicted.ec2Calls);
          } else {
            for (const [field, range] of Object.entries(predicted.range ?? {})) {
              const value = end[field as keyof NonNullable<Prediction['range']>];
              expect([field, value >= range.min && value <= range.max]).toEqual([field, true]);
            }
          }
        }
      }),
      RUNS,
    );
  });

  it('adds up and is never negative', () => {
    fc.assert(
      fc.property(envs, limits, demands(finite), (env, type, demand) => {
        const settings = settingsFrom(env);
        const held = ipsHeldByNode(settings, type, demand);
        const capacity = nodeCapacity(settings, type, demand);
        for (const field of COUNTED) expect([field, held[field] >= 0]).toEqual([field, true]);
        const slots = held.perENI.reduce((sum, used) => sum + used, 0);
        expect(held.secondaryIPs + held.prefixes).toBe(slots);
        expect(held.podIPsHeld).toBe(slots * capacity.addressesPerSlot);
        expect(held.podIPsFree + demand.pods - held.podsWithoutIP).toBe(held.podIPsHeld);
        expect(Object.values(held.subnetIPsBySubnet).reduce((sum, taken) => sum + taken, 0)).toBe(held.subnetIPs);
        expect(held.enis).toBe(held.dataENIs + held.trunkENIs + capacity.closedENIs + capacity.unmanagedENIs);
        expect(held.podIPsHeld <= capacity.maxPodIPs).toBe(true);
        if (held.podIPsFree > 0) expect(held.podsWithoutIP).toBe(0);
        expect(Math.max(0, ...held.perENI) <= capacity.slotsPerENI).toBe(true);
      }),
      RUNS,
    );
  });
});

describe('the closed form', () => {
  it('equals the recurrence with subnets too large to run dry', () => {
    fc.assert(
      fc.property(envs, limits, demands(false), (env, type, demand) => {
        const settings = settingsFrom(env);
        const oneByOne: PredictionDemand = { ...demand, primarySubnetExcluded: false, arrival: 'oneByOne' };
        const plenty = { freeIPs: 1e6, freeBlocks28: 6e4 };
        const formula = ipsHeldByNode(settings, type, oneByOne);
        const stepwise = ipsHeldByNode(settings, type, { ...oneByOne, subnets: { node: plenty, pod: plenty } });
        expect(stepwise).toEqual(formula);
      }),
      RUNS,
    );
  });

  it('never holds less with one pod more', () => {
    fc.assert(
      fc.property(envs, limits, demands(false), (env, type, demand) => {
        const settings = settingsFrom(env);
        const held = (pods: number) =>
          ipsHeldByNode(settings, type, { ...demand, arrival: 'oneByOne', pods }).podIPsHeld;
        expect(held(demand.pods + 1) >= held(demand.pods)).toBe(true);
      }),
      RUNS,
    );
  });

  it('does not divide by an ENI without slots', () => {
    const policy = {
      prefixes: false,
      ipTargets: false,
      warmEniTarget: 1,
      warmIpTarget: 0,
      minimumIpTarget: 0,
      warmPrefixTarget: 0,
      slots: 0,
      maxPods: 4,
      card: 0,
    };
    expect(closedForm(policy, 2, 3)).toEqual({ slots: 0, calls: 0 });
  });
});
