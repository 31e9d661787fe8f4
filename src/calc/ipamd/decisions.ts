import { ADDRESSES_PER_PREFIX, EXTRA_CARD_MINIMUM_IP_TARGET, EXTRA_CARD_WARM_IP_TARGET } from './constants.ts';
import { type IpamdSettings, usesIpTargets } from './settings.ts';

/** The configuration as far as the pool's decisions go: prefixes are the ones in force, not the ones configured. */
export interface PoolPolicy {
  readonly prefixes: boolean;
  /** IP targets are in force; the other targets then do not make the pool grow. */
  readonly ipTargets: boolean;
  readonly warmEniTarget: number;
  readonly warmIpTarget: number;
  readonly minimumIpTarget: number;
  readonly warmPrefixTarget: number;
  /** Slots per ENI. */
  readonly slots: number;
  readonly maxPods: number;
  /** Network card; cards above 0 have fixed targets and count prefixes as addresses. */
  readonly card: number;
}

/** The pool at one moment (`data_store.go:GetIPStats`, `GetFreePrefixes`). Addresses in cooldown count as available. */
export interface PoolStats {
  readonly totalIPs: number;
  readonly assignedIPs: number;
  readonly totalPrefixes: number;
  /** Prefixes without any assigned address. */
  readonly freePrefixes: number;
}

export function poolPolicy(
  settings: IpamdSettings,
  node: { readonly prefixes: boolean; readonly slotsPerENI: number; readonly maxPods: number; readonly card?: number },
): PoolPolicy {
  const card = node.card ?? 0;
  return {
    prefixes: node.prefixes,
    ipTargets: card > 0 || usesIpTargets(settings),
    warmEniTarget: settings.warmEniTarget,
    warmIpTarget: card > 0 ? EXTRA_CARD_WARM_IP_TARGET : settings.warmIpTarget,
    minimumIpTarget: card > 0 ? EXTRA_CARD_MINIMUM_IP_TARGET : settings.minimumIpTarget,
    warmPrefixTarget: settings.warmPrefixTarget,
    slots: node.slotsPerENI,
    maxPods: node.maxPods,
    card,
  };
}

/** CIDRs missing from the IP targets; 0 when the pool follows another target (`ipamd.go:datastoreTargetState`). */
export function shortOf(policy: PoolPolicy, stats: PoolStats): number {
  if (!policy.ipTargets) return 0;
  const available = stats.totalIPs - stats.assignedIPs;
  const short = Math.max(policy.warmIpTarget - available, 0, policy.minimumIpTarget - stats.totalIPs);
  return countsPrefixes(policy) ? prefixesFor(short) : short;
}

/** CIDRs the pool holds beyond its target and could give back (`datastoreTargetState`, `computeExtraPrefixesOverWarmTarget`). */
export function overOf(policy: PoolPolicy, stats: PoolStats): number {
  if (!policy.ipTargets) return policy.prefixes ? Math.max(stats.freePrefixes - policy.warmPrefixTarget, 0) : 0;
  if (countsPrefixes(policy)) {
    const needed = Math.max(prefixesFor(stats.assignedIPs + policy.warmIpTarget), prefixesFor(policy.minimumIpTarget));
    return Math.max(Math.min(stats.freePrefixes, stats.totalPrefixes - needed), 0);
  }
  const available = stats.totalIPs - stats.assignedIPs;
  return Math.max(Math.min(Math.max(available - policy.warmIpTarget, 0), stats.totalIPs - policy.minimumIpTarget), 0);
}

/** Whether the pool must grow (`ipamd.go:isDatastorePoolTooLow`). The stop at maxPods looks at addresses held, not at pods. */
export function tooLow(policy: PoolPolicy, stats: PoolStats): boolean {
  if (stats.totalIPs >= policy.maxPods) return false;
  if (policy.ipTargets) return shortOf(policy, stats) > 0;
  const available = stats.totalIPs - stats.assignedIPs;
  const target = policy.prefixes ? policy.warmPrefixTarget : policy.warmEniTarget;
  const unit = policy.prefixes ? ADDRESSES_PER_PREFIX : policy.slots;
  return available < unit * target || (target === 0 && available === 0);
}

