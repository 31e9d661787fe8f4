/** A new subnet, planned to the last word: where it fits in the VPC, its route table, and how later commands find its id. */
import { type Cidr, contains, formatCidr, overlaps, parseCidr, sizeOf } from '../../../calc/cidr.ts';
import { freeCidr, largestFreeCidr } from '../../../calc/free-cidr.ts';
import { mayAssociate, POD_RANGES } from '../../../calc/vpc-ranges.ts';
import { type Run, section } from '../../facts/define-fact.ts';
import { commandLine } from '../../shell.ts';
import type { Subnet } from '../../snapshot/ec2.ts';
import { aws, type FixContext } from '../support/fix-context.ts';

export interface SubnetWish {
  readonly vpcId: string;
  readonly zone: string;
  /** Prefix lengths to accept, the largest subnet first: 18 to 24 takes the largest that fits. */
  readonly shortest: number;
  readonly longest: number;
  /** Subnet whose routes the new one shall have, and beside which it is placed where there is room. */
  readonly like?: Subnet;
  readonly tags?: Readonly<Record<string, string>>;
  /** False: only inside the VPC's present ranges. */
  readonly mayExtendVpc?: boolean;
}

export interface SubnetPlan {
  readonly cidr: Cidr;
  /** Addresses pods and ENIs can use: AWS keeps five. */
  readonly addresses: number;
  /** Commands that make it; the last ones give it its routes. */
  readonly commands: readonly string[];
  /** The range the VPC gets first, where its own are full. */
  readonly newVpcCidr?: string;
}

const POD_RANGE_LENGTH = 18;
const AWS_KEEPS = 5;

/** Subnets planned in one run, by wish: two fixes must not ask for the same range, one wish must not get two. */
const planned = new WeakMap<Run, Map<string, SubnetPlan>>();

/** Undefined where the VPC's ranges or subnets are not known, or nothing fits. */
export function planSubnet(ctx: FixContext, wish: SubnetWish): SubnetPlan | undefined {
  const plans = planned.get(ctx.run) ?? new Map<string, SubnetPlan>();
  planned.set(ctx.run, plans);
  const key = JSON.stringify({ ...wish, like: wish.like?.subnetId });
  const known = plans.get(key);
  if (known) return known;
  const plan = firstFit(
    ctx,
    wish,
    [...plans.values()].map((p) => p.cidr),
  );
  if (plan) plans.set(key, plan);
  return plan;
}

function firstFit(ctx: FixContext, wish: SubnetWish, promised: readonly Cidr[]): SubnetPlan | undefined {
  const vpc = ctx.run.valueOf(section('vpc'));
  const subnets = ctx.run.valueOf(section('subnets'));
  if (!vpc || vpc.vpcId !== wish.vpcId || !subnets) return undefined;
  const ranges = vpc.cidrs.filter((c) => c.state === 'associated').flatMap((c) => parseCidr(c.cidr) ?? []);
  const taken = [...subnets.filter((s) => s.vpcId === wish.vpcId).flatMap((s) => parseCidr(s.cidr) ?? []), ...promised];
  const beside = wish.like && parseCidr(wish.like.cidr);
  const preferred = beside
    ? [...ranges].sort((a, b) => Number(contains(b, beside)) - Number(contains(a, beside)))
    : ranges;
  const inside = preferred.map((r) => largestFreeCidr([r], taken, wish.shortest, wish.longest)).find((c) => c);
  if (inside) return toPlan(ctx, wish, inside);
  if (wish.mayExtendVpc === false) return undefined;
  const extension = podRange(ctx, ranges);
  const length = Math.min(Math.max(wish.shortest, POD_RANGE_LENGTH), wish.longest);
  const cidr = extension && freeCidr([extension], promised, length);
  return cidr && toPlan(ctx, wish, cidr, formatCidr(extension));
}

/** Commands that hand the subnet's id to another command; `{}` stands for the id in its words. */
export function withSubnetId(ctx: FixContext, vpcId: string, plan: SubnetPlan, ...words: readonly string[]): string {
  const find = aws(
    ctx,
    'ec2',
    'describe-subnets',
    '--filters',
    `Name=vpc-id,Values=${vpcId}`,
    `Name=cidr-block,Values=${formatCidr(plan.cidr)}`,
    '--query',
    'Subnets[0].SubnetId',
    '--output',
    'text',
  );
  return `${find} | ${commandLine('xargs', '-I{}', ...words)}`;
}

function toPlan(ctx: FixContext, wish: SubnetWish, cidr: Cidr, newVpcCidr?: string): SubnetPlan {
  const tags = Object.entries(wish.tags ?? {}).map(([key, value]) => `{Key=${key},Value=${value}}`);
  const plan = { cidr, addresses: sizeOf(cidr) - AWS_KEEPS, ...(newVpcCidr ? { newVpcCidr } : {}) };
  const create = aws(
    ctx,
    'ec2',
    'create-subnet',
    '--vpc-id',
    wish.vpcId,
    '--availability-zone',
    wish.zone,
    '--cidr-block',
    formatCidr(cidr),
    ...(tags.length > 0 ? ['--tag-specifications', `ResourceType=subnet,Tags=[${tags.join(',')}]`] : []),
  );
  const extend = newVpcCidr
    ? [aws(ctx, 'ec2', 'associate-vpc-cidr-block', '--vpc-id', wish.vpcId, '--cidr-block', newVpcCidr)]
    : [];
  return { ...plan, commands: [...extend, create, ...associate(ctx, wish, { ...plan, commands: [] })] };
}

/** The route table of the model subnet, where it has one of its own; without it a subnet follows the VPC's main table. */
function associate(ctx: FixContext, wish: SubnetWish, plan: SubnetPlan): string[] {
  const tables = ctx.run.valueOf(section('routeTables')) ?? [];
  const own = tables.find((t) => wish.like && t.subnetIds.includes(wish.like.subnetId));
  if (!own) return [];
  const words = ['aws', 'ec2', 'associate-route-table', '--route-table-id', own.routeTableId, '--subnet-id', '{}'];
  return [withSubnetId(ctx, wish.vpcId, plan, ...words, ...(ctx.region ? ['--region', ctx.region] : []))];
}

/**
 * A range that the VPC may have, and that overlaps nothing the cluster is known to reach: its services, hybrid networks, and
 * what route tables lead to, peers and transit gateways among it.
 */
function podRange(ctx: FixContext, vpcRanges: readonly Cidr[]): Cidr | undefined {
  const { cluster } = ctx;
  const routed = (ctx.run.valueOf(section('routeTables')) ?? []).flatMap((t) => t.routes.map((r) => r.destination));
  const known = [
    cluster?.serviceIpv4Cidr ?? '',
    ...(cluster?.remoteNodeCidrs ?? []),
    ...(cluster?.remotePodCidrs ?? []),
    ...routed,
  ].flatMap((text) => parseCidr(text) ?? []);
  const inTheWay = known.filter((c) => c.length > 0);
  return POD_RANGES.find((r) => mayAssociate(vpcRanges, r) && !inTheWay.some((c) => overlaps(r, c)));
}
