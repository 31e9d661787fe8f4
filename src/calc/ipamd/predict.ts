import { closedForm } from './closed-form.ts';
import { type PoolPolicy, poolPolicy } from './decisions.ts';
import { type Arrival, type FreshNodeGrowth, growFreshNode } from './fresh-node-growth.ts';
import { type Holdings, type HoldingsRange, holdingsOf, packedEnis } from './holdings.ts';
import { ipv6Holdings } from './ipv6.ts';
import { type Capacity, type NodeLimits, nodeCapacity, type OccupiedSlots } from './limits.ts';
import { holdingsRange, type PoolRange, REASONS } from './ranges.ts';
import type { IpamdSettings } from './settings.ts';
import { ASSUMED_SUBNET, type NodeSubnets, openAccounts, type SubnetAccounts, takenBySubnet } from './subnets.ts';
import { slotRange, uncertaintyOf } from './uncertainty.ts';

/** What is asked of a node. */
export interface PredictionDemand extends OccupiedSlots {
  /** Running pods that need an address from ipamd: no host network, no branch ENI, not finished. */
  readonly pods: number;
  /** Pods served by branch ENIs. */
  readonly branchPods?: number;
  /** `status.capacity.pods`. */
  readonly maxPods: number;
  /** Absent: unlimited. */
  readonly subnets?: NodeSubnets;
  /** How pods came; `unknown` gives a range where it matters. One by one unless given. */
  readonly arrival?: Arrival | 'unknown';
  /** Pods have also left this node since it started, `peakPods` being the most it ever had, where known. */
  readonly churn?: { readonly peakPods?: number };
}

/** How far the figures of a prediction can be relied on. */
export interface PredictionQuality {
  readonly exact: boolean;
  /** Bounds of every figure that is not exact. */
  readonly range?: HoldingsRange | undefined;
  /** Why the figures are not exact, or why start-up fails. */
  readonly reasons: readonly string[];
  /** ipamd exits at start-up, the node never becomes ready. */
  readonly nodeInitFails: boolean;
}

/**
 * What a node holds once settled. Where `exact` is false the figures are those of pods that came one by one and packed their
 * prefixes, and `range` bounds them for every history the question allows.
 */
export type Prediction = Holdings & PredictionQuality;

const NO_REASONS: readonly string[] = [];

/**
 * How many ENIs, addresses and prefixes ipamd holds on a settled node. Settings that ipamd refuses are not judged here: ask
 * `configValidity` first. Costs about a microsecond without finite subnets.
 */
export function ipsHeldByNode(settings: IpamdSettings, limits: NodeLimits, demand: PredictionDemand): Prediction {
  if (settings.ipv6) return ipv6Prediction(settings, limits, demand);
  const capacity = nodeCapacity(settings, limits, demand);
  const policy = poolPolicy(settings, {
    prefixes: capacity.prefixes,
    slotsPerENI: capacity.slotsPerENI,
    maxPods: demand.maxPods,
  });
  if (settings.provisioningDisabled) {
    const nothing = packed(settings, capacity, demand, { slots: 0, calls: 0 });
    return predictionOf(nothing, {
      exact: false,
      reasons: ['provisioning is off: the node holds what others attached'],
      nodeInitFails: false,
    });
  }
  const arrival = demand.arrival ?? 'oneByOne';
  if (demand.subnets !== undefined || arrival === 'burst')
    return fromGrowth(settings, demand, capacity, policy, arrival);

  const form = closedForm(policy, capacity.maxDataENIs, demand.pods);
  if (settings.customNetworking && form.slots === 0)
    return initFailure(packed(settings, capacity, { ...demand, branchPods: 0 }, form), noEniReason(capacity));
  const base = packed(settings, capacity, demand, form);
  const pool = uncertaintyOf(demand, {
    policy,
    capacity,
    arrival,
    slots: form.slots,
    mixed: false,
    budget: undefined,
  });
  return finish(base, capacity, pool);
}

