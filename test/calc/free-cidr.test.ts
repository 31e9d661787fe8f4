import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Cidr, contains, formatCidr, overlaps, parseCidr } from '../../src/calc/cidr.ts';
import { freeCidr, largestFreeCidr } from '../../src/calc/free-cidr.ts';

const cidrs = (...texts: string[]): Cidr[] => texts.map((t) => parseCidr(t)!);
const text = (c: Cidr | undefined) => c && formatCidr(c);

describe('freeCidr', () => {
  it.each([
    ['an empty VPC starts at its first address', ['10.0.0.0/16'], [], 24, '10.0.0.0/24'],
    ['goes past what is taken', ['10.0.0.0/16'], ['10.0.0.0/24'], 24, '10.0.1.0/24'],
    ['aligns behind a smaller subnet', ['10.0.0.0/16'], ['10.0.0.0/28'], 24, '10.0.1.0/24'],
    ['fits between two subnets', ['10.0.0.0/24'], ['10.0.0.0/26', '10.0.0.128/25'], 26, '10.0.0.64/26'],
    [
      'takes the second range when the first is full',
      ['10.0.0.0/24', '100.64.0.0/16'],
      ['10.0.0.0/24'],
      18,
      '100.64.0.0/18',
    ],
    ['finds none in a full range', ['10.0.0.0/24'], ['10.0.0.0/25', '10.0.0.128/25'], 28, undefined],
    ['finds none larger than the range', ['10.0.0.0/24'], [], 23, undefined],
    ['reaches the last addresses of IPv4', ['255.255.255.0/24'], ['255.255.255.0/25'], 25, '255.255.255.128/25'],
    ['is not misled by a subnet inside another', ['10.0.0.0/22'], ['10.0.0.0/23', '10.0.0.64/26'], 24, '10.0.2.0/24'],
  ] as const)('%s', (_, within, taken, length, want) => {
    expect(text(freeCidr(cidrs(...within), cidrs(...taken), length))).toBe(want);
  });

  it('agrees with trying every aligned range', () => {
    const range = fc
      .tuple(fc.integer({ min: 0, max: 255 }), fc.integer({ min: 24, max: 28 }))
      .map(([n, length]): Cidr => {
        const size = 2 ** (32 - length);
        return { first: 0x0a000000 + Math.floor((n * 16) / size) * size, length };
      });
    fc.assert(
      fc.property(fc.array(range, { maxLength: 12 }), fc.integer({ min: 24, max: 28 }), (taken, length) => {
        const outer = parseCidr('10.0.0.0/20')!;
        const size = 2 ** (32 - length);
        let want: Cidr | undefined;
        for (let first = outer.first; !want && first < outer.first + 4096; first += size)
          if (!taken.some((t) => overlaps(t, { first, length }))) want = { first, length };
        const got = freeCidr([outer], taken, length);
        expect(text(got)).toBe(text(want));
        if (got) expect(contains(outer, got)).toBe(true);
      }),
    );
  });
});

describe('largestFreeCidr', () => {
  it('prefers more addresses to an earlier place', () => {
    const found = largestFreeCidr(cidrs('10.0.0.0/20'), cidrs('10.0.0.0/24', '10.0.2.0/23'), 21, 28);
    expect(text(found)).toBe('10.0.8.0/21');
  });
  it('gives what little there is', () => {
    const found = largestFreeCidr(cidrs('10.0.0.0/24'), cidrs('10.0.0.0/25', '10.0.0.128/26'), 20, 28);
    expect(text(found)).toBe('10.0.0.192/26');
  });
});
