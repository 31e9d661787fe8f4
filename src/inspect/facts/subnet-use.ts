import { ADDRESSES_PER_BLOCK, AWS_RESERVED, AWS_RESERVED_FIRST, type Reservation } from '../../calc/blocks.ts';
import { type Cidr, containsAddress, lastOf, parseCidr, parseIpv4, sizeOf } from '../../calc/cidr.ts';
import type { CidrReservations, NetworkInterface, Subnet } from '../snapshot/ec2.ts';
import { firstOf } from './address-use.ts';
import { defineFact, section } from './define-fact.ts';
import { groupBy } from './support/group-by.ts';

/** What one ENI takes of its subnet. An address EC2 lists twice counts once. */
export interface EniShare {
  readonly eni: NetworkInterface;
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
  readonly addresses: ReadonlySet<number>;
  readonly prefixes: ReadonlySet<number>;
  /** `addresses + 16 × prefixes`. */
  readonly seen: number;
  /** False where the sweep of ENIs was not read to its end: more may be in use than seen. */
  readonly complete: boolean;
  /** Undefined where they were not read. */
  readonly reservations?: readonly Reservation[];
  /** Addresses inside reservations that nothing uses; undefined where reservations were not read. */
  readonly unusedReserved?: number;
}

/** Use by subnet id, for every subnet that was read; one whose range is unreadable is left out. */
export const subnetUse = defineFact({
  id: 'subnetUse',
  needs: { subnets: section('subnets'), enis: section('networkInterfaces') },
  helps: { reservations: section('cidrReservations') },
  derive: ({ subnets, enis, reservations }, { gapsOf }): ReadonlyMap<string, SubnetUse> => {
    const complete = gapsOf('enis').length === 0;
    const bySubnet = groupBy(enis, (e) => e.subnetId);
    const asked = new Set(reservations?.subnetIds);
    const reserved = reservationsBySubnet(reservations);
    return new Map(
      subnets.flatMap((subnet) => {
        const cidr = parseCidr(subnet.cidr);
        if (!cidr) return [];
        const id = subnet.subnetId;
        const kept = asked.has(id) ? (reserved.get(id) ?? []) : undefined;
        return [[id, { ...useOf(subnet, cidr, bySubnet.get(id) ?? [], kept), complete }]];
      }),
    );
  },
});

function useOf(
  subnet: Subnet,
  cidr: Cidr,
  enis: readonly NetworkInterface[],
  reservations: readonly Reservation[] | undefined,
): Omit<SubnetUse, 'complete'> {
  const addresses = new Set<number>();
  const prefixes = new Set<number>();
  const prefixesOf = enis.map((e) => countNew(e.prefixes.map(firstOf), prefixes, cidr));
  const last = lastOf(cidr);
  const add = (text: string) => {
    const ip = parseIpv4(text);
    if (ip === undefined || ip < cidr.first || ip > last) return;
    if (prefixes.size === 0 || !prefixes.has(ip - (ip % ADDRESSES_PER_BLOCK))) addresses.add(ip);
  };
  const shares = enis.map((eni, i) => {
    const before = addresses.size;
    if (eni.primaryIp !== undefined) add(eni.primaryIp);
    const primary = addresses.size - before;
    for (const text of eni.secondaryIps) add(text);
    return { eni, primary, secondaries: addresses.size - before - primary, prefixes: prefixesOf[i]! };
  });
  const seen = addresses.size + ADDRESSES_PER_BLOCK * prefixes.size;
  const unusedReserved = reservations?.reduce((n, r) => n + unusedIn(r.cidr, { cidr, addresses, prefixes }), 0);
  return { subnet, cidr, shares, addresses, prefixes, seen, reservations, unusedReserved };
}

/** The same subnet as it would be without some of its interfaces. EC2's count of free addresses is left as it was. */
export function withoutEnis(use: SubnetUse, gone: ReadonlySet<NetworkInterface>): SubnetUse {
  const left = use.shares.map((s) => s.eni).filter((eni) => !gone.has(eni));
  if (left.length === use.shares.length) return use;
  return { ...useOf(use.subnet, use.cidr, left, use.reservations), complete: use.complete };
}

/** Adds what is in the range and not yet there, and counts it. */
function countNew(values: readonly (number | undefined)[], known: Set<number>, range: Cidr): number {
  const before = known.size;
  for (const value of values) if (value !== undefined && containsAddress(range, value)) known.add(value);
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