function fromGrowth(
  settings: IpamdSettings,
  demand: PredictionDemand,
  capacity: Capacity,
  policy: PoolPolicy,
  arrival: Arrival | 'unknown',
): Prediction {
  const run = (how: Arrival): { base: Holdings; result: FreshNodeGrowth } =>
    grownHoldings(settings, demand, capacity, policy, how);
  const { base, result } = run(arrival === 'burst' ? 'burst' : 'oneByOne');
  if (settings.customNetworking && result.emptyAtStart)
    return initFailure(
      base,
      capacity.maxDataENIs === 0 ? noEniReason(capacity) : 'the ENIConfig subnet has no room for the first ENI',
    );
  const slots = base.secondaryIPs + base.prefixes;
  const budget = accountsOf(settings, demand);
  const mixed = result.shortage && budget.all.filter((account) => account.eligible).length > 1;
  const pool = uncertaintyOf(demand, {
    policy,
    capacity,
    arrival,
    slots,
    mixed,
    budget,
  });
  if (pool !== undefined) return finish(base, capacity, pool);
  if (arrival !== 'unknown') return finish(base, capacity, undefined);
  const burst = run('burst').base;
  const other = burst.secondaryIPs + burst.prefixes;
  if (other === slots && burst.enis === base.enis) return finish(base, capacity, undefined);
  return finish(base, capacity, slotRange(capacity, Math.min(slots, other), Math.max(slots, other), REASONS.order));
}

function grownHoldings(
  settings: IpamdSettings,
  demand: PredictionDemand,
  capacity: Capacity,
  policy: PoolPolicy,
  arrival: Arrival,
): { base: Holdings; result: FreshNodeGrowth } {
  const accounts = accountsOf(settings, demand);
  const node = {
    policy,
    maxDataEnis: capacity.maxDataENIs,
    primaryOpen: capacity.closedENIs === 0,
    trunk: capacity.trunkENIs === 1,
    branchPods: Math.min(demand.branchPods ?? 0, capacity.branchENILimit),
    subnetDiscovery: settings.subnetDiscovery,
    accounts,
  };
  const result = growFreshNode(node, demand.pods, arrival);
  const perENI = result.enis.map((eni) => eni.usedSlots).sort((a, b) => b - a);
  const base = holdingsOf({
    capacity,
    perENI,
    pods: demand.pods,
    served: result.served,
    trunkENIs: result.trunkAttached ? 1 : 0,
    branchENIs: result.branches,
    subnetIPsBySubnet: takenBySubnet(accounts),
    calls: result.calls,
  });
  return { base, result };
}

function accountsOf(settings: IpamdSettings, demand: PredictionDemand): SubnetAccounts {
  return openAccounts(demand.subnets, {
    customNetworking: settings.customNetworking,
    subnetDiscovery: settings.subnetDiscovery,
    primarySubnetExcluded: demand.primarySubnetExcluded === true,
  });
}

function packed(
  settings: IpamdSettings,
  capacity: Capacity,
  demand: PredictionDemand,
  form: { readonly slots: number; readonly calls: number },
): Holdings {
  const primaryOpen = capacity.closedENIs === 0;
  const perENI = packedEnis(form.slots, capacity.slotsPerENI, primaryOpen && capacity.maxDataENIs > 0);
  const ips = form.slots * capacity.addressesPerSlot;
  const trunkENIs = capacity.trunkENIs;
  const branchENIs = Math.min(demand.branchPods ?? 0, capacity.branchENILimit);
  const beside = trunkENIs + branchENIs;
  const allocENI = Math.min(Math.max(perENI.length - (primaryOpen ? 1 : 0), 0), form.calls);
  return holdingsOf({
    capacity,
    perENI,
    pods: demand.pods,
    served: Math.min(demand.pods, ips),
    trunkENIs,
    branchENIs,
    subnetIPsBySubnet: attribution(settings, demand, capacity, perENI.length, ips, beside),
    calls: { allocENI, allocIPs: form.calls - allocENI },
  });
}

