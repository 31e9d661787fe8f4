/**
 * The four ENI assignment patterns and the address modes they combine with. The ids are used in code, flags and JSON.
 */

/** How pods get an ENI: the node's own, a branch ENI each, ENIs of another subnet (ENIConfig), or both of the latter. */
export type Pattern = 'default' | 'sgp' | 'custom' | 'custom+sgp';

/** What fills an ENI slot: a single secondary address, a /28 prefix, or (IPv6) nothing: one /80 serves all pods. */
export type Mode = 'secondary' | 'prefix' | 'ipv6';

export interface Pair {
  readonly pattern: Pattern;
  readonly mode: Mode;
}

export const PATTERNS: readonly Pattern[] = ['default', 'sgp', 'custom', 'custom+sgp'];

/** The ten pairs the CNI supports: custom networking refuses IPv6 (`ipamd.go:isConfigValid`). */
export const PAIRS: readonly Pair[] = PATTERNS.flatMap((pattern) => {
  const modes: readonly Mode[] = usesCustomNetworking(pattern)
    ? ['secondary', 'prefix']
    : ['secondary', 'prefix', 'ipv6'];
  return modes.map((mode) => ({ pattern, mode }));
});

/** The pattern's number in the field's documentation, 1 to 4. */
export function patternNumber(pattern: Pattern): number {
  return PATTERNS.indexOf(pattern) + 1;
}

export function patternOf(options: { customNetworking: boolean; securityGroupsForPods: boolean }): Pattern {
  if (options.customNetworking) return options.securityGroupsForPods ? 'custom+sgp' : 'custom';
  return options.securityGroupsForPods ? 'sgp' : 'default';
}

export function usesCustomNetworking(pattern: Pattern): boolean {
  return pattern === 'custom' || pattern === 'custom+sgp';
}

export function usesSecurityGroupsForPods(pattern: Pattern): boolean {
  return pattern === 'sgp' || pattern === 'custom+sgp';
}
