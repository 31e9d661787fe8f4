/** IPv4 addresses and ranges as numbers: an address is an unsigned 32-bit integer, so whole subnets are compared by arithmetic. */

/** An aligned range: `first` is a multiple of its size. */
export interface Cidr {
  /** First address of the range, 0 to 2^32 - 1. */
  readonly first: number;
  /** Prefix length, 0 to 32. */
  readonly length: number;
}

/** Reads dotted decimal without leading zeros; undefined for anything else. */
export function parseIpv4(text: string): number | undefined {
  let value = 0;
  let octet = -1;
  let dots = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === DOT) {
      if (octet < 0 || dots === 3) return undefined;
      value = value * 256 + octet;
      dots++;
      octet = -1;
    } else {
      const digit = code - ZERO;
      if (digit < 0 || digit > 9 || octet === 0) return undefined;
      octet = octet < 0 ? digit : octet * 10 + digit;
      if (octet > 255) return undefined;
    }
  }
  return dots === 3 && octet >= 0 ? value * 256 + octet : undefined;
}

const DOT = 46;
const ZERO = 48;

export function formatIpv4(address: number): string {
  return `${(address >>> 24) & 255}.${(address >>> 16) & 255}.${(address >>> 8) & 255}.${address & 255}`;
}

/** Reads `10.0.0.0/24`; undefined where the text is no IPv4 range or its address is not the first of the range. */
export function parseCidr(text: string): Cidr | undefined {
  const slash = text.indexOf('/');
  if (slash < 0) return undefined;
  const digits = text.slice(slash + 1);
  if (!/^(?:[0-9]|[12][0-9]|3[0-2])$/.test(digits)) return undefined;
  const first = parseIpv4(text.slice(0, slash));
  const length = Number(digits);
  return first === undefined || first % 2 ** (32 - length) !== 0 ? undefined : { first, length };
}

export function formatCidr(cidr: Cidr): string {
  return `${formatIpv4(cidr.first)}/${cidr.length}`;
}

/** Number of addresses, 1 to 2^32. */
export function sizeOf(cidr: Cidr): number {
  return SIZES[cidr.length]!;
}

const SIZES = Array.from({ length: 33 }, (_, length) => 2 ** (32 - length));

/** Last address of the range. */
export function lastOf(cidr: Cidr): number {
  return cidr.first + sizeOf(cidr) - 1;
}

export function containsAddress(cidr: Cidr, address: number): boolean {
  return address >= cidr.first && address <= lastOf(cidr);
}

/** Whether every address of `inner` lies in `outer`. */
export function contains(outer: Cidr, inner: Cidr): boolean {
  return inner.length >= outer.length && containsAddress(outer, inner.first);
}

/** Whether the two share an address; aligned ranges do so only where one contains the other. */
export function overlaps(a: Cidr, b: Cidr): boolean {
  return a.first <= lastOf(b) && b.first <= lastOf(a);
}
