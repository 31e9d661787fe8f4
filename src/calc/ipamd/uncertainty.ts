import { ADDRESSES_PER_PREFIX } from './constants.ts';
import type { PoolPolicy } from './decisions.ts';
import type { Capacity } from './limits.ts';
import { alternates, burstLimit, churnRange, type PoolRange, REASONS, scatterMatters } from './ranges.ts';
import type { Arrival } from './recurrence.ts';
import { scatterRange } from './scatter.ts';
import type { NodeSubnets } from './subnets.ts';

/** What may blur a settled node. */
export interface History {
  readonly pods: number;
  readonly subnets?: NodeSubnets;
  readonly churn?: { readonly peakPods?: number };
}

export interface SettledPool {
  readonly policy: PoolPolicy;
  readonly capacity: Capacity;
  readonly arrival: Arrival | 'unknown';
  /** Slots worked out for packed pods, and whether a request failed for want of addresses on the way. */
  readonly slots: number;
  readonly shortage: boolean;
}

/** What the node's history leaves open; undefined when nothing does. */
export function uncertaintyOf(history: History, pool: SettledPool): PoolRange | undefined {
  const { policy, capacity, arrival, slots } = pool;
  const { pods, churn } = history;
  if (churn !== undefined) return churnRange(policy, capacity, pods, churn.peakPods);
  if (scatterMatters(policy, pods, arrival === 'oneByOne')) return scattered(history, pool);
  if (alternates(policy, capacity, pods, slots))
    return slotRange(capacity, slots - policy.slots, slots, REASONS.alternation);
  if (arrival !== 'unknown') return undefined;
  const most = burstLimit(policy, capacity.maxDataENIs, pods, slots);
  return most > slots ? slotRange(capacity, slots, most, REASONS.maxPodsStop) : undefined;
}

/** A range of slots filled ENI by ENI. */
export function slotRange(capacity: Capacity, min: number, max: number, reason: string): PoolRange {
  const open = Math.min(capacity.closedENIs === 0 ? 1 : 0, capacity.maxDataENIs);
  const eniCount = (slots: number): number => Math.max(Math.ceil(slots / Math.max(capacity.slotsPerENI, 1)), open);
  return { slots: { min, max }, dataENIs: { min: eniCount(min), max: eniCount(max) }, reasons: [reason] };
}

/** The range over all placements of pods on prefixes; a subnet that runs dry cuts it. */
function scattered(history: History, pool: SettledPool): PoolRange {
  const { policy, capacity, slots } = pool;
  const ways: readonly Arrival[] = pool.arrival === 'unknown' ? ['oneByOne', 'burst'] : [pool.arrival];
  const ranges = ways.map((way) => scatterRange(policy, capacity.maxDataENIs, history.pods, way));
  const min = Math.min(...ranges.map((range) => range.min));
  const max = Math.max(...ranges.map((range) => range.max));
  if (!pool.shortage) return slotRange(capacity, Math.min(min, slots), Math.max(max, slots), REASONS.scatter);
  // On the primary alone a request that does not fit falls back to one prefix, so every block of the node subnet is used.
  const primaryOnly = capacity.closedENIs === 0 && max <= policy.slots;
  if (primaryOnly)
    return slotRange(capacity, slots, Math.max(slots, Math.min(max, blocksOfNode(history.subnets))), REASONS.scatter);
  // A new ENI comes with its whole batch or not at all: the batch that scattered pods ask for may not fit where a smaller did.
  const least = Math.max(slots - Math.max(policy.warmPrefixTarget - 1, 0), 0);
  return slotRange(capacity, Math.min(min, least), Math.max(max, slots), REASONS.scatter);
}

function blocksOfNode(subnets: NodeSubnets | undefined): number {
  const node = subnets?.node;
  if (node === undefined) return Number.POSITIVE_INFINITY;
  const whole = Math.floor(Math.max(node.freeIPs - 1, 0) / ADDRESSES_PER_PREFIX);
  return Math.min(node.freeBlocks28 ?? whole, whole);
}
