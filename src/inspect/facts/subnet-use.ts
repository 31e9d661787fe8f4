import {
  ADDRESSES_PER_BLOCK,
  AWS_RESERVED,
  AWS_RESERVED_FIRST,
  type Blocks,
  blocksOf,
  type Reservation,
} from '../../calc/blocks.ts';
import { type Cidr, containsAddress, lastOf, parseCidr, sizeOf } from '../../calc/cidr.ts';
import type { CidrReservations, NetworkInterface, Subnet } from '../snapshot/ec2.ts';
import { defineFact, section } from './define-fact.ts';
import { type EniAddresses, eniAddresses, NO_ADDRESS, type OfEnis } from './eni-addresses.ts';
import { AddressSet } from './support/address-set.ts';
import { groupBy } from './support/group-by.ts';

/** What one ENI takes of its subnet. An address EC2 lists twice counts once. */
export interface EniShare {
  readonly eni: NetworkInterface;
  /** Its place in the columns of addresses. */
  readonly place: number;
  /** 1 or 0. */
  readonly primary: number;
  readonly secondaries: number;
  readonly prefixes: number;
}

/** The visible ENIs of one subnet and what they take. */
export interface SubnetUse {
  readonly subnet: Subnet;
  readonly cidr: Cidr;
  readonly shares: readonly EniShare[];
  /** Single addresses, and first addresses of prefixes. */
  readonly addresses: AddressSet;
  readonly prefixes: AddressSet;
  /** `addresses + 16 × prefixes`. */
  readonly seen: number;
  /** False where the sweep of ENIs was not read to its end: more may be in use than seen. */
  readonly complete: boolean;
  /** The addresses of all ENIs. */
  readonly columns: EniAddresses;
  /** Blocks as the visible ENIs leave them; reservations that were not read count as none. */
  readonly blocks: () => Blocks;
  /** Undefined where they were not read. */
  readonly reservations?: readonly Reservation[];
  /** Addresses inside reservations that nothing uses; undefined where reservations were not read. */
  readonly unusedReserved?: number;
}

/** Use by subnet id, for every subnet that was read; one whose range is unreadable is left out. */
export const subnetUse = defineFact({
  id: 'subnetUse',
  needs: { subnets: section('subnets'), columns: eniAddresses },
  helps: { reservations: section('cidrReservations') },
  derive: ({ subnets, columns, reservations }, { gapsOf }): ReadonlyMap<string, SubnetUse> => {
    const complete = gapsOf('columns').length === 0;
    const bySubnet = groupBy(columns.enis.keys(), (place) => columns.enis[place]!.subnetId);
    const asked = new Set(reservations?.subnetIds);
    const reserved = reservationsBySubnet(reservations);
    return new Map(
      subnets.flatMap((subnet) => {
        const cidr = parseCidr(subnet.cidr);
        if (!cidr) return [];
        const id = subnet.subnetId;
        const kept = asked.has(id) ? (reserved.get(id) ?? []) : undefined;
        return [[id, { ...useOf(subnet, cidr, columns, bySubnet.get(id) ?? [], kept), complete }]];
      }),
    );
  },
});

