import { ADDRESSES_PER_PREFIX } from './constants.ts';
import { type PoolPolicy, prefixesFor } from './decisions.ts';
import type { Arrival } from './fresh-node-growth.ts';
import type { Capacity } from './limits.ts';
import { prefixPlacementRange } from './prefix-placement-range.ts';
import {
  alternates,
  burstLimit,
  churnRange,
  type PoolRange,
  prefixPlacementLimit,
  prefixPlacementMatters,
  REASONS,
} from './ranges.ts';
import type { SubnetAccount, SubnetAccounts } from './subnets.ts';

/** What may blur a settled node. */
export interface History {
  readonly pods: number;
  readonly churn?: { readonly peakPods?: number };
}

export interface SettledPool {
  readonly policy: PoolPolicy;
  readonly capacity: Capacity;
  readonly arrival: Arrival | 'unknown';
  /** Slots worked out for packed pods. */
  readonly slots: number;
  /** A subnet ran dry while others may not have: several ENIs can be half filled at a time. */
  readonly mixed: boolean;
  /** What the subnets have before the node exists; undefined when they are unlimited. */
  readonly budget: SubnetAccounts | undefined;
}

/** What the node's history leaves open; undefined when nothing does. */
export function uncertaintyOf(history: History, pool: SettledPool): PoolRange | undefined {
  const { policy, capacity, arrival, slots } = pool;
  const { pods, churn } = history;
  if (churn !== undefined) return churnRange(policy, capacity, pods, churn.peakPods);
  if (prefixPlacementMatters(policy, pods, arrival === 'oneByOne')) return scattered(pods, pool);
  if (alternates(policy, capacity, pods, slots))
    return slotRange(capacity, slots - policy.slots, slots, REASONS.alternation);
  if (pool.mixed) return halfFilledRange(pods, pool);
  if (arrival !== 'unknown') return undefined;
  const most = burstLimit(policy, capacity.maxDataENIs, pods, slots);
  return most > slots ? slotRange(capacity, slots, most, REASONS.maxPodsStop) : undefined;
}

/**
 * IP targets with half-filled ENIs in several subnets: which of them is topped up decides by how much growth passes maxPods
 * and, in a burst, whether a subnet still has room for the batch a new ENI asks for. Undefined where neither can happen.
 */
function halfFilledRange(pods: number, pool: SettledPool): PoolRange | undefined {
  const { policy, capacity, slots } = pool;
  if (!policy.ipTargets) return undefined;
  const stop = Math.ceil(policy.maxPods / capacity.addressesPerSlot);
  const batch = Math.ceil(Math.max(policy.warmIpTarget, policy.minimumIpTarget) / capacity.addressesPerSlot);
  const wanted = Math.ceil(Math.max(pods + policy.warmIpTarget, policy.minimumIpTarget) / capacity.addressesPerSlot);
  const subnets = pool.budget?.all.filter((account) => account.eligible).length ?? 0;
  const lost = pool.arrival === 'oneByOne' ? 0 : subnets * Math.min(batch, policy.slots);
  if (wanted <= stop && lost === 0) return undefined;
  const most = Math.min(wanted <= stop ? wanted : stop - 1 + batch, capacity.maxDataENIs * policy.slots);
  const least = Math.max(Math.min(slots, stop) - lost, 0);
  const range = slotRange(capacity, least, Math.max(slots, most), wanted <= stop ? REASONS.order : REASONS.maxPodsStop);
  return { ...range, dataENIs: { min: range.dataENIs.min, max: capacity.maxDataENIs } };
}

/** A range of slots filled ENI by ENI. */
export function slotRange(capacity: Capacity, min: number, max: number, reason: string): PoolRange {
  const open = Math.min(capacity.closedENIs === 0 ? 1 : 0, capacity.maxDataENIs);
  const eniCount = (slots: number): number => Math.max(Math.ceil(slots / Math.max(capacity.slotsPerENI, 1)), open);
  return { slots: { min, max }, dataENIs: { min: eniCount(min), max: eniCount(max) }, reasons: [reason] };
}

/** The range over all placements of pods on prefixes; a subnet that may run dry widens it. */
function scattered(pods: number, pool: SettledPool): PoolRange {
  const { policy, capacity, slots, budget } = pool;
  const ways: readonly Arrival[] = pool.arrival === 'unknown' ? ['oneByOne', 'burst'] : [pool.arrival];
  const ranges = ways.map((way) => prefixPlacementRange(policy, capacity.maxDataENIs, pods, way));
  const min = Math.min(slots, ...ranges.map((range) => range.min));
  const max = Math.max(slots, ...ranges.map((range) => range.max));
  const eligible = budget?.all.filter((account) => account.eligible) ?? [];
  if (eligible.every((account) => suffices(account, max, capacity)))
    return slotRange(capacity, min, max, REASONS.scatter);
  const [only] = eligible;
  const blocks = only === undefined ? 0 : blocksBesidePrimary(only);
  // On the primary alone a request that does not fit falls back to one prefix, so every block of the node subnet is used.
  if (eligible.length === 1 && only !== undefined && capacity.closedENIs === 0 && max <= policy.slots)
    return slotRange(
      capacity,
      Math.min(slots, blocks, prefixesFor(policy.maxPods), policy.warmPrefixTarget + prefixesFor(pods)),
      Math.max(slots, Math.min(max, blocks)),
      REASONS.scatter,
    );
  // A new ENI comes with its whole batch or not at all: the batch that scattered pods ask for may not fit where a smaller did;
  // and with several half-filled ENIs a batch is not cut at the end of one.
  const least = Math.max(min - eligible.length * Math.max(policy.warmPrefixTarget - 1, 0), 0);
  const most = Math.max(max, prefixPlacementLimit(policy, capacity.maxDataENIs, pods));
  const range = slotRange(capacity, least, most, REASONS.scatter);
  return { ...range, dataENIs: { min: range.dataENIs.min, max: Math.min(capacity.maxDataENIs, most + 1) } };
}

/** Whether everything the node could want fits into this subnet alone. */
function suffices(account: SubnetAccount, slots: number, capacity: Capacity): boolean {
  const singles = capacity.eniCeiling + capacity.branchENILimit;
  return account.freeBlocks >= slots && account.freeIPs >= slots * ADDRESSES_PER_PREFIX + singles;
}

function blocksBesidePrimary(account: SubnetAccount): number {
  return Math.min(account.freeBlocks, Math.floor(Math.max(account.freeIPs - 1, 0) / ADDRESSES_PER_PREFIX));
}
