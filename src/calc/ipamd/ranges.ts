import { closedForm } from './closed-form.ts';
import { ADDRESSES_PER_PREFIX } from './constants.ts';
import { type PoolPolicy, prefixesFor } from './decisions.ts';
import { exactRange, type Holdings, type HoldingsRange, type Range } from './holdings.ts';
import type { Capacity } from './limits.ts';

/** What one number cannot tell about a node's pool: slots and ENIs that may hold pod addresses, each as a range, and why. */
export interface PoolRange {
  readonly slots: Range;
  readonly dataENIs: Range;
  readonly reasons: readonly string[];
}

export const REASONS = {
  scatter:
    'pods land on random prefixes: with WARM_PREFIX_TARGET of 2 and more the batch asked for depends on how many are left free',
  alternation: 'WARM_ENI_TARGET=0 with every address used: an ENI is attached and released about once a minute',
  maxPodsStop: 'the targets ask for more than maxPods: where growth stops depends on how pods arrive',
  churn: 'pods came and went: only ENIs and prefixes without any pod are given back',
  order: 'in this tight subnet the outcome depends on how pods arrive',
} as const;

/** Most slots a node can have grown to when pods scatter over prefixes, however they came; see `prefixPlacementRange` for one arrival. */
export function prefixPlacementLimit(policy: PoolPolicy, maxDataEnis: number, pods: number): number {
  const ceiling = maxDataEnis * policy.slots;
  const target = policy.warmPrefixTarget;
  // Growth starts while fewer than 16 * target addresses are free and adds at most what the target lacks.
  const byDemand = 2 * target + Math.max(prefixesFor(pods) - 1, 0);
  const byMaxPods = Math.max(prefixesFor(policy.maxPods) - 1, 0) + Math.min(target, policy.slots);
  return Math.min(ceiling, byDemand, byMaxPods, target + pods);
}

/** True when placement cannot change the outcome: the first prefix of pods always triggers exactly one more. */
export function prefixPlacementMatters(policy: PoolPolicy, pods: number, oneByOne: boolean): boolean {
  if (!policy.prefixes || policy.ipTargets || policy.warmPrefixTarget < 2) return false;
  return pods > (oneByOne ? ADDRESSES_PER_PREFIX : 1);
}

/** True when a full node attaches an ENI and releases it again for ever (`ipamd.go:shouldRemoveExtraENIs` with target 0). */
export function alternates(policy: PoolPolicy, capacity: Capacity, pods: number, slots: number): boolean {
  if (policy.prefixes || policy.ipTargets || policy.warmEniTarget !== 0) return false;
  const primaryAlone = pods === 0 && slots === policy.slots && capacity.closedENIs === 0;
  return !primaryAlone && slots > 0 && slots === pods + policy.slots;
}

/** IP targets beyond maxPods: the most a burst can leave behind. */
export function burstLimit(policy: PoolPolicy, maxDataEnis: number, pods: number, oneByOne: number): number {
  if (!policy.ipTargets || policy.warmIpTarget === 0) return oneByOne;
  const perSlot = policy.prefixes ? ADDRESSES_PER_PREFIX : 1;
  const wanted = Math.ceil(Math.max(pods + policy.warmIpTarget, policy.minimumIpTarget) / perSlot);
  const beforeLast = Math.max(Math.ceil(policy.maxPods / perSlot) - 1, 0);
  return Math.max(
    oneByOne,
    Math.min(wanted, beforeLast + Math.ceil(policy.warmIpTarget / perSlot), maxDataEnis * policy.slots),
  );
}

/**
 * Bounds for a node whose pods came and went and that is quiet now (`data_store.go:getDeletableENI`,
 * `ipamd.go:tryUnassignCidrsFromAll`). `peakPods` bounds what it can have held; without it the limits of the type do.
 */
export function churnRange(
  policy: PoolPolicy,
  capacity: Capacity,
  pods: number,
  peakPods: number | undefined,
): PoolRange {
  const enis = capacity.maxDataENIs;
  const ceiling = enis * policy.slots;
  const fresh = closedForm(policy, enis, pods).slots;
  const peak = peakPods === undefined ? ceiling : peakSlots(policy, enis, Math.max(peakPods, pods));
  const open = capacity.closedENIs === 0 ? 1 : 0;
  const reasons = [REASONS.churn];
  const eniCount = (slots: number): number =>
    Math.max(policy.slots === 0 ? 0 : Math.ceil(slots / policy.slots), Math.min(open, enis));
  if (!policy.prefixes && !policy.ipTargets) {
    const least = Math.min(eniCount(pods), eniCount(fresh));
    const floor = policy.warmEniTarget === 0 ? least : eniCount(fresh);
    const most = Math.max(eniCount(fresh), Math.min(enis, open + pods + policy.warmEniTarget, eniCount(peak)));
    return {
      slots: { min: floor * policy.slots, max: most * policy.slots },
      dataENIs: { min: floor, max: most },
      reasons,
    };
  }
  const perSlot = policy.prefixes ? ADDRESSES_PER_PREFIX : 1;
  const used = policy.prefixes ? Math.min(pods, peak) : pods;
  const wanted = policy.ipTargets
    ? Math.ceil(Math.max(policy.warmIpTarget === 0 ? 0 : pods + policy.warmIpTarget, policy.minimumIpTarget) / perSlot)
    : used + policy.warmPrefixTarget;
  const max = Math.max(fresh, Math.min(Math.max(wanted, used), ceiling));
  const min = Math.min(fresh, max);
  return {
    slots: { min, max },
    dataENIs: { min: eniCount(min), max: Math.max(eniCount(max), Math.min(enis, eniCount(peak) + 1)) },
    reasons,
  };
}

/** The range of every uncertain field, from the pool's range and the value already worked out. */
export function holdingsRange(base: Holdings, capacity: Capacity, pool: PoolRange): HoldingsRange {
  const served = base.podIPsHeld - base.podIPsFree;
  const pods = served + base.podsWithoutIP;
  const perSlot = capacity.addressesPerSlot;
  const held = { min: pool.slots.min * perSlot, max: pool.slots.max * perSlot };
  const servedAt = (ips: number): number => Math.min(pods, ips);
  const fixedENIs = base.enis - base.dataENIs;
  const fixedIPs = base.subnetIPs - base.podIPsHeld - base.dataENIs;
  const none = exactRange(0);
  return {
    enis: { min: fixedENIs + pool.dataENIs.min, max: fixedENIs + pool.dataENIs.max },
    dataENIs: pool.dataENIs,
    secondaryIPs: capacity.prefixes ? none : pool.slots,
    prefixes: capacity.prefixes ? pool.slots : none,
    podIPsHeld: held,
    podIPsFree: { min: Math.max(held.min - servedAt(held.min), 0), max: held.max - servedAt(held.max) },
    podsWithoutIP: { min: pods - servedAt(held.max), max: pods - servedAt(held.min) },
    subnetIPs: { min: fixedIPs + pool.dataENIs.min + held.min, max: fixedIPs + pool.dataENIs.max + held.max },
  };
}

function peakSlots(policy: PoolPolicy, enis: number, peakPods: number): number {
  const packed = closedForm(policy, enis, peakPods).slots;
  if (prefixPlacementMatters(policy, peakPods, false)) return prefixPlacementLimit(policy, enis, peakPods);
  return Math.max(packed, burstLimit(policy, enis, peakPods, packed));
}
