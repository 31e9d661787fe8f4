import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  ipsHeldByNode,
  type NodeView,
  nodeCapacity,
  type Simulation,
  simulate,
  usesIpTargets,
} from '../../../src/calc/ipamd/index.ts';
import { envs, limits, maxPods, settingsFrom } from './arbitraries.ts';

const RUNS = { numRuns: 2500, seed: 19_700_101 };

/** Pod levels a node passes through, in steps of so many pods, with a pass between them or not. */
const histories = fc.array(
  fc.record({
    level: fc.integer({ min: 0, max: 110 }),
    step: fc.constantFrom(1, 5, 200),
    passes: fc.boolean(),
    wait: fc.constantFrom(0, 30, 200),
  }),
  { minLength: 1, maxLength: 4 },
);
type Level = { level: number; step: number; passes: boolean; wait: number };

function play(simulation: Simulation, levels: readonly Level[], check: () => void): { pods: number; peak: number } {
  let pods = 0;
  let peak = 0;
  for (const { level, step, passes, wait } of levels) {
    while (pods !== level) {
      const change = Math.min(step, Math.abs(level - pods));
      if (level > pods) simulation.addPods(change);
      else simulation.removePods(change);
      pods += level > pods ? change : -change;
      peak = Math.max(peak, pods);
      if (passes) simulation.pass();
      check();
    }
    simulation.run(wait);
    check();
  }
  return { pods, peak };
}

describe('a node with any history', () => {
  it('settles inside the predicted range', () => {
    fc.assert(
      fc.property(envs, limits, maxPods, histories, fc.nat(), (env, type, most, levels, seed) => {
        const settings = settingsFrom(env);
        const simulation = simulate({ settings, limits: type, maxPods: most, seed });
        if (!simulation.boot()) return;
        const { pods, peak } = play(simulation, levels, () => {});
        simulation.settle(200, 3000);
        const end = simulation.holdings();
        const predicted = ipsHeldByNode(settings, type, { pods, maxPods: most, churn: { peakPods: peak } });
        if (predicted.range === undefined) {
          expect([end.enis, end.podIPsHeld, end.podsWithoutIP]).toEqual([
            predicted.enis,
            predicted.podIPsHeld,
            predicted.podsWithoutIP,
          ]);
          return;
        }
        for (const field of ['enis', 'dataENIs', 'podIPsHeld', 'podIPsFree', 'podsWithoutIP', 'subnetIPs'] as const) {
          const { min, max } = predicted.range[field];
          expect([field, end[field] >= min && end[field] <= max]).toEqual([field, true]);
        }
      }),
      RUNS,
    );
  });

  it('holds exactly what IP targets ask for once quiet, where maxPods does not stop it', () => {
    fc.assert(
      fc.property(envs, limits, histories, fc.nat(), (env, type, levels, seed) => {
        const settings = settingsFrom(env);
        const capacity = nodeCapacity(settings, type);
        if (!usesIpTargets(settings) || settings.warmIpTarget === 0 || capacity.prefixes) return;
        const simulation = simulate({ settings, limits: type, maxPods: 10_000, seed });
        if (!simulation.boot()) return;
        const { pods } = play(simulation, levels, () => {});
        simulation.settle(200, 3000);
        const wanted = Math.max(pods + settings.warmIpTarget, settings.minimumIpTarget);
        expect(simulation.holdings().podIPsHeld).toBe(Math.min(wanted, capacity.maxPodIPs));
      }),
      RUNS,
    );
  });

  it('adds up at every moment, and no pod waits beside an address that is free and not cooling', () => {
    fc.assert(
      fc.property(envs, limits, maxPods, histories, fc.nat(), (env, type, most, levels, seed) => {
        const simulation = simulate({ settings: settingsFrom(env), limits: type, maxPods: most, seed });
        if (!simulation.boot()) return;
        play(simulation, levels, () => expect(brokenSums(simulation.view())).toEqual([]));
      }),
      RUNS,
    );
  });
});

/** What does not add up in a view, by name. */
function brokenSums(now: NodeView): string[] {
  const totals = { size: 0, assigned: 0, cooling: 0 };
  const broken: string[] = [];
  for (const eni of now.eniViews) {
    if (eni.slots.length > eni.capacity) broken.push('more slots than the ENI has');
    for (const slot of eni.slots) {
      totals.size += slot.size;
      totals.assigned += slot.assigned;
      totals.cooling += slot.cooling;
      if (slot.assigned < 0 || slot.cooling < 0) broken.push('negative slot');
      if (slot.assigned + slot.cooling > slot.size) broken.push('overfull slot');
    }
  }
  const known = now.eniViews.filter((eni) => eni.kind !== 'trunk').length;
  const bySubnet = Object.values(now.subnetIPsBySubnet).reduce((sum, taken) => sum + taken, 0);
  if (totals.size !== now.podIPsHeld) broken.push('addresses held');
  if (totals.assigned !== now.assigned) broken.push('addresses assigned');
  if (totals.cooling !== now.cooling) broken.push('addresses cooling');
  if (now.podIPsFree !== now.podIPsHeld - now.assigned) broken.push('addresses free');
  if (bySubnet !== now.subnetIPs) broken.push('addresses by subnet');
  if (now.subnetIPs !== now.podIPsHeld + known + now.trunkENIs) broken.push('addresses taken');
  if (now.podsWithoutIP > 0 && now.podIPsFree !== now.cooling) broken.push('a pod waits beside a free address');
  return broken;
}