/** @param places of the ENIs in the columns */
function useOf(
  subnet: Subnet,
  cidr: Cidr,
  columns: EniAddresses,
  places: readonly number[],
  reservations: readonly Reservation[] | undefined,
): Omit<SubnetUse, 'complete'> {
  const { enis, primaries, singles } = columns;
  const prefixes = new AddressSet(lengthOf(columns.prefixes, places));
  const addresses = new AddressSet(places.length + lengthOf(singles, places));
  const last = lastOf(cidr);
  const prefixesOf = places.map((place) => addAll(columns.prefixes, place, prefixes, cidr.first, last));
  const add = (ip: number) => {
    if (ip < cidr.first || ip > last || ip === NO_ADDRESS) return;
    if (prefixes.size === 0 || !prefixes.has(ip - (ip % ADDRESSES_PER_BLOCK))) addresses.add(ip);
  };
  const shares = places.map((place, i): EniShare => {
    const before = addresses.size;
    add(primaries[place]!);
    const primary = addresses.size - before;
    for (let at = singles.starts[place]!; at < singles.starts[place + 1]!; at++) add(singles.values[at]!);
    const secondaries = addresses.size - before - primary;
    return { eni: enis[place]!, place, primary, secondaries, prefixes: prefixesOf[i]! };
  });
  const seen = addresses.size + ADDRESSES_PER_BLOCK * prefixes.size;
  const unusedReserved = reservations?.reduce((n, r) => n + unusedIn(r.cidr, { cidr, addresses, prefixes }), 0);
  let blocks: Blocks | undefined;
  return {
    subnet,
    cidr,
    shares,
    addresses,
    prefixes,
    seen,
    columns,
    blocks: () => {
      blocks ??= blocksOf({ cidr, addresses, prefixes, reservations: reservations ?? [] });
      return blocks;
    },
    reservations,
    unusedReserved,
  };
}

/** The same subnet as it would be without some of its interfaces. EC2's count of free addresses is left as it was. */
export function withoutEnis(use: SubnetUse, gone: ReadonlySet<NetworkInterface>): SubnetUse {
  const left = use.shares.filter(({ eni }) => !gone.has(eni)).map(({ place }) => place);
  if (left.length === use.shares.length) return use;
  return { ...useOf(use.subnet, use.cidr, use.columns, left, use.reservations), complete: use.complete };
}

/** Numbers of these ENIs in a column. */
function lengthOf({ starts }: OfEnis, places: readonly number[]): number {
  return places.reduce((n, place) => n + starts[place + 1]! - starts[place]!, 0);
}

/** Adds the numbers of an ENI that are in the range and not yet there, and counts them. */
function addAll({ values, starts }: OfEnis, place: number, known: AddressSet, first: number, last: number): number {
  const before = known.size;
  for (let at = starts[place]!; at < starts[place + 1]!; at++) {
    const value = values[at]!;
    if (value >= first && value <= last && value !== NO_ADDRESS) known.add(value);
  }
  return known.size - before;
}

/** Addresses of a reservation that neither an interface nor AWS itself holds. */
export function unusedIn(
  reservation: Cidr,
  { cidr, addresses, prefixes }: Pick<SubnetUse, 'cidr' | 'addresses' | 'prefixes'>,
): number {
  let unused = sizeOf(reservation);
  for (const ip of addresses) if (containsAddress(reservation, ip)) unused--;
  for (const first of prefixes) if (containsAddress(reservation, first)) unused -= ADDRESSES_PER_BLOCK;
  for (const ip of awsAddresses(cidr)) if (containsAddress(reservation, ip) && !addresses.has(ip)) unused--;
  return Math.max(unused, 0);
}

function awsAddresses(subnet: Cidr): readonly number[] {
  const first = Array.from({ length: AWS_RESERVED_FIRST }, (_, i) => subnet.first + i);
  return [...first, lastOf(subnet)].slice(0, AWS_RESERVED);
}

/** Reservations by subnet id; those whose range is no IPv4 range are left out. */
function reservationsBySubnet(reservations: CidrReservations | undefined): ReadonlyMap<string, readonly Reservation[]> {
  const readable = (reservations?.reservations ?? []).flatMap(({ subnetId, cidr: text, type }) => {
    const cidr = parseCidr(text);
    return cidr ? [{ subnetId, reservation: { cidr, type } }] : [];
  });
  const bySubnet = groupBy(readable, (r) => r.subnetId);
  return new Map([...bySubnet].map(([id, list]) => [id, list.map((r) => r.reservation)]));
}

/** A subnet shared into this account: only the account's own ENIs are visible there. */
export function isForeign(subnet: Subnet, account: string | undefined): boolean {
  return account !== undefined && subnet.ownerId !== undefined && subnet.ownerId !== account;
}
