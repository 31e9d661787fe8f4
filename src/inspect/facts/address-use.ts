import { ADDRESSES_PER_BLOCK } from '../../calc/blocks.ts';
import { parseIpv4 } from '../../calc/cidr.ts';
import type { NetworkInterface } from '../snapshot/ec2.ts';
import { defineFact, section } from './define-fact.ts';
import { NO_ADDRESS, podAddresses } from './pod-addresses.ts';
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
  readonly byRow: readonly (NetworkInterface | undefined)[];
  /** Rows whose address another live pod has too, or an ENI as its primary one. */
  readonly odd: ReadonlySet<number>;
  /** Two pods with one address use one. */
  readonly use: ReadonlyMap<string, AddressUse>;
}

/** Of live pods that ipamd serves. An address that EC2 lists both alone and inside a prefix is the prefix's. */
export const podHolders = defineFact({
  id: 'podHolders',
  needs: { enis: section('networkInterfaces'), pods: podAddresses },
  derive: ({ enis, pods }): PodHolders => {
    const rows = new AddressTable(pods.length);
    const odd = new Set<number>();
    pods.forEach((address, row) => {
      if (address === NO_ADDRESS) return;
      const first = rows.get(address);
      if (first === undefined) rows.set(address, row);
      else odd.add(first).add(row);
    });
    const byRow = new Array<NetworkInterface | undefined>(pods.length).fill(undefined);
    const take = (eni: NetworkInterface, address: number | undefined): number => {
      const row = address === undefined ? undefined : rows.get(address);
      if (row === undefined || byRow[row]) return 0;
      byRow[row] = eni;
      return 1;
    };
    const use = new Map<string, AddressUse>();
    for (const eni of enis) {
      if (eni.prefixes.length === 0) continue;
      const taken = eni.prefixes.flatMap((text) => firstOf(text) ?? []).map((first) => takeBlock(take, eni, first));
      const inPrefixes = taken.reduce((sum, n) => sum + n, 0);
      if (inPrefixes > 0)
        use.set(eni.eniId, { singles: 0, inPrefixes, usedPrefixes: taken.filter((n) => n > 0).length });
    }
    for (const eni of enis) {
      let singles = 0;
      for (const text of eni.secondaryIps) singles += take(eni, parseIpv4(text));
      if (singles > 0) use.set(eni.eniId, { ...(use.get(eni.eniId) ?? NO_USE), singles });
      const primary = eni.primaryIp === undefined ? undefined : parseIpv4(eni.primaryIp);
      const row = primary === undefined ? undefined : rows.get(primary);
      if (row !== undefined) odd.add(row);
    }
    return { byRow, odd, use };
  },
});

function takeBlock(
  take: (eni: NetworkInterface, address: number) => number,
  eni: NetworkInterface,
  first: number,
): number {
  let taken = 0;
  for (let address = first; address < first + ADDRESSES_PER_BLOCK; address++) taken += take(eni, address);
  return taken;
}

/** Use by ENI id; an ENI without pods has no entry. */
export const addressUse = defineFact({
  id: 'addressUse',
  needs: { holders: podHolders },
  derive: ({ holders }): ReadonlyMap<string, AddressUse> => holders.use,
});

/** First address of `10.0.0.16/28`; undefined where the text is no prefix. */
export function firstOf(prefix: string): number | undefined {
  const slash = prefix.indexOf('/');
  return slash < 0 ? undefined : parseIpv4(prefix.slice(0, slash));
}
