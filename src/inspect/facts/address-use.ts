import { ADDRESSES_PER_BLOCK } from '../../calc/blocks.ts';
import { parseIpv4 } from '../../calc/cidr.ts';
import { type PodTable, podsOf } from '../snapshot/pods.ts';
import { defineFact, section } from './define-fact.ts';
import { isLive } from './demand.ts';

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
  needs: { enis: section('networkInterfaces'), pods: section('pods') },
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

/**
 * Addresses of live pods that ipamd serves, to be taken out once: two pods that claim one address use one. A sorted array:
 * putting 150,000 addresses into a set takes longer than all that is asked of them.
 */
class Claimed {
  readonly #sorted: Uint32Array;
  readonly #taken: Uint8Array;

  constructor(pods: PodTable) {
    const addresses = new Uint32Array(pods.count);
    let count = 0;
    for (const pod of podsOf(pods)) {
      if (pod.class !== 'ordinary' || pod.ip === undefined || !isLive(pod)) continue;
      const ip = parseIpv4(pod.ip);
      if (ip !== undefined) addresses[count++] = ip;
    }
    this.#sorted = addresses.subarray(0, count).sort();
    this.#taken = new Uint8Array(count);
    for (let i = 1; i < count; i++) if (this.#sorted[i] === this.#sorted[i - 1]) this.#taken[i] = 1;
  }

  /** True for an address that a pod has and that was not taken before. */
  take(ip: number | undefined): boolean {
    if (ip === undefined) return false;
    const at = this.#firstFrom(ip);
    if (this.#sorted[at] !== ip || this.#taken[at] === 1) return false;
    this.#taken[at] = 1;
    return true;
  }

  /** How many addresses of the /28 that begins there it takes. */
  takeBlock(first: number): number {
    let taken = 0;
    for (let at = this.#firstFrom(first); (this.#sorted[at] ?? Number.NaN) < first + ADDRESSES_PER_BLOCK; at++) {
      if (this.#taken[at] === 0) taken++;
      this.#taken[at] = 1;
    }
    return taken;
  }

  /** Where the first address stands that is not below `ip`. */
  #firstFrom(ip: number): number {
    let low = 0;
    let high = this.#sorted.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#sorted[middle]! < ip) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** First address of `10.0.0.16/28`; undefined where the text is no prefix. */
export function firstOf(prefix: string): number | undefined {
  const slash = prefix.indexOf('/');
  return slash < 0 ? undefined : parseIpv4(prefix.slice(0, slash));
}
