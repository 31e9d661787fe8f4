import { describe, expect, it } from 'vitest';
import { formatCidr, parseCidr } from '../../src/calc/cidr.ts';
import { mayAssociate, POD_RANGES } from '../../src/calc/vpc-ranges.ts';

const may = (present: string, range: string) =>
  mayAssociate(
    present.split(' ').map((c) => parseCidr(c)!),
    parseCidr(range)!,
  );

/** The rows of the VPC guide's table: what a VPC has, what is asked for, whether it is permitted. */
describe('a further range of a VPC', () => {
  it.each<[string, string, boolean]>([
    ['10.0.0.0/16', '10.1.0.0/16', true],
    ['10.0.0.0/16', '172.16.0.0/16', false],
    ['10.0.0.0/16', '192.168.0.0/16', false],
    ['10.0.0.0/16', '198.19.0.0/16', false],
    ['10.0.0.0/16', '100.64.0.0/16', true],
    ['10.0.0.0/16', '52.1.0.0/16', true],
    // 10.0.0.0/16 is closed to a VPC that has anything of 10.0.0.0/15
    ['10.1.0.0/16', '10.0.0.0/16', false],
    ['10.1.0.0/16', '10.2.0.0/16', true],
    ['10.2.0.0/16', '10.0.0.0/16', true],
    ['172.16.0.0/16', '172.31.0.0/16', false],
    ['172.16.0.0/16', '172.17.0.0/16', true],
    ['172.16.0.0/16', '10.0.0.0/16', false],
    ['172.16.0.0/16', '198.19.0.0/16', false],
    ['192.168.0.0/20', '192.168.16.0/20', true],
    ['192.168.0.0/20', '10.0.0.0/16', false],
    ['192.168.0.0/20', '100.64.0.0/16', true],
    ['198.19.0.0/20', '198.19.16.0/20', true],
    ['198.19.0.0/20', '10.0.0.0/16', false],
    ['198.19.0.0/20', '100.64.0.0/16', true],
    ['100.64.0.0/16', '100.65.0.0/16', true],
    ['100.64.0.0/16', '10.0.0.0/16', false],
    ['100.64.0.0/16', '198.19.0.0/16', false],
    ['10.0.0.0/16 100.64.0.0/16', '100.65.0.0/16', true],
    ['10.0.0.0/16', '169.254.0.0/16', false],
    ['10.0.0.0/16', '10.0.128.0/20', false],
    ['10.0.0.0/16', '10.128.0.0/12', false],
    ['10.0.0.0/16', '10.1.0.0/29', false],
  ])('has %s, asks for %s: %s', (present, range, permitted) => expect(may(present, range)).toBe(permitted));

  it('is looked for in 100.64.0.0/10 first', () => {
    const ranges = POD_RANGES.map(formatCidr);
    expect([ranges[0], ranges[63], ranges[64]]).toEqual(['100.64.0.0/16', '100.127.0.0/16', '198.19.0.0/16']);
    expect(ranges).toHaveLength(65);
  });
});
