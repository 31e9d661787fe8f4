/**
 * How many prefixes ipamd keeps on a node, from the settings of aws-node alone (prefix mode). Written from upstream's rules
 * apart from the product's own model, so that each can be held against the other.
 */
export interface WarmTargets {
  warmIps: number;
  minimumIps: number;
  warmPrefixes: number;
}

/** What a node holds. */
export interface Pool {
  prefixes: number;
  /** Prefixes of which no pod has an address. */
  freePrefixes: number;
  /** Pods that need an address, waiting ones too. */
  pods: number;
}

const PREFIX = 16;
const prefixesFor = (addresses: number): number => Math.ceil(addresses / PREFIX);

export function warmTargets(env: Record<string, string>): WarmTargets {
  const number = (name: string): number => Math.max(0, Number.parseInt(env[name] ?? '', 10) || 0);
  return {
    warmIps: number('WARM_IP_TARGET'),
    minimumIps: number('MINIMUM_IP_TARGET'),
    warmPrefixes: number('WARM_PREFIX_TARGET'),
  };
}

/** Either of them set, they decide alone (`ipamd.go:warmIPTargetsDefined`). */
const byAddresses = (t: WarmTargets): boolean => t.warmIps > 0 || t.minimumIps > 0;
const available = (p: Pool): number => Math.max(0, p.prefixes * PREFIX - p.pods);

/** Prefixes ipamd asks for in one step; 0 where it has enough (`ipamd.go:isDatastorePoolTooLow`, `getPrefixesNeeded`). */
export function prefixesShort(t: WarmTargets, p: Pool, maxPods: number): number {
  const total = p.prefixes * PREFIX;
  if (total >= maxPods) return 0;
  if (byAddresses(t)) return prefixesFor(Math.max(t.warmIps - available(p), t.minimumIps - total, 0));
  return available(p) < t.warmPrefixes * PREFIX ? Math.max(1, t.warmPrefixes - p.freePrefixes) : 0;
}

/** Wholly free prefixes to give back (`ipamd.go:isDatastorePoolTooHigh`, `datastorePrefixTargetState`). */
export function prefixesOver(t: WarmTargets, p: Pool): number {
  if (!byAddresses(t)) return Math.max(0, p.freePrefixes - t.warmPrefixes);
  const needed = Math.max(prefixesFor(Math.min(p.pods, p.prefixes * PREFIX) + t.warmIps), prefixesFor(t.minimumIps));
  return Math.max(0, Math.min(p.freePrefixes, p.prefixes - needed));
}

/**
 * Whether an ENI without pods may go, by what the other ENIs then hold; WARM_PREFIX_TARGET counts here even where targets in
 * addresses are in force (`data_store.go:isRequiredForWarmIPTarget`, `isRequiredForMinimumIPTarget`, `isRequiredForWarmPrefixTarget`).
 */
export function canSpareEni(t: WarmTargets, others: Pool): boolean {
  return (
    available(others) >= prefixesFor(t.warmIps) * PREFIX &&
    others.prefixes >= prefixesFor(t.minimumIps) &&
    others.freePrefixes >= t.warmPrefixes
  );
}
