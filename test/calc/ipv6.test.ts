import { isIPv6 } from 'node:net';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { freeSlash64, ipv6RangeHolds, parseIpv6 } from '../../src/calc/ipv6.ts';

/** The canonical text as the URL parser of Node.js writes it: an implementation that is not ours. */
function canonical(text: string): string {
  return new URL(`http://[${text}]/`).hostname.slice(1, -1);
}

/** Eight groups, of which a run of zeros may be left out. */
const addresses = fc.array(fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 65535 })), {
  minLength: 8,
  maxLength: 8,
});

describe('IPv6 addresses', () => {
  it('mean the same in every spelling', () => {
    fc.assert(
      fc.property(addresses, (groups) => {
        const long = groups.map((g) => g.toString(16).padStart(4, '0')).join(':');
        const value = groups.reduce((n, g) => n * 65536n + BigInt(g), 0n);
        expect(parseIpv6(long)).toBe(value);
        expect(parseIpv6(canonical(long))).toBe(value);
        expect(parseIpv6(long.toUpperCase())).toBe(value);
      }),
    );
  });

  it('may end in an IPv4 address', () => {
    expect(parseIpv6('::ffff:10.0.0.1')).toBe(0xffff0a000001n);
    expect(parseIpv6('::ffff:10.0.0.256')).toBeUndefined();
  });

  it('are refused where Node.js refuses them', () => {
    const part = fc.constantFrom('', ':', '::', '1', 'ffff', '12345', 'g', '0', '10.0.0.1', '%eth0');
    fc.assert(
      fc.property(fc.array(part, { maxLength: 9 }), (parts) => {
        const text = parts.join(':');
        if (!text.includes('%')) expect(parseIpv6(text) !== undefined).toBe(isIPv6(text));
      }),
    );
    expect(parseIpv6('fe80::1%eth0')).toBeUndefined();
  });

  it('lie in their ranges', () => {
    const pod = parseIpv6('2600:db8:1::a')!;
    expect(ipv6RangeHolds('2600:db8:1::/80', pod)).toBe(true);
    expect(ipv6RangeHolds('2600:db8:2::/80', pod)).toBe(false);
    expect(ipv6RangeHolds('::/0', pod)).toBe(true);
    expect(ipv6RangeHolds('2600:db8:1::a', pod)).toBe(false);
    expect(ipv6RangeHolds('10.0.0.0/8', pod)).toBe(false);
  });
});

describe('a free /64', () => {
  const vpc = ['2600:1f14:abc:de00::/56'];
  it('is the first that no subnet has, and the next for the next subnet', () => {
    const taken = ['2600:1f14:abc:de00::/64', '2600:1f14:abc:de02::/64', '2600:1f14:abc:de10::/60'];
    expect([0, 1, 2].map((n) => freeSlash64(vpc, taken, n))).toEqual([
      '2600:1f14:abc:de01::/64',
      '2600:1f14:abc:de03::/64',
      '2600:1f14:abc:de04::/64',
    ]);
    // 256 in a /56, less two and the sixteen of the /60
    expect(freeSlash64(vpc, taken, 256 - 2 - 16 - 1)).toBe('2600:1f14:abc:deff::/64');
    expect(freeSlash64(vpc, taken, 256 - 2 - 16)).toBeUndefined();
  });

  it('comes of the next range where one is full, and of none where ranges are unreadable', () => {
    expect(freeSlash64([...vpc, '2600:1f14:f::/56'], vpc, 0)).toBe('2600:1f14:f:0::/64');
    expect(freeSlash64(['::/0x', '10.0.0.0/16', '2600::/80'], [], 0)).toBeUndefined();
  });
});
