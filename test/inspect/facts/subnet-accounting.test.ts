import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { subnetAccounting } from '../../../src/inspect/facts/subnet-accounting.ts';
import { subnetBlocks } from '../../../src/inspect/facts/subnet-blocks.ts';
import type { NetworkInterface } from '../../../src/inspect/snapshot/ec2.ts';
import {
  addresses,
  cluster,
  cni,
  cniEni,
  denied,
  eni,
  type GivenSections,
  instance,
  node,
  partial,
  pod,
  runOf,
  snapshot,
  subnet,
} from '../../support/snapshot-builder.ts';

const CIDR = '10.0.0.0/25';

/** One node in a /25 with eleven addresses on its primary, a Lambda, and `free` addresses by EC2's count. */
function given(free: number, more: GivenSections = {}): GivenSections {
  return {
    cluster: cluster(),
    cni: cni(),
    nodes: [node({ name: 'a' })],
    instances: [instance({ instanceId: 'i-a' })],
    pods: [pod({ name: 'p', node: 'a', ip: '10.0.0.21' })],
    subnets: [subnet({ cidr: CIDR, availableIps: free, tags: { Name: 'nodes' } })],
    networkInterfaces: [
      eni({ eniId: 'eni-0', attachedTo: 'i-a', primaryIp: '10.0.0.20', secondaryIps: addresses('10.0.0.21', 9) }),
      eni({ eniId: 'eni-l', type: 'lambda', status: 'in-use', primaryIp: '10.0.0.70' }),
    ],
    cidrReservations: { subnetIds: ['subnet-1a'], reservations: [] },
    ...more,
  };
}

async function accounts(sections: GivenSections) {
  return (await runOf(snapshot(sections))).valueOf(subnetAccounting)!;
}

const reservations = (cidr: string, type: 'prefix' | 'explicit' = 'prefix') => ({
  cidrReservations: {
    subnetIds: ['subnet-1a'],
    reservations: [{ reservationId: 'scr-1', subnetId: 'subnet-1a', cidr, type }],
  },
});

