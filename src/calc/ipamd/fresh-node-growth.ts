import { ADDRESSES_PER_PREFIX, PASS_SECONDS, TRUNK_ATTACH_SECONDS } from './constants.ts';
import { type PoolPolicy, type PoolStats, prefixesFor, tooLow } from './decisions.ts';
import { growthStep } from './growth.ts';
import { charge, creationOrder, type SubnetAccount, type SubnetAccounts, take } from './subnets.ts';

/** How pods come: one at a time with the pool settled in between, or all at once after start-up has settled. */
export type Arrival = 'oneByOne' | 'burst';

/** One ENI that holds pod addresses. */
export interface DataEni {
  usedSlots: number;
  readonly subnet: SubnetAccount;
}

export interface FreshNodeGrowth {
  readonly enis: readonly DataEni[];
  /** Pods that have an address. */
  readonly served: number;
  readonly trunkAttached: boolean;
  /** Branch ENIs that found an address. */
  readonly branches: number;
  readonly calls: { readonly allocENI: number; readonly allocIPs: number };
  /** A request failed for want of addresses or blocks. */
  readonly shortage: boolean;
  /** The pool is empty after start-up. */
  readonly emptyAtStart: boolean;
}

export interface FreshNode {
  readonly policy: PoolPolicy;
  /** ENIs that may hold pod addresses. */
  readonly maxDataEnis: number;
  /** The primary takes pod addresses. */
  readonly primaryOpen: boolean;
  readonly trunk: boolean;
  /** Branch ENIs wanted, the limit of the type taken into account; they come after start-up has settled. */
  readonly branchPods: number;
  readonly subnetDiscovery: boolean;
  readonly accounts: SubnetAccounts;
}

/** Growth steps made before the trunk takes its address: start-up's own, then one per pass, the first half a pass later. */
const STEPS_BEFORE_TRUNK = 2 + Math.floor((TRUNK_ATTACH_SECONDS - PASS_SECONDS / 2) / PASS_SECONDS);

/**
 * What a fresh node holds, by repeating growth steps until the pool is no longer low or nothing can be added, with finite
 * subnets. Pods pack their prefixes here; with WARM_PREFIX_TARGET of 2 and more real pods scatter and the node may hold more.
 * Charges the accounts with everything the node takes, its primary ENI included.
 */
export function growFreshNode(node: FreshNode, pods: number, arrival: Arrival): FreshNodeGrowth {
  const { policy, accounts } = node;
  const perSlot = policy.prefixes ? ADDRESSES_PER_PREFIX : 1;
  const enis: DataEni[] = node.primaryOpen && node.maxDataEnis > 0 ? [{ usedSlots: 0, subnet: accounts.node }] : [];
  const calls = { allocENI: 0, allocIPs: 0 };
  let held = 0;
  let served = 0;
  let shortage = false;
  let trunkAttached = false;
  let branches = 0;
  let steps = 0;

  const stats = (): PoolStats => {
    const totalPrefixes = policy.prefixes ? held : 0;
    return {
      totalIPs: held * perSlot,
      assignedIPs: served,
      totalPrefixes,
      freePrefixes: policy.prefixes ? held - prefixesFor(served) : 0,
    };
  };
  const addTo = (eni: DataEni, count: number): void => {
    eni.usedSlots += count;
    held += count;
  };
  const refuse = (): string => {
    shortage = true;
    return policy.prefixes ? 'InsufficientCidrBlocks' : 'InsufficientFreeAddressesInSubnet';
  };
  const grow = (): void => {
    const step = {
      policy,
      stats: stats(),
      candidates: enis.filter((eni) => eni.usedSlots < policy.slots),
      subnetDiscovery: node.subnetDiscovery,
      hasRoom: () => enis.length < node.maxDataEnis,
    };
    growthStep(step, {
      assign: (eni, count) => {
        if (!take(eni.subnet, count, policy.prefixes, 0)) return refuse();
        addTo(eni, count);
        calls.allocIPs += 1;
        return 'ok';
      },
      create: (count) => {
        const order = creationOrder(accounts);
        if (order.length === 0) return 'NoEligibleSubnet';
        const subnet = order.find((account) => take(account, count, policy.prefixes, 1));
        if (subnet === undefined) return refuse();
        const eni = { usedSlots: 0, subnet };
        enis.push(eni);
        addTo(eni, count);
        calls.allocENI += 1;
        return 'ok';
      },
    });
  };
  const attachTrunk = (): void => {
    if (node.trunk && !trunkAttached) trunkAttached = take(accounts.trunk, 0, false, 1);
  };
  /** Repeats growth steps; in a burst the waiting pods take what each step brought. */
  const settle = (waiting: number): void => {
    while (tooLow(policy, stats())) {
      const before = held;
      grow();
      steps += 1;
      if (steps === STEPS_BEFORE_TRUNK) attachTrunk();
      served += Math.min(waiting - served, held * perSlot - served);
      if (held === before) return;
    }
  };

  charge(accounts.node, 0, false, 1);
  settle(0);
  attachTrunk();
  const emptyAtStart = held === 0;
  // Under custom networking an empty pool ends start-up: no pod ever asks.
  if (emptyAtStart && accounts.customNetworking)
    return { enis, served, trunkAttached, branches, calls, shortage, emptyAtStart };
  while (trunkAttached && branches < node.branchPods && take(accounts.trunk, 0, false, 1)) branches += 1;
  if (arrival === 'burst') {
    served = Math.min(pods, held * perSlot);
    settle(pods);
  } else {
    while (served < pods && served < held * perSlot) {
      served += 1;
      settle(served);
    }
  }
  return { enis, served, trunkAttached, branches, calls, shortage, emptyAtStart };
}
