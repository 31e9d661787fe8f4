/** Where one more subnet of a size fits: in the VPC's ranges, else in one that the VPC gets. */
import { ADDRESSES_PER_BLOCK } from '../../../calc/blocks.ts';
import { formatCidr, sizeOf } from '../../../calc/cidr.ts';
import { newSubnetInputs, planSubnet } from '../../checks/fixes/new-subnet.ts';
import type { GrowPlan } from '../../contract/subnets.ts';
import { inputsOf, section } from '../../facts/define-fact.ts';
import type { Subnet } from '../../snapshot/ec2.ts';
import type { Context } from './context.ts';
import { printable } from './drains.ts';

/** IPv4 ranges a VPC may have by default (VPC quotas). */
const RANGES_BY_DEFAULT = 5;

/** One plan a zone of the subnets given, each with the routes of the first of them. `length` is 16 to 28. */
export function growPlans(ctx: Context, subnets: readonly Subnet[], length: number): GrowPlan[] {
  const models = new Map<string, Subnet>();
  for (const s of subnets) if (!models.has(s.availabilityZone)) models.set(s.availabilityZone, s);
  const ranges = ctx.run.valueOf(section('vpc'))?.cidrs.filter((c) => c.state === 'associated').length;
  const inputs = inputsOf(ctx.run, newSubnetInputs);
  return [...models].map(([zone, like]) => {
    const plan = planSubnet(inputs, { vpcId: like.vpcId, zone, shortest: length, longest: length, like });
    if (!plan) return nowhere(zone, length, ranges === undefined);
    const crowded = plan.newVpcCidr !== undefined && (ranges ?? 0) >= RANGES_BY_DEFAULT;
    return {
      zone,
      length,
      cidr: formatCidr(plan.cidr),
      newVpcCidr: plan.newVpcCidr ?? null,
      addresses: plan.addresses,
      // the first and the last block hold addresses of AWS's own
      blocks: Math.max(sizeOf(plan.cidr) / ADDRESSES_PER_BLOCK - 2, 0),
      commands: printable(ctx.run, plan.commands),
      note: crowded
        ? `the VPC has ${ranges} IPv4 ranges already: the quota may have to be raised`
        : plan.newVpcCidr === undefined
          ? null
          : 'peers and transit gateways without a route in these tables are not seen: ask whether they use this range',
    };
  });
}

function nowhere(zone: string, length: number, unread: boolean): GrowPlan {
  return {
    zone,
    length,
    cidr: null,
    newVpcCidr: null,
    addresses: null,
    blocks: null,
    commands: [],
    note: unread
      ? 'the ranges of the VPC were not read'
      : 'no range of this size is free in the VPC, and none that it may get overlaps nothing it leads to',
  };
}