describe('the account of a subnet', () => {
  it('adds up where EC2 and the ENIs agree', async () => {
    const [a] = await accounts(given(112));
    expect(a).toMatchObject({
      subnetId: 'subnet-1a',
      name: 'nodes',
      sources: ['node'],
      addresses: { total: 128, reserved: 5, seen: 11, reservedUnallocated: 0, free: 112, invisible: 0 },
      notes: [],
    });
  });

  it('splits a node primary from the pod addresses on it; the rows hold what is seen', async () => {
    const [a] = await accounts(given(112));
    expect(a!.owners).toEqual([
      {
        class: 'node-pods',
        name: 'prod',
        confidence: 'high',
        ours: true,
        addresses: 9,
        prefixes: 0,
        enis: 0,
        idle: 8,
        reclaimable: 6,
      },
      {
        class: 'lambda',
        name: 'lambda',
        confidence: 'high',
        ours: false,
        addresses: 1,
        prefixes: 0,
        enis: 1,
        idle: null,
        reclaimable: null,
      },
      {
        class: 'node-primary',
        name: 'prod',
        confidence: 'high',
        ours: true,
        addresses: 1,
        prefixes: 0,
        enis: 1,
        idle: null,
        reclaimable: null,
      },
    ]);
  });

  it('calls what nobody accounts for invisible', async () => {
    const [a] = await accounts(given(100));
    expect(a!.addresses).toMatchObject({ free: 100, invisible: 12, reservedUnallocated: 0 });
  });

  it('takes reserved, unused space for reserved where EC2 leaves it out of the count', async () => {
    const [a] = await accounts(given(80, reservations('10.0.0.96/27')));
    // 31 unused: the last address of the subnet is AWS's.
    expect(a!.addresses).toMatchObject({ free: 80, reservedUnallocated: 31, invisible: 1 });
  });

  it('and where EC2 still counts it as available, says so and calls nothing invisible', async () => {
    const [a] = await accounts(given(112, reservations('10.0.0.96/27')));
    expect(a!.addresses).toMatchObject({ free: 112, reservedUnallocated: 0, invisible: 0 });
    expect(a!.notes).toEqual(['EC2 counts 31 unused addresses inside reservations as available']);
  });

  it('does not count what is used inside a reservation as unused', async () => {
    const [a] = await accounts(given(112 - 16, reservations('10.0.0.64/28')));
    expect(a!.addresses).toMatchObject({ reservedUnallocated: 15, invisible: 1 });
  });

  it('lets the count yield where it lags behind the ENIs, and says so', async () => {
    const [a] = await accounts(given(115));
    expect(a!.addresses).toMatchObject({ seen: 11, free: 112, invisible: 0 });
    expect(a!.notes[0]).toMatch(/115 available.*112/);
  });

  it('counts a prefix as sixteen and an address inside it not again', async () => {
    const networkInterfaces = [
      cniEni({
        eniId: 'eni-1',
        attachedTo: 'i-a',
        primaryIp: '10.0.0.20',
        secondaryIps: ['10.0.0.33'],
        prefixes: ['10.0.0.32/28'],
      }),
    ];
    const [a] = await accounts(given(106, { networkInterfaces }));
    expect(a!.addresses.seen).toBe(17);
    expect(a!.owners).toMatchObject([{ class: 'cni-secondary', addresses: 1, prefixes: 1, enis: 1 }]);
    expect(a!.blocks).toMatchObject({ prefix: 1, fragmented: 1 });
  });

  it('leaves open what reservations that were not read might hold', async () => {
    const [a] = await accounts(given(100, { cidrReservations: denied('ec2:GetSubnetCidrReservations') }));
    expect(a!.addresses).toMatchObject({ seen: 11, free: 100, reservedUnallocated: null, invisible: null });
    expect(a!.notes[0]).toContain('12 addresses');
  });

  it('calls nothing invisible where the ENIs were read in part', async () => {
    const whole = given(100);
    const networkInterfaces = partial(whole.networkInterfaces as NetworkInterface[], 'ec2:DescribeNetworkInterfaces');
    const [a] = await accounts(given(100, { networkInterfaces }));
    expect(a!.addresses).toMatchObject({ seen: 11, free: 100, reservedUnallocated: null, invisible: null });
    expect(a!.notes[0]).toMatch(/read in part/);
  });

  it('knows only the count without ENIs', async () => {
    const result = (
      await runOf(snapshot(given(100, { networkInterfaces: denied('ec2:DescribeNetworkInterfaces') })))
    ).get(subnetAccounting);
    expect(result.known && result.value[0]).toMatchObject({
      addresses: { total: 128, reserved: 5, seen: null, free: 100, reservedUnallocated: null, invisible: null },
      blocks: null,
      owners: null,
    });
    expect(result.known && result.caveats.map((g) => g.permission)).toContain('ec2:DescribeNetworkInterfaces');
  });

  it('lists subnets with a role and those with ENIs of the cluster, not the rest of the VPC', async () => {
    const subnets = [
      subnet({ cidr: CIDR }),
      subnet({ subnetId: 'subnet-strange', cidr: '10.0.1.0/24' }),
      subnet({ subnetId: 'subnet-used', cidr: '10.0.2.0/24' }),
    ];
    const networkInterfaces = [
      cniEni({ eniId: 'eni-1', attachedTo: 'i-a', subnetId: 'subnet-used', primaryIp: '10.0.2.9' }),
    ];
    const all = await accounts(given(0, { subnets, networkInterfaces }));
    expect(all.map((a) => [a.subnetId, a.sources])).toEqual([
      ['subnet-1a', ['node']],
      ['subnet-used', []],
    ]);
  });

  it('always adds up: whatever the ENIs, reservations and counts', async () => {
    const host = fc.nat(127).map((n) => `10.0.0.${n}`);
    const anEni = fc.record({
      primaryIp: fc.option(host, { nil: undefined }),
      secondaryIps: fc.array(host, { maxLength: 12 }),
      prefixes: fc.array(
        fc.nat(7).map((n) => `10.0.0.${n * 16}/28`),
        { maxLength: 3 },
      ),
      device: fc.nat(2),
      attachedTo: fc.constantFrom('i-a', 'i-b', undefined),
      type: fc.constantFrom('interface', 'lambda', 'branch', 'trunk'),
    });
    const reservation = fc.record({
      reservationId: fc.constant('scr'),
      subnetId: fc.constant('subnet-1a'),
      cidr: fc.nat(7).map((n) => `10.0.0.${n * 16}/28`),
      type: fc.constantFrom('prefix' as const, 'explicit' as const),
    });
    const kept = fc.uniqueArray(reservation, { maxLength: 3, selector: (r) => r.cidr });
    await fc.assert(
      fc.asyncProperty(fc.array(anEni, { maxLength: 12 }), kept, fc.nat(140), async (enis, scr, free) => {
        const networkInterfaces: NetworkInterface[] = enis.map((e, i) => eni({ eniId: `eni-${i}`, ...e }));
        const cidrReservations = { subnetIds: ['subnet-1a'], reservations: scr };
        const [a] = await accounts(given(free, { networkInterfaces, cidrReservations }));
        const n = a!.addresses;
        const parts = [n.reserved, n.seen!, n.reservedUnallocated!, n.free, n.invisible!];
        expect(Math.min(...parts)).toBeGreaterThanOrEqual(0);
        expect(parts.reduce((x, y) => x + y)).toBe(n.total);
        expect(a!.owners!.reduce((sum, o) => sum + o.addresses + 16 * o.prefixes, 0)).toBe(n.seen);
        expect(a!.owners!.reduce((sum, o) => sum + o.enis, 0)).toBe(enis.length);
        const b = a!.blocks!;
        const states =
          b.free + b.fragmented + b.full + b.awsReserved + b.prefix + b.prefixReserved + b.explicitReserved;
        expect(states).toBe(b.total);
      }),
      { numRuns: 200 },
    );
  });
});

