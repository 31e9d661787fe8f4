import { type InstanceType, supportsPrefixes } from '../catalog/instance-type.ts';
import { ADDRESSES_PER_PREFIX } from './constants.ts';
import type { IpamdSettings } from './settings.ts';

/** What the instance type allows. */
export interface NodeLimits {
  /** ENIs on the default network card. */
  readonly eniLimit: number;
  /** IPv4 addresses per ENI, the primary address included. */
  readonly ipv4PerEni: number;
  /** ipamd assumes yes for types it does not know (`awsutils.go:IsTrunkingCompatible`). */
  readonly trunkingCompatible: boolean;
  /** ipamd keeps a slot for a trunk that cannot come: before v1.20.4, on every type (`awsutils.go:IsTrunkingCompatible`). */
  readonly trunkSlotKept?: boolean;
  /** Branch ENIs the trunk carries. */
  readonly branchEniLimit: number;
  /** Nitro or bare metal: EC2 gives prefixes to this type. */
  readonly prefixCapable: boolean;
}

/** ENIs that take a slot and hold no pod addresses. */
export interface OccupiedSlots {
  /** ENIs on card 0 that ipamd leaves alone: `no_manage`, EFA-only, or untagged where those are left alone. */
  readonly unmanagedEnis?: number;
  /** ENIs in excluded subnets, the primary not counted. */
  readonly excludedEnis?: number;
  /** A trunk from before security groups for pods were switched off is still attached (`ipamd.go:hasRoomForEni`). */
  readonly leftoverTrunk?: boolean;
  /** The primary's subnet carries `kubernetes.io/role/cni=0`; discovery must be on for this to count. */
  readonly primarySubnetExcluded?: boolean;
}

export interface Capacity {
  /** ENIs that may hold pod addresses: D. 0 under custom networking means the node never becomes ready. */
  readonly maxDataENIs: number;
  /** Slots of an ENI, one less than its addresses: S. A slot holds one address or one prefix. */
  readonly slotsPerENI: number;
  /** Addresses of a slot, 1 or 16: b. */
  readonly addressesPerSlot: number;
  readonly maxPodIPs: number;
  /** 1 when a trunk is asked for, or left over. */
  readonly trunkENIs: number;
  /** Branch ENIs possible; 0 without a trunk. */
  readonly branchENILimit: number;
  /** ENIs ipamd allows itself, the primary and the trunk included: E. */
  readonly eniCeiling: number;
  /** ENIs attached that hold no new pod addresses, trunk and unmanaged ones aside: c. */
  readonly closedENIs: number;
  /** Slots lost to unmanaged ENIs: u. */
  readonly unmanagedENIs: number;
  readonly prefixes: boolean;
}

export function nodeLimits(type: InstanceType): NodeLimits {
  return {
    eniLimit: type.maxEnis,
    ipv4PerEni: type.ipv4PerEni,
    trunkingCompatible: type.trunkingCompatible ?? true,
    branchEniLimit: type.branchEnis,
    prefixCapable: supportsPrefixes(type),
  };
}

/** Prefixes are in force: configured and offered by the instance type (`ipamd.go:isConfigValid`). */
export function usesPrefixes(settings: IpamdSettings, limits: NodeLimits): boolean {
  return settings.prefixDelegation && limits.prefixCapable;
}

/**
 * How many ENIs and addresses pods can get on this node (`ipamd.go:getMaxENI`, `GetIPv4Limit`, `hasRoomForEni`).
 * All figures are counts of 0 or more.
 */
export function nodeCapacity(settings: IpamdSettings, limits: NodeLimits, occupied: OccupiedSlots = {}): Capacity {
  const prefixes = usesPrefixes(settings, limits);
  const slotsPerENI = Math.max(limits.ipv4PerEni - 1, 0);
  const addressesPerSlot = prefixes ? ADDRESSES_PER_PREFIX : 1;
  const eniCeiling = settings.maxEni >= 1 ? Math.min(settings.maxEni, limits.eniLimit) : limits.eniLimit;
  const unmanagedENIs = occupied.unmanagedEnis ?? 0;
  const primaryClosed =
    settings.customNetworking || (settings.subnetDiscovery && occupied.primarySubnetExcluded === true);
  const closedENIs = (occupied.excludedEnis ?? 0) + (primaryClosed ? 1 : 0);
  const leftover = occupied.leftoverTrunk === true && !settings.podEni;
  const comes = settings.podEni && limits.trunkingCompatible;
  const reserved = comes || leftover || (settings.podEni && limits.trunkSlotKept === true) ? 1 : 0;
  const free = eniCeiling - unmanagedENIs;
  // ipamd asks for the trunk only while a slot beside the primary is free (`ipamd.go:tryEnableSecurityGroupsForPods`).
  const trunkENIs = (comes && free >= 2) || leftover ? 1 : 0;
  // Without discovery the node subnet is the only choice, and one tagged 0 is refused (`awsutils.go:createENI`).
  const canCreate = settings.customNetworking || settings.subnetDiscovery || occupied.primarySubnetExcluded !== true;
  const open = Math.max(free - reserved - closedENIs, primaryClosed ? 0 : 1);
  const maxDataENIs = canCreate ? open : Math.min(open, 1);
  return {
    maxDataENIs,
    slotsPerENI,
    addressesPerSlot,
    maxPodIPs: maxDataENIs * slotsPerENI * addressesPerSlot,
    trunkENIs,
    branchENILimit: trunkENIs === 0 || leftover ? 0 : limits.branchEniLimit,
    eniCeiling,
    closedENIs,
    unmanagedENIs,
    prefixes,
  };
}
