import { ADDRESSES_PER_BLOCK } from '../../calc/blocks.ts';
import type { NetworkInterface } from '../snapshot/ec2.ts';
import { defineFact } from './define-fact.ts';
import { eniAddresses, NO_ADDRESS } from './eni-addresses.ts';
import { podAddresses } from './pod-addresses.ts';
import { AddressTable } from './support/address-table.ts';

/** Pod addresses of one ENI that live pods have. */
export interface AddressUse {
  /** Secondary addresses in use. */
  readonly singles: number;
  /** Addresses in use inside prefixes. */
  readonly inPrefixes: number;
  /** Prefixes with at least one address in use. */
  readonly usedPrefixes: number;
}

export const NO_USE: AddressUse = { singles: 0, inPrefixes: 0, usedPrefixes: 0 };

/** Which ENI holds the address of each pod. */
export interface PodHolders {
  /** By row of the table of pods: the ENI with its address in a further slot or a prefix; undefined where there is none. */
  readonly ofRow: (row: number) => NetworkInterface | undefined;
  /** Rows whose address another live pod has too, or an ENI as its primary one. */
  readonly odd: ReadonlySet<number>;
  /** Two pods with one address use one. */
  readonly use: ReadonlyMap<string, AddressUse>;
}

/** Of live pods that ipamd serves. An address that EC2 lists both alone and inside a prefix is the prefix's. */
export const podHolders = defineFact({
  id: 'podHolders',
  needs: { addresses: eniAddresses, pods: podAddresses },
  derive: ({ addresses: { enis, primaries, singles, prefixes }, pods }): PodHolders => {
    const rows = new AddressTable(pods.length);
    const odd = new Set<number>();
    for (let row = 0; row < pods.length; row++) {
      const address = pods[row]!;
      if (address === NO_ADDRESS) continue;
      const first = rows.get(address);
      if (first === undefined) rows.set(address, row);
      else odd.add(first).add(row);
    }
    // one more than the ENI's place; 0 for none
    const placeOf = new Int32Array(pods.length);
    /** 1 where a pod has the address that no ENI before was found with. */
    const take = (place: number, address: number): number => {
      const row = address === NO_ADDRESS ? undefined : rows.get(address);
      if (row === undefined || placeOf[row] !== 0) return 0;
      placeOf[row] = place + 1;
      return 1;
    };
    const use = new Map<string, AddressUse>();
    for (const [i, eni] of prefixes.values.length > 0 ? enis.entries() : []) {
      let [inPrefixes, usedPrefixes] = [0, 0];
      for (let at = prefixes.starts[i]!; at < prefixes.starts[i + 1]!; at++) {
        const taken = takeBlock(take, i, prefixes.values[at]!);
        inPrefixes += taken;
        if (taken > 0) usedPrefixes++;
      }
      if (inPrefixes > 0) use.set(eni.eniId, { singles: 0, inPrefixes, usedPrefixes });
    }
    for (const [i, eni] of enis.entries()) {
      let taken = 0;
      for (let at = singles.starts[i]!; at < singles.starts[i + 1]!; at++) taken += take(i, singles.values[at]!);
      if (taken > 0) {
        const { inPrefixes, usedPrefixes } = use.get(eni.eniId) ?? NO_USE;
        use.set(eni.eniId, { singles: taken, inPrefixes, usedPrefixes });
      }
      const primary = primaries[i]!;
      const row = primary === NO_ADDRESS ? undefined : rows.get(primary);
      if (row !== undefined) odd.add(row);
    }
    return { ofRow: (row) => enis[placeOf[row]! - 1], odd, use };
  },
});

function takeBlock(take: (place: number, address: number) => number, place: number, first: number): number {
  if (first === NO_ADDRESS) return 0;
  let taken = 0;
  for (let address = first; address < first + ADDRESSES_PER_BLOCK; address++) taken += take(place, address);
  return taken;
}

/** Use by ENI id; an ENI without pods has no entry. */
export const addressUse = defineFact({
  id: 'addressUse',
  needs: { holders: podHolders },
  derive: ({ holders }): ReadonlyMap<string, AddressUse> => holders.use,
});