/** Where a node's addresses come from when subnets are unlimited. */
function attribution(
  settings: IpamdSettings,
  demand: PredictionDemand,
  capacity: Capacity,
  dataENIs: number,
  ips: number,
  beside: number,
): Record<string, number> {
  const excluded = demand.excludedEnis ?? 0;
  const elsewhere = dataENIs + ips + excluded;
  if (settings.customNetworking) return elsewhere + beside === 0 ? { node: 1 } : { node: 1, pod: elsewhere + beside };
  if (capacity.closedENIs > excluded)
    return elsewhere === 0 ? { node: 1 + beside } : { node: 1 + beside, [ASSUMED_SUBNET]: elsewhere };
  return { node: Math.max(dataENIs, 1) + ips + beside + excluded };
}

function finish(base: Holdings, capacity: Capacity, pool: PoolRange | undefined): Prediction {
  const blurred = pool !== undefined && (pool.slots.min !== pool.slots.max || pool.dataENIs.min !== pool.dataENIs.max);
  if (!blurred) return predictionOf(base, { exact: true, reasons: NO_REASONS, nodeInitFails: false });
  const range = holdingsRange(base, capacity, pool);
  return predictionOf(base, { exact: false, reasons: pool.reasons, nodeInitFails: false, range });
}

/** ipamd exits and restarts: it holds its primary ENI, and the failed attempts leave nothing behind. */
function initFailure(base: Holdings, reason: string): Prediction {
  return predictionOf(base, { exact: true, reasons: [reason], nodeInitFails: true });
}

/** Written out because spreading an object of this size costs more than the whole prediction. */
function predictionOf(base: Holdings, verdict: PredictionQuality): Prediction {
  return {
    enis: base.enis,
    dataENIs: base.dataENIs,
    trunkENIs: base.trunkENIs,
    branchENIs: base.branchENIs,
    perENI: base.perENI,
    secondaryIPs: base.secondaryIPs,
    prefixes: base.prefixes,
    podIPsHeld: base.podIPsHeld,
    podIPsFree: base.podIPsFree,
    podsWithoutIP: base.podsWithoutIP,
    subnetIPs: base.subnetIPs,
    subnetIPsBySubnet: base.subnetIPsBySubnet,
    ec2Calls: base.ec2Calls,
    exact: verdict.exact,
    range: verdict.range,
    reasons: verdict.reasons,
    nodeInitFails: verdict.nodeInitFails,
  };
}

function noEniReason(capacity: Capacity): string {
  return capacity.maxDataENIs === 0
    ? 'custom networking leaves no ENI for pods on this node: the primary, the trunk and unmanaged ENIs use all of them'
    : 'no pod address could be obtained at start-up';
}

function ipv6Prediction(settings: IpamdSettings, limits: NodeLimits, demand: PredictionDemand): Prediction {
  const held = ipv6Holdings(settings, {
    trunkingCompatible: limits.trunkingCompatible,
    branchPods: demand.branchPods ?? 0,
    branchEniLimit: limits.branchEniLimit,
    unmanagedEnis: demand.unmanagedEnis ?? 0,
    primarySubnetExcluded: demand.primarySubnetExcluded === true,
  });
  return {
    enis: held.enis,
    dataENIs: 1,
    trunkENIs: held.trunkENIs,
    branchENIs: held.branchENIs,
    perENI: [],
    secondaryIPs: 0,
    prefixes: 0,
    podIPsHeld: 0,
    podIPsFree: 0,
    podsWithoutIP: 0,
    subnetIPs: held.ipv4SubnetIPs,
    subnetIPsBySubnet: { node: held.ipv4SubnetIPs },
    ec2Calls: { allocENI: 0, allocIPs: 0, deallocCidrs: 0, freeENI: 0 },
    exact: held.exact,
    reasons: held.reasons,
    nodeInitFails: false,
  };
}
