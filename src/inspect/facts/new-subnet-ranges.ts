/** Where a new subnet fits into the VPC. */
import { type Cidr, contains, formatCidr, overlaps, parseCidr } from '../../calc/cidr.ts';
import { freeCidr, largestFreeCidr } from '../../calc/free-cidr.ts';
import { mayAssociate, POD_RANGES } from '../../calc/vpc-ranges.ts';
import type { Cluster } from '../snapshot/aws.ts';
import type { Subnet } from '../snapshot/ec2.ts';
import { defineFact, section } from './define-fact.ts';

export interface RangeWish {
  readonly vpcId: string;
  /** What tells this wish from others: two fixes must not ask for the same range, one wish must not get two. */
  readonly key: string;
  /** Prefix lengths to accept, the largest subnet first: 18 to 24 takes the largest that fits. */
  readonly shortest: number;
  readonly longest: number;
  /** Subnet beside which the new one is placed where there is room. */
  readonly beside?: Subnet;
}

export interface PlannedRange {
  readonly cidr: Cidr;
  /** The range the VPC gets first, where its own are full. */
  readonly newVpcCidr?: string;
}

const POD_RANGE_LENGTH = 18;

/**
 * Ranges are promised once in a run. Undefined where the VPC is another one or another account's, whose owner alone makes subnets in
 * it and sees them all, or where nothing fits.
 */
export const newSubnetRanges = defineFact({
  id: 'newSubnetRanges',
  needs: { vpc: section('vpc'), subnets: section('subnets') },
  helps: { cluster: section('cluster'), routeTables: section('routeTables') },
  derive: ({ vpc, subnets, cluster, routeTables }): ((wish: RangeWish) => PlannedRange | undefined) => {
    if (cluster && vpc.ownerId && vpc.ownerId !== cluster.account) return () => undefined;
    const ranges = vpc.cidrs.filter((c) => c.state === 'associated').flatMap((c) => parseCidr(c.cidr) ?? []);
    const present = subnets.filter((s) => s.vpcId === vpc.vpcId).flatMap((s) => parseCidr(s.cidr) ?? []);
    const routed = (routeTables ?? []).flatMap((t) => t.routes.map((r) => r.destination));
    const extension = podRange(ranges, cluster, routed);
    const promised = new Map<string, PlannedRange>();
    /** By range of the VPC the length that found no room: promises only add up, so it never will. */
    const tooLarge = new Map<Cidr, number>();
    const largestIn = (range: Cidr, taken: readonly Cidr[], { shortest, longest }: RangeWish): Cidr | undefined => {
      const start = Math.max(shortest, (tooLarge.get(range) ?? 0) + 1);
      const found = largestFreeCidr([range], taken, start, longest);
      const refused = found ? found.length - 1 : longest;
      if (refused >= start) tooLarge.set(range, refused);
      return found;
    };
    const firstFit = (wish: RangeWish): PlannedRange | undefined => {
      const given = [...promised.values()].map((p) => p.cidr);
      const beside = wish.beside && parseCidr(wish.beside.cidr);
      const preferred = beside
        ? [...ranges].sort((a, b) => Number(contains(b, beside)) - Number(contains(a, beside)))
        : ranges;
      const taken = [...present, ...given];
      const inside = preferred.map((r) => largestIn(r, taken, wish)).find((c) => c);
      if (inside) return { cidr: inside };
      if (!extension) return undefined;
      const length = Math.min(Math.max(wish.shortest, POD_RANGE_LENGTH), wish.longest);
      const cidr = freeCidr([extension], given, length);
      return cidr && { cidr, newVpcCidr: formatCidr(extension) };
    };
    return (wish) => {
      if (wish.vpcId !== vpc.vpcId) return undefined;
      const range = promised.get(wish.key) ?? firstFit(wish);
      if (range) promised.set(wish.key, range);
      return range;
    };
  },
});

/**
 * A range that the VPC may have, and that overlaps nothing the cluster is known to reach: its services, hybrid networks, and
 * what route tables lead to, peers and transit gateways among it.
 */
function podRange(
  vpcRanges: readonly Cidr[],
  cluster: Cluster | undefined,
  routed: readonly string[],
): Cidr | undefined {
  const known = [
    cluster?.serviceIpv4Cidr ?? '',
    ...(cluster?.remoteNodeCidrs ?? []),
    ...(cluster?.remotePodCidrs ?? []),
    ...routed,
  ].flatMap((text) => parseCidr(text) ?? []);
  const inTheWay = known.filter((c) => c.length > 0);
  return POD_RANGES.find((r) => mayAssociate(vpcRanges, r) && !inTheWay.some((c) => overlaps(r, c)));
}
