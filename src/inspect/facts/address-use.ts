import { ADDRESSES_PER_BLOCK } from '../../calc/blocks.ts';
import { parseIpv4 } from '../../calc/cidr.ts';
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

/** Use by ENI id; an ENI without pods has no entry. */
export const addressUse = defineFact({
  id: 'addressUse',
  needs: { enis: section('networkInterfaces'), pods: podAddresses },
  derive: ({ enis, pods }): ReadonlyMap<string, AddressUse> => {
    const claimed = new Claimed(pods);
    // Prefixes first: an address listed both alone and inside one is the prefix's.
    const use = new Map<string, AddressUse>();
    for (const { eniId, prefixes } of enis) {
      if (prefixes.length === 0) continue;
      const taken = prefixes.flatMap((text) => firstOf(text) ?? []).map((first) => claimed.takeBlock(first));
      const inPrefixes = taken.reduce((sum, n) => sum + n, 0);
      if (inPrefixes > 0) use.set(eniId, { singles: 0, inPrefixes, usedPrefixes: taken.filter((n) => n > 0).length });
    }
    for (const { eniId, secondaryIps } of enis) {
      let singles = 0;
      for (const text of secondaryIps) if (claimed.take(parseIpv4(text))) singles++;
      if (singles > 0) use.set(eniId, { ...(use.get(eniId) ?? NO_USE), singles });
    }
    return use;
  },
});

/** Addresses that pods have, to be taken out once: two pods that claim one address use one. */
class Claimed {
  readonly #left: AddressTable;

  constructor(addresses: Uint32Array) {
    this.#left = new AddressTable(addresses.length);
    for (const address of addresses) if (address !== NO_ADDRESS) this.#left.set(address, LEFT);
  }

  /** True for an address that a pod has and that was not taken before. */
  take(ip: number | undefined): boolean {
    if (ip === undefined || this.#left.get(ip) !== LEFT) return false;
    this.#left.set(ip, TAKEN);
    return true;
  }

  /** How many addresses of the /28 that begins there it takes. */
  takeBlock(first: number): number {
    let taken = 0;
    for (let ip = first; ip < first + ADDRESSES_PER_BLOCK; ip++) if (this.take(ip)) taken++;
    return taken;
  }
}

const TAKEN = 0;
const LEFT = 1;

/** First address of `10.0.0.16/28`; undefined where the text is no prefix. */
export function firstOf(prefix: string): number | undefined {
  const slash = prefix.indexOf('/');
  return slash < 0 ? undefined : parseIpv4(prefix.slice(0, slash));
}
