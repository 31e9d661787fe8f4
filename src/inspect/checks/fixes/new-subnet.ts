/** A new subnet, planned to the last word: where it fits in the VPC, its route table, and how later commands find its id. */
import { type Cidr, formatCidr, sizeOf } from '../../../calc/cidr.ts';
import { type Helps, section } from '../../facts/define-fact.ts';
import { type FixContext, fixContext } from '../../facts/fix-context.ts';
import { newSubnetRanges } from '../../facts/new-subnet-ranges.ts';
import { commandLine } from '../../shell.ts';
import type { Subnet } from '../../snapshot/ec2.ts';
import { aws } from '../support/commands.ts';

/** What a new subnet is made from: spread into the `helps` of a check. */
export const newSubnetInputs = { fix: fixContext, newSubnetRanges, routeTables: section('routeTables') };
type NewSubnetInputs = Helps<typeof newSubnetInputs>;

export interface SubnetWish {
  readonly vpcId: string;
  readonly zone: string;
  /** Prefix lengths to accept, the largest subnet first: 18 to 24 takes the largest that fits. */
  readonly shortest: number;
  readonly longest: number;
  /** Subnet whose routes the new one shall have, and beside which it is placed where there is room. */
  readonly like?: Subnet;
  readonly tags?: Readonly<Record<string, string>>;
}

export interface SubnetPlan {
  readonly cidr: Cidr;
  /** Addresses pods and ENIs can use: AWS keeps five. */
  readonly addresses: number;
  /** Commands that make it; the last ones give it its routes. */
  readonly commands: readonly string[];
  /** The same, told apart: a new range of the VPC, the subnet, its routes. */
  readonly parts: { readonly extend: readonly string[]; readonly create: string; readonly routes: readonly string[] };
  /** The range the VPC gets first, where its own are full. */
  readonly newVpcCidr?: string;
}

const AWS_KEEPS = 5;

/** `describe-subnets` answers `None` where a subnet was not made. */
const ONLY_SUBNETS = "grep '^subnet-'";

/** A range is part of the VPC some seconds after it was added, and the AWS CLI has nothing to wait for it with. */
const UNTIL_ADDED = 'sleep 15';

/** Undefined where the VPC's ranges or subnets are not known, or nothing fits. */
export function planSubnet(from: NewSubnetInputs, wish: SubnetWish): SubnetPlan | undefined {
  const { like: beside, vpcId, shortest, longest } = wish;
  const key = JSON.stringify({ ...wish, like: beside?.subnetId });
  const range = from.newSubnetRanges?.({ key, vpcId, shortest, longest, beside });
  return range && toPlan(from, wish, range.cidr, range.newVpcCidr);
}

/** Hands the subnet's id to another command, in whose words `{}` stands for it; where there is no such subnet the command does not run. */
export function withSubnetId(
  ctx: FixContext,
  vpcId: string,
  plan: Pick<SubnetPlan, 'cidr'>,
  ...words: readonly string[]
): string {
  return `${findSubnets(ctx, vpcId, [plan])} | ${ONLY_SUBNETS} | ${commandLine('xargs', '-I{}', ...words)}`;
}

/** The same for several, with commas between their ids. */
export function withSubnetIds(
  ctx: FixContext,
  vpcId: string,
  plans: readonly Pick<SubnetPlan, 'cidr'>[],
  ...words: readonly string[]
): string {
  if (plans.length === 1) return withSubnetId(ctx, vpcId, plans[0]!, ...words);
  const find = findSubnets(ctx, vpcId, plans);
  return `${find} | tr '\\t' ',' | ${ONLY_SUBNETS} | ${commandLine('xargs', '-I{}', ...words)}`;
}

/** Their ids as the last words of another command. */
export function endingInSubnetIds(
  ctx: FixContext,
  vpcId: string,
  plans: readonly Pick<SubnetPlan, 'cidr'>[],
  ...words: readonly string[]
): string {
  if (plans.length === 1) return withSubnetId(ctx, vpcId, plans[0]!, ...words, '{}');
  return `${findSubnets(ctx, vpcId, plans)} | ${ONLY_SUBNETS} | ${commandLine('xargs', ...words)}`;
}

function findSubnets(ctx: FixContext, vpcId: string, plans: readonly Pick<SubnetPlan, 'cidr'>[]): string {
  return aws(
    ctx,
    ...['ec2', 'describe-subnets', '--filters', `Name=vpc-id,Values=${vpcId}`],
    `Name=cidr-block,Values=${plans.map((p) => formatCidr(p.cidr)).join(',')}`,
    ...['--query', plans.length === 1 ? 'Subnets[0].SubnetId' : 'Subnets[].SubnetId', '--output', 'text'],
  );
}

function toPlan(from: NewSubnetInputs, wish: SubnetWish, cidr: Cidr, newVpcCidr?: string): SubnetPlan {
  const ctx = from.fix;
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
    ? [aws(ctx, 'ec2', 'associate-vpc-cidr-block', '--vpc-id', wish.vpcId, '--cidr-block', newVpcCidr), UNTIL_ADDED]
    : [];
  const routes = associate(from, wish, plan);
  return { ...plan, commands: [...extend, create, ...routes], parts: { extend, create, routes } };
}

/** The route table of the model subnet, where it has one of its own; without it a subnet follows the VPC's main table. */
function associate(from: NewSubnetInputs, wish: SubnetWish, plan: Pick<SubnetPlan, 'cidr'>): string[] {
  const own = from.routeTables?.find((t) => wish.like && t.subnetIds.includes(wish.like.subnetId));
  if (!own) return [];
  const words = ['aws', 'ec2', 'associate-route-table', '--route-table-id', own.routeTableId, '--subnet-id', '{}'];
  return [
    withSubnetId(from.fix, wish.vpcId, plan, ...words, ...(from.fix.region ? ['--region', from.fix.region] : [])),
  ];
}
