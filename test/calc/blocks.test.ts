import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BLOCK_STATES, type BlockState, blocksOf, type Reservation } from '../../src/calc/blocks.ts';
import { parseCidr, parseIpv4 } from '../../src/calc/cidr.ts';
import { cidrAround } from './cidr-around.ts';

const ip = (text: string) => parseIpv4(text)!;
const range = (text: string) => parseCidr(text)!;

function blocks(cidr: string, use: { ips?: string[]; prefixes?: string[]; reservations?: Reservation[] } = {}) {
  return blocksOf({
    cidr: range(cidr),
    addresses: (use.ips ?? []).map(ip),
    prefixes: (use.prefixes ?? []).map((p) => range(p).first),
    reservations: use.reservations ?? [],
  });
}

describe('the /28 blocks of a subnet', () => {
  it('keeps the first and the last block for AWS', () => {
    const { counts, states } = blocks('10.0.0.0/26');
    expect(states).toEqual(['awsReserved', 'free', 'free', 'awsReserved']);
    expect(counts).toMatchObject({ total: 4, usable: 2, free: 2, awsReserved: 2 });
  });

  it('a /28 subnet is one block, and AWS holds part of it', () => {
    expect(blocks('10.0.0.0/28').counts).toMatchObject({ total: 1, usable: 0, awsReserved: 1 });
  });

  it('one single address spoils a block, sixteen fill it', () => {
    const full = Array.from({ length: 16 }, (_, i) => `10.0.0.${32 + i}`);
    const { states, used } = blocks('10.0.0.0/25', { ips: ['10.0.0.17', ...full, '10.0.0.4'] });
    expect(states.slice(0, 4)).toEqual(['awsReserved', 'fragmented', 'full', 'free']);
    expect([...used].slice(0, 4)).toEqual([1, 1, 16, 0]);
  });

  it('a delegated prefix is its own state, even in a reservation', () => {
    const reservations: Reservation[] = [{ cidr: range('10.0.0.32/27'), type: 'prefix' }];
    const { states } = blocks('10.0.0.0/25', { prefixes: ['10.0.0.32/28'], reservations });
    expect(states.slice(1, 5)).toEqual(['free', 'prefix', 'prefixReserved', 'free']);
  });

  it('a prefix reservation with a single address in a block cannot give that block', () => {
    const reservations: Reservation[] = [{ cidr: range('10.0.0.32/27'), type: 'prefix' }];
    expect(blocks('10.0.0.0/25', { ips: ['10.0.0.40'], reservations }).states.slice(2, 4)).toEqual([
      'fragmented',
      'prefixReserved',
    ]);
  });

  it('an explicit reservation of one address takes the whole block out', () => {
    const reservations: Reservation[] = [{ cidr: range('10.0.0.20/32'), type: 'explicit' }];
    const { states, counts } = blocks('10.0.0.0/25', { reservations });
    expect(states[1]).toBe('explicitReserved');
    expect(counts.usable).toBe(5);
  });

  it('ignores addresses of other subnets', () => {
    expect(blocks('10.0.0.0/26', { ips: ['10.0.1.20'], prefixes: ['10.0.1.16/28'] }).counts.free).toBe(2);
  });

  it('every block is in exactly one state, and free ones hold nothing', () => {
    const subnet = fc.integer({ min: 18, max: 28 }).map((length) => cidrAround(ip('10.20.0.0'), length));
    const use = subnet.chain((cidr) => {
      const inside = fc.nat(2 ** (32 - cidr.length) - 1).map((n) => cidr.first + n);
      const kept = fc.tuple(inside, fc.integer({ min: cidr.length, max: 32 }), fc.boolean());
      return fc.record({
        cidr: fc.constant(cidr),
        addresses: fc.array(inside, { maxLength: 200 }).map((a) => [...new Set(a)]),
        prefixes: fc.array(inside, { maxLength: 20 }).map((a) => a.map((n) => n - (n % 16))),
        reservations: fc
          .array(kept, { maxLength: 4 })
          .map((all) =>
            all.map(
              ([n, length, p]): Reservation => ({ cidr: cidrAround(n, length), type: p ? 'prefix' : 'explicit' }),
            ),
          ),
      });
    });
    fc.assert(
      fc.property(use, (u) => {
        const { counts, states } = blocksOf(u);
        const total = 2 ** (28 - u.cidr.length);
        expect(counts.total).toBe(total);
        expect(BLOCK_STATES.reduce((n, s) => n + counts[s], 0)).toBe(total);
        expect(counts.usable).toBeGreaterThanOrEqual(counts.free + counts.prefixReserved);
        const untouched: BlockState[] = ['free', 'prefixReserved'];
        for (const a of [...u.addresses, ...u.prefixes])
          expect(untouched).not.toContain(states[Math.floor((a - u.cidr.first) / 16)]);
      }),
      { numRuns: 200 },
    );
  });
});
