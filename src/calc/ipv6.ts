/** IPv6 addresses and ranges as 128-bit integers. */

/** Reads any spelling, `2600:db8::1` as well as `::ffff:10.0.0.1`; undefined for anything else, zones included. */
export function parseIpv6(text: string): bigint | undefined {
  const dotted = /^(.*:)(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(text);
  if (dotted) {
    const octets = dotted.slice(2).map(Number);
    if (octets.some((o) => o > 255)) return undefined;
    const [a, b, c, d] = octets as [number, number, number, number];
    return parseIpv6(`${dotted[1]}${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`);
  }
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  const [head, tail] = halves.map((half) => (half === '' ? [] : half.split(':'))) as [string[], string[]?];
  const missing = 8 - head.length - (tail?.length ?? 0);
  if (tail ? missing < 1 : missing !== 0) return undefined;
  const groups = [...head, ...Array.from({ length: tail ? missing : 0 }, () => '0'), ...(tail ?? [])];
  if (!groups.every((g) => /^[0-9a-f]{1,4}$/i.test(g))) return undefined;
  return groups.reduce((sum, g) => sum * 65536n + BigInt(`0x${g}`), 0n);
}

/** Whether an address lies in `2600:db8::/80`; false where the range is unreadable. */
export function ipv6RangeHolds(range: string, address: bigint): boolean {
  const slash = range.indexOf('/');
  const first = parseIpv6(range.slice(0, slash));
  const length = Number(range.slice(slash + 1));
  if (slash < 0 || first === undefined || !Number.isInteger(length) || length < 0 || length > 128) return false;
  const shift = BigInt(128 - length);
  return first >> shift === address >> shift;
}

/**
 * The `nth` /64 (from 0) of the VPC's ranges that overlaps none of those taken, `2600:1f14:0:1::/64`; undefined where there are not as
 * many. Ranges of VPCs are /44 to /60, those of subnets /44 to /64 (EC2 AssociateVpcCidrBlock, AssociateSubnetCidrBlock).
 */
export function freeSlash64(ranges: readonly string[], taken: readonly string[], nth: number): string | undefined {
  const used = taken.flatMap((t) => slash64s(t) ?? []);
  let left = nth;
  for (const { first, last } of ranges.flatMap((r) => slash64s(r) ?? [])) {
    for (let n = first; n <= last; n++) {
      const holder = used.find((u) => u.first <= n && n <= u.last);
      if (holder) n = holder.last;
      else if (left-- === 0) return `${groupsOf(n)}::/64`;
    }
  }
  return undefined;
}

/** The /64s of a range by their number, the upper half of an address; undefined where it is unreadable or smaller. */
function slash64s(range: string): { readonly first: bigint; readonly last: bigint } | undefined {
  const [address = '', length] = range.split('/');
  const first = parseIpv6(address);
  const bits = Number(length);
  if (first === undefined || length === undefined || !(Number.isInteger(bits) && bits >= 16 && bits <= 64))
    return undefined;
  const size = 1n << BigInt(64 - bits);
  const start = ((first >> 64n) / size) * size;
  return { first: start, last: start + size - 1n };
}

function groupsOf(upper: bigint): string {
  return [48n, 32n, 16n, 0n].map((shift) => ((upper >> shift) & 0xffffn).toString(16)).join(':');
}
