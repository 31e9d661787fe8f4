import type { IpamdSettings } from './settings.ts';

/** What an IPv6 node holds; IPv4 figures are the primaries a dual-stack subnet gives every ENI. */
export interface Ipv6Holdings {
  readonly enis: number;
  readonly trunkENIs: number;
  readonly branchENIs: number;
  /** /80 prefixes held: one per ENI that serves pods. */
  readonly ipv6Prefixes80: number;
  readonly secondaryIPs: 0;
  readonly prefixes: 0;
  readonly podsWithoutIP: 0;
  readonly ipv4SubnetIPs: number;
  /** False when the IPv4 figure rests on branch ENIs, whose use of IPv4 depends on the subnet's kind. */
  readonly exact: boolean;
  readonly reasons: readonly string[];
}

/**
 * IPv6 has no pool manager: start-up puts one /80 on the primary ENI and nothing grows (`ipamd.go:assignIPv6Prefix`,
 * `StartNodeIPPoolManager`). Pods are limited by maxPods alone.
 */
export function ipv6Holdings(
  settings: IpamdSettings,
  node: {
    readonly trunkingCompatible: boolean;
    readonly branchPods?: number;
    readonly branchEniLimit?: number;
    /** Attached ENIs beside the primary that ipamd manages; each gets a /80 as well. */
    readonly managedExtraEnis?: number;
    readonly unmanagedEnis?: number;
    readonly primarySubnetExcluded?: boolean;
    /** Managed network cards above card 0, under ENABLE_MULTI_NIC. */
    readonly extraCards?: number;
  },
): Ipv6Holdings {
  const trunkENIs = settings.podEni && node.trunkingCompatible ? 1 : 0;
  const branchENIs =
    trunkENIs === 0 ? 0 : Math.min(node.branchPods ?? 0, node.branchEniLimit ?? Number.POSITIVE_INFINITY);
  const extraCards = settings.multiNic ? (node.extraCards ?? 0) : 0;
  const managed = node.managedExtraEnis ?? 0;
  // An excluded primary serves no pods: one more ENI is created for them.
  const replacement = settings.subnetDiscovery && node.primarySubnetExcluded === true ? 1 : 0;
  const enis = 1 + replacement + managed + extraCards + trunkENIs + (node.unmanagedEnis ?? 0);
  const reasons = ['IPv6: one /80 per serving ENI, no warm pool; pods are limited by maxPods'];
  if (branchENIs > 0) reasons.push('branch ENIs take an IPv4 address only in a dual-stack subnet');
  return {
    enis,
    trunkENIs,
    branchENIs,
    ipv6Prefixes80: 1 + managed + extraCards,
    secondaryIPs: 0,
    prefixes: 0,
    podsWithoutIP: 0,
    ipv4SubnetIPs: 1 + replacement + managed + extraCards + trunkENIs + branchENIs,
    exact: branchENIs === 0,
    reasons,
  };
}