/** Whether surplus could be given back (`ipamd.go:isDatastorePoolTooHigh`). */
export function tooHigh(policy: PoolPolicy, stats: PoolStats): boolean {
  return overOf(policy, stats) > 0;
}

/** CIDRs one growth step asks for, before an ENI's free slots cap it; 0 ends the step (`tryAssignIPs`, `getPrefixesNeeded`). */
export function wantedCidrs(policy: PoolPolicy, stats: PoolStats): number {
  if (!policy.prefixes) return policy.ipTargets ? shortOf(policy, stats) : policy.slots;
  if (policy.ipTargets) return Math.max(1, shortOf(policy, stats));
  return Math.max(1, policy.warmPrefixTarget - stats.freePrefixes);
}

/**
 * Whether a pass looks for an ENI to release (`ipamd.go:shouldRemoveExtraENIs`). `emptyEniExists` tells whether a
 * non-primary ENI that is neither trunk nor EFA has no pods; only prefix mode asks for it.
 */
export function mayRemoveEni(policy: PoolPolicy, stats: PoolStats, emptyEniExists: () => boolean): boolean {
  if (policy.ipTargets) return true;
  const target = policy.prefixes ? policy.warmPrefixTarget : policy.warmEniTarget;
  const perEni = policy.slots * (policy.prefixes ? ADDRESSES_PER_PREFIX : 1);
  if (stats.totalIPs - stats.assignedIPs >= (target + 1) * perEni) return true;
  return policy.prefixes && emptyEniExists();
}

/** An ENI as the choice of the one to release sees it. Counts are of the current mode's addresses. */
export interface EniForRelease {
  readonly primary: boolean;
  readonly trunk: boolean;
  readonly efa: boolean;
  /** In an excluded subnet: its addresses do not count for others. */
  readonly excluded: boolean;
  /** Addresses held, and those bound to pods. */
  readonly ips: number;
  readonly pods: number;
  /** CIDRs without any assigned address. */
  readonly freeCidrs: number;
  /** At least 60 s known to ipamd, and no address in cooldown. */
  readonly old: boolean;
  readonly cooling: boolean;
}

/** Sums over the ENIs that are not excluded, from which each ENI's own share is subtracted. */
export interface ReleaseTotals {
  readonly ips: number;
  readonly freeIPs: number;
  readonly freeCidrs: number;
}

/**
 * Whether ipamd may release this ENI now (`data_store.go:getDeletableENI`). WARM_PREFIX_TARGET is asked in prefix mode even
 * when IP targets are in force.
 */
export function isDeletable(policy: PoolPolicy, eni: EniForRelease, totals: ReleaseTotals): boolean {
  if (eni.primary || eni.trunk || eni.efa || !eni.old || eni.cooling || eni.pods > 0) return false;
  const own = eni.excluded ? 0 : 1;
  const freeIPs = totals.freeIPs - own * eni.ips;
  if (policy.warmIpTarget !== 0 && freeIPs < roundUp(policy, policy.warmIpTarget)) return false;
  if (policy.minimumIpTarget !== 0 && totals.ips - own * eni.ips < roundUp(policy, policy.minimumIpTarget))
    return false;
  return !(
    policy.prefixes &&
    policy.warmPrefixTarget !== 0 &&
    totals.freeCidrs - own * eni.freeCidrs < policy.warmPrefixTarget
  );
}

export function prefixesFor(addresses: number): number {
  return Math.ceil(addresses / ADDRESSES_PER_PREFIX);
}

/** Cards above 0 compare prefixes with address counts, an upstream slip that makes them release and ask again for ever. */
function countsPrefixes(policy: PoolPolicy): boolean {
  return policy.prefixes && policy.card === 0;
}

function roundUp(policy: PoolPolicy, target: number): number {
  return policy.prefixes ? prefixesFor(target) * ADDRESSES_PER_PREFIX : target;
}
