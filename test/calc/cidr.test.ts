import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Cidr,
  contains,
  containsAddress,
  formatCidr,
  formatIpv4,
  lastOf,
  overlaps,
  parseCidr,
  parseIpv4,
  sizeOf,
} from '../../src/calc/cidr.ts';
import { cidrAround } from './cidr-around.ts';

const address = fc.nat(2 ** 31 - 1).chain((high) => fc.nat(1).map((low) => high * 2 + low));
const cidr = fc.tuple(address, fc.nat(32)).map(([a, length]): Cidr => cidrAround(a, length));

describe('addresses', () => {
  it('reads dotted decimal as an unsigned number', () => {
    expect(parseIpv4('0.0.0.0')).toBe(0);
    expect(parseIpv4('10.0.0.1')).toBe(167_772_161);
    expect(parseIpv4('255.255.255.255')).toBe(4_294_967_295);
  });

  it.each([
    '',
    '10',
    '10.0.0',
    '10.0.0.0.0',
    '10.0.0.256',
    '10.0.0.01',
    '10.0..1',
    '10.0.0.1 ',
    '-1.0.0.0',
    '::1',
    '1.2.3.',
  ])('refuses %j', (text) => {
    expect(parseIpv4(text)).toBeUndefined();
  });

  it('formats what it read', () => {
    fc.assert(fc.property(address, (a) => parseIpv4(formatIpv4(a)) === a));
  });
});

describe('ranges', () => {
  it('knows first, last and size', () => {
    const c = parseCidr('10.0.1.0/26')!;
    expect([sizeOf(c), formatIpv4(lastOf(c))]).toEqual([64, '10.0.1.63']);
    expect(sizeOf(parseCidr('0.0.0.0/0')!)).toBe(2 ** 32);
  });

  it.each(['10.0.0.0', '10.0.0.0/', '10.0.0.0/33', '10.0.0.0/08', '10.0.0.1/28', '10.0.0.0/-1', '2001:db8::/64'])(
    'refuses %j',
    (text) => {
      expect(parseCidr(text)).toBeUndefined();
    },
  );

  it('formats what it read', () => {
    fc.assert(
      fc.property(cidr, (c) => {
        expect(parseCidr(formatCidr(c))).toEqual(c);
      }),
    );
  });

  it('contains exactly the addresses between first and last', () => {
    fc.assert(fc.property(cidr, address, (c, a) => containsAddress(c, a) === (a >= c.first && a <= lastOf(c))));
  });

  it('overlaps where and only where one end of one lies in the other', () => {
    fc.assert(
      fc.property(cidr, cidr, (a, b) => {
        const touching = a.first <= lastOf(b) && b.first <= lastOf(a);
        expect(overlaps(a, b)).toBe(touching);
        expect(contains(a, b)).toBe(b.first >= a.first && lastOf(b) <= lastOf(a));
      }),
    );
  });
});
