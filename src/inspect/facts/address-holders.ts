import { ADDRESSES_PER_BLOCK } from '../../calc/blocks.ts';
import { formatIpv4, parseIpv4 } from '../../calc/cidr.ts';
import type { NetworkInterface } from '../snapshot/ec2.ts';
import { firstOf } from './address-use.ts';
import { defineFact, section } from './define-fact.ts';
import { AddressTable } from './support/address-table.ts';

/** How an ENI holds an address: as its own, as a further single one, or inside a /28. */
export interface AddressHolder {
  readonly eni: NetworkInterface;
  readonly as: 'primary' | 'secondary' | 'prefix';
  /** The /28, where it is inside one. */
  readonly prefix?: string;
}

/**
 * For any IPv4 address, as a number: the ENI that holds it, undefined where no visible one does. An address that EC2 lists
 * both alone and inside a prefix counts as the prefix's, as in the accounting of its subnet.
 */
export const addressHolders = defineFact({
  id: 'addressHolders',
  needs: { enis: section('networkInterfaces') },
  derive: ({ enis }): ((address: number) => AddressHolder | undefined) => {
    let asked = 0;
    let index: ReturnType<typeof indexOf> | undefined;
    return (address) => {
      if (asked++ < SCANS && !index) return scan(enis, address);
      index ??= indexOf(enis);
      return index(address);
    };
  },
});

/** A look through all ENIs costs a thirtieth of an index of 150,000 addresses: one question is answered so, many are not. */
const SCANS = 8;

function scan(enis: readonly NetworkInterface[], address: number): AddressHolder | undefined {
  const text = formatIpv4(address);
  const first = address - (address % ADDRESSES_PER_BLOCK);
  let single: AddressHolder | undefined;
  for (const eni of enis) {
    const prefix = eni.prefixes.find((p) => firstOf(p) === first);
    if (prefix !== undefined) return { eni, as: 'prefix', prefix };
    if (eni.primaryIp === text) single = { eni, as: 'primary' };
    else if (!single && eni.secondaryIps.includes(text)) single = { eni, as: 'secondary' };
  }
  return single;
}

function indexOf(enis: readonly NetworkInterface[]): (address: number) => AddressHolder | undefined {
  const prefixes = new Map<number, AddressHolder>();
  const singles = new AddressTable(enis.reduce((n, e) => n + e.secondaryIps.length + 1, 0));
  // What a single address is of: even numbers an ENI's own, odd ones a further address.
  const note = (text: string, of: number, wins: boolean) => {
    const address = parseIpv4(text);
    if (address !== undefined && (wins || singles.get(address) === undefined)) singles.set(address, of);
  };
  enis.forEach((eni, i) => {
    for (const prefix of eni.prefixes) {
      const first = firstOf(prefix);
      if (first !== undefined && !prefixes.has(first)) prefixes.set(first, { eni, as: 'prefix', prefix });
    }
    for (const ip of eni.secondaryIps) note(ip, 2 * i + 1, false);
    if (eni.primaryIp !== undefined) note(eni.primaryIp, 2 * i, true);
  });
  const held = enis.flatMap((eni): AddressHolder[] => [
    { eni, as: 'primary' },
    { eni, as: 'secondary' },
  ]);
  return (address) => {
    const inside = prefixes.size > 0 ? prefixes.get(address - (address % ADDRESSES_PER_BLOCK)) : undefined;
    if (inside) return inside;
    const of = singles.get(address);
    return of === undefined ? undefined : held[of];
  };
}
