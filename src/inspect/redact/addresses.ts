/**
 * Addresses under another name. The mapping keeps common prefixes (as Crypto-PAn does): networks that contain, touch or
 * overlap each other still do, and keep their sizes and alignment. Private and special ranges map into themselves, and
 * inside a subnet nothing moves, because its first and last addresses and its /28 blocks have a meaning.
 */
import ipaddr from 'ipaddr.js';
import type { Hash } from './hash.ts';

/** Ranges that keep their own prefix: a private address stays private, `169.254.170.23` stays what it is. */
const SPECIAL_IPV4 = ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '100.64.0.0/10', '198.18.0.0/15'];
const SPECIAL_IPV6 = ['2000::/3', 'fc00::/7', '64:ff9b::/96'];
/** Ranges in which nothing moves at all. */
const FIXED_IPV4 = ['0.0.0.0/8', '127.0.0.0/8', '169.254.0.0/16', '172.17.0.0/16', '224.0.0.0/3'];
const FIXED_IPV6 = ['::/8', 'fe80::/10', 'ff00::/8', 'fd00:ec2::/32'];

/** Ranges whose last 32 bits are an IPv4 address, which moves as it does by itself: RFC 4291 §2.5.5, RFC 6052 §2.1. */
const EMBEDDING = ['::/96', '::ffff:0:0/96', '64:ff9b::/96'];
const IPV4_FROM = 96;

/** Bits below these name a host, not a network. */
const HOST_BITS = { 32: 24, 128: 64 } as const;

type Width = 32 | 128;

interface Network {
  readonly bits: string;
  readonly width: Width;
}

export class Addresses {
  readonly #hash: Hash;
  readonly #still: readonly Network[];
  readonly #special: readonly Network[];
  readonly #embedding: readonly Network[] = EMBEDDING.flatMap(network);
  readonly #flips = new Map<string, boolean>();
  readonly #known = new Map<string, string>();

  /** @param subnets CIDRs inside which addresses keep their place. */
  constructor(hash: Hash, subnets: readonly string[]) {
    this.#hash = hash;
    this.#special = [...SPECIAL_IPV4, ...SPECIAL_IPV6].flatMap(network);
    this.#still = [...FIXED_IPV4, ...FIXED_IPV6, ...subnets].flatMap(network);
  }

  /** An address or a CIDR; undefined where the text is neither. */
  map(text: string): string | undefined {
    const known = this.#known.get(text);
    if (known !== undefined) return known;
    const parsed = parse(text);
    if (!parsed) return undefined;
    const { bits, width, length } = parsed;
    const embedded = width === 128 && length >= IPV4_FROM && this.#embedding.some((n) => bits.startsWith(n.bits));
    const mapped = embedded
      ? bits.slice(0, IPV4_FROM) + this.#moved(bits.slice(IPV4_FROM), 32, length - IPV4_FROM)
      : this.#moved(bits, width, length);
    const result = format(mapped, width) + (text.includes('/') ? `/${length}` : '');
    this.#known.set(text, result);
    return result;
  }

  /** The bits with those of the network, `length` of them, under another name. */
  #moved(bits: string, width: Width, length: number): string {
    let moved = '';
    for (let i = 0; i < bits.length; i++)
      moved += i < length && this.#flip(bits.slice(0, i), width) ? (bits[i] === '1' ? '0' : '1') : bits[i];
    return moved;
  }

  /** Whether the bit that follows a prefix is turned over: a function of the prefix alone, so prefixes survive. */
  #flip(prefix: string, width: Width): boolean {
    const key = `${width} ${prefix}`;
    let flip = this.#flips.get(key);
    if (flip === undefined) {
      flip = this.#moves(prefix, width) && this.#hash(`bit ${key}`)[0]! % 2 === 1;
      this.#flips.set(key, flip);
    }
    return flip;
  }

  #moves(prefix: string, width: Width): boolean {
    const inside = (n: Network) => n.width === width && prefix.startsWith(n.bits);
    const leadsTo = (n: Network) => n.width === width && n.bits.length > prefix.length && n.bits.startsWith(prefix);
    if (this.#still.some(inside)) return false;
    if (this.#special.some(inside)) return prefix.length < HOST_BITS[width] && !this.#fixedBelow(prefix, width);
    return !this.#special.some(leadsTo) && !this.#fixedBelow(prefix, width);
  }

  /** True where a range that must not move starts with this prefix. Subnets may move as a whole. */
  #fixedBelow(prefix: string, width: Width): boolean {
    const fixed = this.#still.slice(0, FIXED_IPV4.length + FIXED_IPV6.length);
    return fixed.some((n) => n.width === width && n.bits.length > prefix.length && n.bits.startsWith(prefix));
  }
}

function network(cidr: string): Network[] {
  const parsed = parse(cidr);
  return parsed ? [{ bits: parsed.bits.slice(0, parsed.length), width: parsed.width }] : [];
}

function parse(text: string): { readonly bits: string; readonly width: Width; readonly length: number } | undefined {
  const [address = '', suffix, ...rest] = text.split('/');
  if (rest.length > 0 || (suffix !== undefined && !/^\d{1,3}$/.test(suffix))) return undefined;
  const bits = bitsOfIpv4(address) ?? bitsOfIpv6(address);
  if (!bits) return undefined;
  const width = bits.length as Width;
  const length = suffix === undefined ? width : Number(suffix);
  return length <= width ? { bits, width, length } : undefined;
}

function bitsOfIpv4(address: string): string | undefined {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(address);
  if (!match) return undefined;
  const octets = match.slice(1).map(Number);
  return octets.every((o) => o < 256) ? octets.map((o) => o.toString(2).padStart(8, '0')).join('') : undefined;
}

/** Any spelling: `2600:db8::1`, `::ffff:10.0.0.1`, `fe80::1%eth0`. */
function bitsOfIpv6(address: string): string | undefined {
  if (!ipaddr.IPv6.isValid(address)) return undefined;
  return ipaddr.IPv6.parse(address)
    .toByteArray()
    .map((b) => b.toString(2).padStart(8, '0'))
    .join('');
}

function format(bits: string, width: Width): string {
  const octets = Array.from({ length: width / 8 }, (_, i) => Number.parseInt(bits.slice(i * 8, (i + 1) * 8), 2));
  return width === 32 ? octets.join('.') : new ipaddr.IPv6(octets).toRFC5952String();
}
