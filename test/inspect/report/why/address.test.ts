import { describe, expect, it } from 'vitest';
import { formatIpv4, lastOf, parseCidr } from '../../../../src/calc/cidr.ts';
import { isLive } from '../../../../src/inspect/facts/demand.ts';
import { subnetAccounting } from '../../../../src/inspect/facts/subnet-accounting.ts';
import { addressStory } from '../../../../src/inspect/report/why/address.ts';
import { Scene } from '../../../../src/inspect/report/why/scene.ts';
import { podsOf } from '../../../../src/inspect/snapshot/pods.ts';
import type { ClusterSnapshot } from '../../../../src/inspect/snapshot.ts';
import { shop } from '../../../support/shop.ts';
import { cluster, denied, eni, pod, runOf, subnet, wholeSnapshot } from '../../../support/snapshot-builder.ts';
import { demo, story } from './tell.ts';

describe('every address of the subnets', () => {
  it.each<[string, ClusterSnapshot]>([
    ['of the demo', demo()],
    ['of the shop', shop()],
  ])('%s agrees with the accounting', async (_, of) => {
    const run = await runOf(of);
    const scene = new Scene(run);
    const pods = new Set<string>();
    for (const account of run.valueOf(subnetAccounting)!) {
      const cidr = parseCidr(account.cidr)!;
      const counts = { total: 0, reserved: 0, seen: 0, reservedUnallocated: 0, unheld: 0 };
      for (let address = cidr.first; address <= lastOf(cidr); address++) {
        const { state, chain } = addressStory(scene, formatIpv4(address));
        const has = (step: string) => chain.find((l) => l.step === step);
        expect(has('subnet')?.evidence.subnetId).toBe(account.subnetId);
        counts.total++;
        if (has('reserved')?.evidence.by === 'aws') counts.reserved++;
        else if (has('reserved')) counts.reservedUnallocated++;
        else if (state === 'held') counts.seen++;
        else counts.unheld++;
        const holder = has('pod')?.evidence.pod;
        if (typeof holder === 'string') pods.add(holder);
      }
      const { total, reserved, seen, reservedUnallocated, free, invisible } = account.addresses;
      expect({ subnet: account.subnetId, ...counts }).toEqual({
        subnet: account.subnetId,
        total,
        reserved,
        seen,
        reservedUnallocated,
        unheld: free + invisible!,
      });
    }
    // And every pod with an address of its own is found by it.
    expect(pods.size).toBe(ownAddresses(of));
  });
});

function ownAddresses({ pods }: ClusterSnapshot): number {
  if (!('data' in pods)) return 0;
  return [...podsOf(pods.data)].filter((p) => p.ip !== undefined && p.class !== 'host-network' && isLive(p)).length;
}

describe('an address', () => {
  const world = (subnets = [subnet({ subnetId: 'subnet-1a', cidr: '10.0.0.0/24', ipv6Cidrs: ['2600:db8::/64'] })]) =>
    wholeSnapshot({
      cluster: cluster({ serviceIpv4Cidr: '172.20.0.0/16', remotePodCidrs: ['10.99.0.0/16'] }),
      subnets,
      networkInterfaces: [
        eni({ eniId: 'eni-1', subnetId: 'subnet-1a', primaryIp: '10.0.0.9', ipv6Prefixes: ['2600:db8:0:0:1::/80'] }),
      ],
      pods: [pod({ name: 'v6', ip: '2600:db8::1:0:0:5' }), pod({ name: 'hybrid', ip: '10.99.0.7' })],
      cidrReservations: {
        subnetIds: ['subnet-1a'],
        reservations: [{ reservationId: 'scr-1', subnetId: 'subnet-1a', cidr: '10.0.0.64/28', type: 'prefix' }],
      },
    });

  it.each([
    ['203.0.113.7', 'unknown', /outside the VPC \(10\.0\.0\.0\/16\)/],
    ['172.20.0.10', 'unknown', /range of Services/],
    ['169.254.169.254', 'unknown', /metadata/],
    ['10.0.7.1', 'unknown', /in none of its subnets/],
    ['10.0.0.0', 'held', /reserved by AWS .*network address/],
    ['10.0.0.2', 'held', /reserved by AWS .*resolver/],
    ['10.0.0.255', 'held', /reserved by AWS .*broadcast/],
    ['10.0.0.9', 'held', /primary address of eni-1/],
    ['10.0.0.10', 'free', /no ENI holds it/],
    ['10.0.0.70', 'free', /reservation of the subnet: kept for prefixes/],
    ['2600:0db8:0:0:1::5', 'held', /pod default\/v6/],
    ['10.99.0.7', 'held', /pod default\/hybrid/],
  ])('%s is %s', async (address, state, says) => {
    const why = await story(world(), address);
    expect(why.state).toBe(state);
    expect(why.summary).toMatch(says);
  });

  it('is not said to be free where ENIs were not read', async () => {
    const blind = { ...world(), networkInterfaces: denied('ec2:DescribeNetworkInterfaces') };
    const why = await story(blind, '10.0.0.10');
    expect([why.state, why.caveats.join()]).toEqual([
      'unknown',
      expect.stringContaining('ec2:DescribeNetworkInterfaces'),
    ]);
  });

  it('is not said to be free where ENIs are not visible', async () => {
    const shared = world([subnet({ subnetId: 'subnet-1a', cidr: '10.0.0.0/24', availableIps: 100 })]);
    expect((await story(shared, '10.0.0.10')).state).toBe('unknown');
  });
});
