import { ADDRESSES_PER_BLOCK } from '../../calc/blocks.ts';
import type { NetworkInterface } from '../snapshot/ec2.ts';
import { defineFact } from './define-fact.ts';
import { type EniAddresses, eniAddresses, NO_ADDRESS, type OfEnis } from './eni-addresses.ts';
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
  needs: { addresses: eniAddresses },
  derive: ({ addresses }): ((address: number) => AddressHolder | undefined) => {
    let asked = 0;
    let index: ReturnType<typeof indexOf> | undefined;
    return (address) => {
      if (asked++ < SCANS && !index) return scan(addresses, address);
      index ??= indexOf(addresses);
      return index(address);
    };
  },
});

/** A look through all addresses costs a fraction of an index of 150,000: one question is answered so, many are not. */
const SCANS = 8;

function scan({ enis, primaries, singles, prefixes }: EniAddresses, address: number): AddressHolder | undefined {
  const inBlock = prefixes.values.indexOf(address - (address % ADDRESSES_PER_BLOCK));
  if (inBlock >= 0) return asPrefix(enis, prefixes, inBlock);
  const own = primaries.lastIndexOf(address);
  if (own >= 0) return { eni: enis[own]!, as: 'primary' };
  const single = singles.values.indexOf(address);
  return single < 0 ? undefined : { eni: enis[eniAt(singles, single)]!, as: 'secondary' };
}

/** The place of the ENI that an element is of. */
function eniAt({ starts }: OfEnis, element: number): number {
  let [low, high] = [0, starts.length - 1];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (starts[middle]! <= element) low = middle;
    else high = middle;
  }
  return low;
}

function asPrefix(enis: readonly NetworkInterface[], prefixes: OfEnis, element: number): AddressHolder {
  const place = eniAt(prefixes, element);
  const eni = enis[place]!;
  return { eni, as: 'prefix', prefix: eni.prefixes[element - prefixes.starts[place]!]! };
}

function indexOf({ enis, primaries, singles, prefixes }: EniAddresses): (address: number) => AddressHolder | undefined {
  const blocks = new AddressTable(prefixes.values.length);
  prefixes.values.forEach((first, element) => {
    if (first !== NO_ADDRESS && blocks.get(first) === undefined) blocks.set(first, element);
  });
  // What a single address is of: even numbers an ENI's own, odd ones a further address.
  const of = new AddressTable(primaries.length + singles.values.length);
  for (let i = 0; i < enis.length; i++)
    for (let at = singles.starts[i]!; at < singles.starts[i + 1]!; at++) {
      const address = singles.values[at]!;
      if (address !== NO_ADDRESS && of.get(address) === undefined) of.set(address, 2 * i + 1);
    }
  primaries.forEach((address, i) => {
    if (address !== NO_ADDRESS) of.set(address, 2 * i);
  });
  return (address) => {
    const inside = blocks.get(address - (address % ADDRESSES_PER_BLOCK));
    if (inside !== undefined) return asPrefix(enis, prefixes, inside);
    const found = of.get(address);
    return found === undefined ? undefined : { eni: enis[found >> 1]!, as: found % 2 === 0 ? 'primary' : 'secondary' };
  };
}