describe('the blocks of a subnet', () => {
  async function bound(sections: GivenSections) {
    return (await runOf(snapshot(sections))).valueOf(subnetBlocks)!.get('subnet-1a')!;
  }
  const caller = { account: '111122223333', arn: 'arn:aws:iam::111122223333:role/reader' };

  it('are exact where everything is accounted for', async () => {
    const b = await bound(given(112, { caller }));
    expect(b).toMatchObject({ upperBound: false, upperBoundReasons: [] });
    // 10.0.0.16/28 holds ten addresses, 10.0.0.64/28 one; the first and the last block are AWS's.
    expect(b.states).toEqual([
      'awsReserved',
      'fragmented',
      'free',
      'free',
      'fragmented',
      'free',
      'free',
      'awsReserved',
    ]);
  });

  it('are an upper bound where ENIs are invisible or reservations unread', async () => {
    expect((await bound(given(100))).upperBoundReasons).toEqual(['12 addresses are on ENIs that are not visible']);
    expect((await bound(given(110))).upperBound).toBe(false);
    const unread = await bound(given(112, { cidrReservations: denied('ec2:GetSubnetCidrReservations') }));
    expect(unread.upperBoundReasons).toEqual(['its CIDR reservations were not read']);
    const some = partial(given(112).networkInterfaces as NetworkInterface[], 'ec2:DescribeNetworkInterfaces');
    expect((await bound(given(112, { networkInterfaces: some }))).upperBoundReasons).toEqual([
      'the ENIs were read in part',
    ]);
    const shared = [subnet({ cidr: CIDR, availableIps: 112, ownerId: '999988887777' })];
    expect((await bound(given(112, { caller, subnets: shared }))).upperBoundReasons[0]).toMatch(/another account/);
  });

  it('are unknown without ENIs', async () => {
    const run = await runOf(snapshot(given(1, { networkInterfaces: denied('ec2:DescribeNetworkInterfaces') })));
    expect(run.get(subnetBlocks).known).toBe(false);
  });
});
