import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Addresses } from '../../../src/inspect/redact/addresses.ts';
import { keyedHash } from '../../../src/inspect/redact/hash.ts';

const map = (key: number, subnets: readonly string[] = []) => new Addresses(keyedHash(Buffer.from([key])), subnets);

const toNumber = (ip: string) => ip.split('.').reduce((n, octet) => n * 256 + Number(octet), 0);
const toText = (n: number) => [24, 16, 8, 0].map((shift) => Math.floor(n / 2 ** shift) % 256).join('.');
const shared = (a: string, b: string) => Math.clz32((toNumber(a) ^ toNumber(b)) >>> 0);
const ipv4 = fc.nat({ max: 2 ** 32 - 1 }).map(toText);
const privateIpv4 = fc.nat({ max: 2 ** 24 - 1 }).map((n) => toText(10 * 2 ** 24 + n));
const key = fc.nat({ max: 255 });

describe('redacted addresses', () => {
  it('share as many leading bits as the originals', () => {
    fc.assert(
      fc.property(key, ipv4, ipv4, (k, a, b) => {
        const m = map(k, ['10.0.0.0/20', '192.168.4.0/22']);
        expect(shared(m.map(a)!, m.map(b)!)).toBe(shared(a, b));
      }),
    );
  });

  it('keep their place inside a subnet: its first, its last and its /28 blocks', () => {
    fc.assert(
      fc.property(key, privateIpv4, fc.integer({ min: 16, max: 28 }), (k, ip, length) => {
        const size = 2 ** (32 - length);
        const base = Math.floor(toNumber(ip) / size) * size;
        const m = map(k, [`${toText(base)}/${length}`]);
        expect(toNumber(m.map(ip)!) % size).toBe(toNumber(ip) % size);
        expect(m.map(`${toText(base)}/${length}`)).toBe(
          `${toText(toNumber(m.map(ip)!) - (toNumber(ip) % size))}/${length}`,
        );
      }),
    );
  });

  it('leave networks aligned, inside what contained them, and apart from what they were apart from', () => {
    const m = map(7, ['10.40.0.0/22', '10.40.4.0/22']);
    const inside = (ip: string, cidr: string) => shared(ip, cidr.split('/')[0]!) >= Number(cidr.split('/')[1]);
    for (const cidr of ['10.40.0.0/16', '10.40.0.0/22', '10.40.4.0/22', '10.40.4.16/28']) {
      const mapped = m.map(cidr)!;
      expect(toNumber(mapped.split('/')[0]!) % 2 ** (32 - Number(mapped.split('/')[1]))).toBe(0);
    }
    expect(inside(m.map('10.40.4.77')!, m.map('10.40.4.0/22')!)).toBe(true);
    expect(inside(m.map('10.40.4.77')!, m.map('10.40.0.0/16')!)).toBe(true);
    expect(inside(m.map('10.40.4.77')!, m.map('10.40.0.0/22')!)).toBe(false);
  });

  it('stay private or public, and change', () => {
    const isPrivate = (ip: string) =>
      /^(10\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.|100\.(6[4-9]|[7-9]\d|1[01]\d|12[0-7])\.)/.test(ip);
    fc.assert(
      fc.property(key, ipv4, (k, ip) => {
        expect(isPrivate(map(k).map(ip)!)).toBe(isPrivate(ip));
      }),
    );
    const changed = Array.from({ length: 50 }, (_, i) => map(i).map('10.40.7.9')).filter((ip) => ip !== '10.40.7.9');
    expect(changed.length).toBeGreaterThan(45);
  });

  it.each([
    '0.0.0.0/0',
    '::/0',
    '127.0.0.1',
    '169.254.170.23',
    '169.254.169.254',
    '172.17.0.0/16',
    'fe80::1',
    'fd00:ec2::23',
    '::1',
  ])('leaves %s as it is', (text) => {
    expect(map(3).map(text)).toBe(text);
  });

  it.each(['::ffff:10.40.7.9', '::ffff:a28:709', '64:ff9b::a28:709', '::10.40.7.9', '::FFFF:10.40.7.9'])(
    'moves the IPv4 address in %s as it moves by itself',
    (text) => {
      const m = map(5);
      const octets = m.map('10.40.7.9')!.split('.').map(Number);
      expect(octets).not.toEqual([10, 40, 7, 9]);
      const low = m.map(text)!.split(':').slice(-2);
      expect(low.flatMap((g) => [Number.parseInt(g, 16) >> 8, Number.parseInt(g, 16) & 255])).toEqual(octets);
    },
  );

  it('reads every spelling of one IPv6 address as the same, and writes it as RFC 5952 does', () => {
    const m = map(5);
    const spellings = ['2a05:d018:1:2:0:0:0:6', '2A05:D018:0001:0002::6', '2a05:d018:1:2::0.0.0.6'];
    const mapped = new Set(spellings.map((s) => m.map(s)));
    expect(mapped.size).toBe(1);
    expect([...mapped][0]).toMatch(/^[23][0-9a-f:]+::6$/);
  });

  it.each(['2a05::1::2', '1:2:3:4:5:6:7', '2a05::12345', '2a05::/129', ':', '10.0.0.256', '2a05::1/'])(
    'takes %s for no address',
    (text) => {
      expect(map(5).map(text)).toBeUndefined();
    },
  );

  it('maps IPv6 by network, and keeps the host part', () => {
    const m = map(5, ['2a05:d018:1:2::/64']);
    const a = m.map('2a05:d018:1:2:3:4:5:6')!;
    const b = m.map('2a05:d018:1:2:9::')!;
    expect(a.split(':').slice(0, 4)).toEqual(b.split(':').slice(0, 4));
    expect(a.split(':').slice(4)).toEqual(['3', '4', '5', '6']);
    expect(a).toMatch(/^[23]/);
    expect(a).not.toContain('d018:1:2');
    expect(m.map('2a05:d018:1:2:3::/80')).toMatch(/:3::\/80$/);
  });

  it.each(['', '10.0.0', '10.0.0.256', '10.0.0.1/33', '1:2', 'fe80::1::2', 'i-0a1b2c3d', '10.0.0.1/a'])(
    'knows that "%s" is none',
    (text) => {
      expect(map(1).map(text)).toBeUndefined();
    },
  );

  it('is the same for the same key and another for another', () => {
    expect(map(1).map('10.1.2.3')).toBe(map(1).map('10.1.2.3'));
    expect(new Set(Array.from({ length: 20 }, (_, i) => map(i).map('10.1.2.3'))).size).toBeGreaterThan(10);
  });
});
