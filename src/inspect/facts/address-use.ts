import { ADDRESSES_PER_BLOCK } from '../../calc/blocks.ts';
import { parseIpv4 } from '../../calc/cidr.ts';
import type { NetworkInterface } from '../snapshot/ec2.ts';
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
    const { singles, prefixes } = holders(enis);
    const use = new Map<string, { -readonly [K in keyof AddressUse]: number }>();
    const usedPrefixes = new Set<number>();
    // Two pods that claim one address use one: what is used is taken out, or noted where it is one of sixteen.
    const taken = new Set<number>();
    const of = (eniId: string) => {
      const known = use.get(eniId) ?? { ...NO_USE };
      use.set(eniId, known);
      return known;
    };
    for (const ip of podAddresses(pods)) {
      const prefix = ip - (ip % ADDRESSES_PER_BLOCK);
      const inPrefix = prefixes.get(prefix);
      if (inPrefix === undefined) {
        const eniId = singles.get(ip);
        if (eniId !== undefined) of(eniId).singles++;
        singles.delete(ip);
      } else if (!taken.has(ip)) {
        taken.add(ip);
        const u = of(inPrefix);
        u.inPrefixes++;
        if (!usedPrefixes.has(prefix)) u.usedPrefixes++;
        usedPrefixes.add(prefix);
      }
    }
    return use;
  },
});

/** Addresses of live pods that ipamd serves, as often as pods claim them. */
function* podAddresses(pods: PodTable): Generator<number> {
  for (const pod of podsOf(pods)) {
    if (pod.class !== 'ordinary' || pod.ip === undefined || !isLive(pod)) continue;
    const ip = parseIpv4(pod.ip);
    if (ip !== undefined) yield ip;
  }
}

function holders(enis: readonly NetworkInterface[]): {
  readonly singles: Map<number, string>;
  readonly prefixes: ReadonlyMap<number, string>;
} {
  const singles = new Map<number, string>();
  const prefixes = new Map<number, string>();
  for (const eni of enis) {
    for (const text of eni.secondaryIps) set(singles, parseIpv4(text), eni.eniId);
    for (const text of eni.prefixes) set(prefixes, firstOf(text), eni.eniId);
  }
  return { singles, prefixes };
}

function set(map: Map<number, string>, key: number | undefined, value: string): void {
  if (key !== undefined) map.set(key, value);
}

/** First address of `10.0.0.16/28`; undefined where the text is no prefix. */
export function firstOf(prefix: string): number | undefined {
  const slash = prefix.indexOf('/');
  return slash < 0 ? undefined : parseIpv4(prefix.slice(0, slash));
}
