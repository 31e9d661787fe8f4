import type { Capacity } from './limits.ts';

/** Successful EC2 calls since start-up began. */
export interface Ec2Calls {
  /** CreateNetworkInterface. */
  readonly allocENI: number;
  /** AssignPrivateIpAddresses. */
  readonly allocIPs: number;
  /** UnassignPrivateIpAddresses. */
  readonly deallocCidrs: number;
  /** DeleteNetworkInterface. */
  readonly freeENI: number;
}

export interface Range {
  readonly min: number;
  readonly max: number;
}

/** What a node holds, in counts of 0 or more. */
export interface Holdings {
  /** Primary, data, trunk and unmanaged ENIs; branch ENIs are not counted here. */
  readonly enis: number;
  /** ENIs that hold or may hold pod addresses. */
  readonly dataENIs: number;
  readonly trunkENIs: number;
  readonly branchENIs: number;
  /** Slots used on each data ENI, most first. */
  readonly perENI: readonly number[];
  readonly secondaryIPs: number;
  readonly prefixes: number;
  /** Addresses for pods: single ones, or 16 per prefix. */
  readonly podIPsHeld: number;
  readonly podIPsFree: number;
  readonly podsWithoutIP: number;
  /** Addresses taken from subnets, primaries included; unmanaged ENIs' own addresses are not. */
  readonly subnetIPs: number;
  readonly subnetIPsBySubnet: Readonly<Record<string, number>>;
  readonly ec2Calls: Ec2Calls;
}

/** The fields of `Holdings` that one number cannot always tell. */
export type UncertainField =
  | 'enis'
  | 'dataENIs'
  | 'secondaryIPs'
  | 'prefixes'
  | 'podIPsHeld'
  | 'podIPsFree'
  | 'podsWithoutIP'
  | 'subnetIPs';

export type HoldingsRange = Readonly<Record<UncertainField, Range>>;

export interface HeldSlots {
  readonly capacity: Capacity;
  /** Slots used on each ENI that may hold pod addresses, in any order. */
  readonly perENI: readonly number[];
  readonly pods: number;
  readonly served: number;
  readonly trunkENIs: number;
  readonly branchENIs: number;
  readonly subnetIPsBySubnet: Readonly<Record<string, number>>;
  readonly calls: {
    readonly allocENI: number;
    readonly allocIPs: number;
    readonly deallocCidrs?: number;
    readonly freeENI?: number;
  };
}

/** Puts the parts together so that totals equal the sum of parts. */
export function holdingsOf(held: HeldSlots): Holdings {
  const { capacity } = held;
  let slots = 0;
  for (const used of held.perENI) slots += used;
  let subnetIPs = 0;
  for (const name in held.subnetIPsBySubnet) subnetIPs += held.subnetIPsBySubnet[name] ?? 0;
  const podIPsHeld = slots * capacity.addressesPerSlot;
  return {
    enis: held.perENI.length + capacity.closedENIs + held.trunkENIs + capacity.unmanagedENIs,
    dataENIs: held.perENI.length,
    trunkENIs: held.trunkENIs,
    branchENIs: held.branchENIs,
    perENI: held.perENI,
    secondaryIPs: capacity.prefixes ? 0 : slots,
    prefixes: capacity.prefixes ? slots : 0,
    podIPsHeld,
    podIPsFree: podIPsHeld - held.served,
    podsWithoutIP: held.pods - held.served,
    subnetIPs,
    subnetIPsBySubnet: held.subnetIPsBySubnet,
    ec2Calls: {
      allocENI: held.calls.allocENI,
      allocIPs: held.calls.allocIPs,
      deallocCidrs: held.calls.deallocCidrs ?? 0,
      freeENI: held.calls.freeENI ?? 0,
    },
  };
}

/** Slots of a node whose ENIs were filled one after the other: full ones first, the last one partial. */
export function packedEnis(slots: number, slotsPerENI: number, atLeastOne: boolean): number[] {
  const perENI: number[] = [];
  for (let left = slots; left > 0; left -= slotsPerENI) perENI.push(Math.min(left, slotsPerENI));
  if (perENI.length === 0 && atLeastOne) perENI.push(0);
  return perENI;
}

export function exactRange(value: number): Range {
  return { min: value, max: value };
}
