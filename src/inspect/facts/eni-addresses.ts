import { parseIpv4 } from '../../calc/cidr.ts';
import type { NetworkInterface } from '../snapshot/ec2.ts';
import { defineFact, section } from './define-fact.ts';

/** Stands for no address, and for a text that is none: nobody holds 255.255.255.255. */
export const NO_ADDRESS = 0xffffffff;

/** Numbers of all ENIs, one ENI after the other: those of the ENI in place `i` from `starts[i]` to before `starts[i + 1]`. */
export interface OfEnis {
  readonly values: Uint32Array;
  readonly starts: Uint32Array;
}

/**
 * The IPv4 addresses of all ENIs as numbers, each text read once for all facts: a large cluster has 150,000. In the order in
 * which EC2 lists them; what is no address is `NO_ADDRESS`.
 */
export interface EniAddresses {
  /** In the order of the section; an ENI's place here is its place in the columns. */
  readonly enis: readonly NetworkInterface[];
  /** By place, the ENI's own address. */
  readonly primaries: Uint32Array;
  /** Further single addresses. */
  readonly singles: OfEnis;
  /** First addresses of prefixes. */
  readonly prefixes: OfEnis;
}

export const eniAddresses = defineFact({
  id: 'eniAddresses',
  needs: { enis: section('networkInterfaces') },
  derive: ({ enis }): EniAddresses => ({
    enis,
    primaries: Uint32Array.from(enis, (e) => (e.primaryIp === undefined ? NO_ADDRESS : numberOf(e.primaryIp))),
    singles: ofEnis(enis, (e) => e.secondaryIps, numberOf),
    prefixes: ofEnis(
      enis,
      (e) => e.prefixes,
      (text) => firstOf(text) ?? NO_ADDRESS,
    ),
  }),
});

function ofEnis(
  enis: readonly NetworkInterface[],
  textsOf: (eni: NetworkInterface) => readonly string[],
  read: (text: string) => number,
): OfEnis {
  const starts = new Uint32Array(enis.length + 1);
  for (let i = 0; i < enis.length; i++) starts[i + 1] = starts[i]! + textsOf(enis[i]!).length;
  const values = new Uint32Array(starts[enis.length]!);
  let at = 0;
  for (const eni of enis) for (const text of textsOf(eni)) values[at++] = read(text);
  return { values, starts };
}

function numberOf(text: string): number {
  return parseIpv4(text) ?? NO_ADDRESS;
}

/** First address of `10.0.0.16/28`; undefined where the text is no prefix. */
export function firstOf(prefix: string): number | undefined {
  const slash = prefix.indexOf('/');
  return slash < 0 ? undefined : parseIpv4(prefix.slice(0, slash));
}
