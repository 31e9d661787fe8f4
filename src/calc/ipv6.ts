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
