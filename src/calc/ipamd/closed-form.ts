import { ADDRESSES_PER_PREFIX } from './constants.ts';
import { type PoolPolicy, prefixesFor } from './decisions.ts';

/** Slots held, and the successful growth calls it took to get them (creating an ENI counts as one call). */
export interface ClosedForm {
  readonly slots: number;
  readonly calls: number;
}

/**
 * What a fresh node holds when pods arrive one by one, none leaves and no subnet runs dry. `dataEnis` is the number of ENIs
 * that may hold pod addresses, `pods` those that need one. Exact except for WARM_PREFIX_TARGET of 2 and more with over 16
 * pods, where it is the least possible: pods scatter over prefixes (`data_store.go:AssignPodIPv4Address`).
 */
export function closedForm(policy: PoolPolicy, dataEnis: number, pods: number): ClosedForm {
  const { slots } = policy;
  const ceiling = dataEnis * slots;
  if (ceiling === 0 || policy.maxPods <= 0) return { slots: 0, calls: 0 };
  if (!policy.prefixes && !policy.ipTargets) {
    const enis = wholeEnis(policy, dataEnis, pods);
    return { slots: enis * slots, calls: enis };
  }
  // Before any pod the pool grows in steps of whole ENIs, each checked against maxPods; then one slot at a time.
  const perSlot = policy.prefixes ? ADDRESSES_PER_PREFIX : 1;
  const stop = Math.ceil(policy.maxPods / perSlot);
  const first = Math.min(slotsWanted(policy, 0), ceiling, slots * Math.ceil(policy.maxPods / (slots * perSlot)));
  const held = Math.max(first, Math.min(slotsWanted(policy, pods), stop, ceiling));
  return { slots: held, calls: Math.ceil(first / slots) + held - first };
}

function wholeEnis(policy: PoolPolicy, dataEnis: number, pods: number): number {
  const { warmEniTarget, slots } = policy;
  const wanted = warmEniTarget === 0 ? Math.floor(pods / slots) + 1 : warmEniTarget + Math.ceil(pods / slots);
  return Math.min(dataEnis, wanted, Math.ceil(policy.maxPods / slots));
}

/** Slots the targets ask for with this many pods, limits aside. With MINIMUM_IP_TARGET alone the pool never grows past it. */
function slotsWanted(policy: PoolPolicy, pods: number): number {
  const { warmIpTarget, minimumIpTarget, warmPrefixTarget } = policy;
  if (policy.ipTargets) {
    const addresses = warmIpTarget === 0 ? minimumIpTarget : Math.max(pods + warmIpTarget, minimumIpTarget);
    return policy.prefixes ? prefixesFor(addresses) : addresses;
  }
  return warmPrefixTarget === 0 ? Math.floor(pods / ADDRESSES_PER_PREFIX) + 1 : warmPrefixTarget + prefixesFor(pods);
}
