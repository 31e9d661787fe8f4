/** Other subnets for the control plane's interfaces: the same zones, each with room. */
import { contains, parseCidr } from '../../../calc/cidr.ts';
import type { Fix } from '../../contract/finding.ts';
import { some, things } from '../../contract/words.ts';
import { type Helps, section } from '../../facts/define-fact.ts';
import { subnetRoles } from '../../facts/subnet-roles.ts';
import type { Cluster } from '../../snapshot/aws.ts';
import type { Subnet } from '../../snapshot/ec2.ts';
import { aws } from '../support/commands.ts';
import { newSubnetInputs, planSubnet, type SubnetPlan, withSubnetIds } from './new-subnet.ts';

/** What these fixes are made from: spread into the `helps` of a check. */
export const controlPlaneFixInputs = {
  ...newSubnetInputs,
  subnetRoles,
  subnets: section('subnets'),
  networkInterfaces: section('networkInterfaces'),
  vpc: section('vpc'),
};
type ControlPlaneFixInputs = Helps<typeof controlPlaneFixInputs>;

/** A /27 has 27 addresses: twice what an upgrade needs in one subnet. */
const NEW_SUBNET_LENGTH = 27;

/** One subnet per zone of today's: the present one where it has room, else another of the zone, else a new one. */
export function moveControlPlane(
  from: ControlPlaneFixInputs,
  cluster: Cluster,
  present: readonly Subnet[],
  enough: number,
): Fix[] {
  const zones = [...new Set(present.map((s) => s.availabilityZone))];
  const keep: string[] = [];
  const plans: SubnetPlan[] = [];
  for (const zone of zones) {
    const here = present.filter((s) => s.availabilityZone === zone);
    const roomy = here.filter((s) => s.availableIps >= enough);
    const other = roomy.length > 0 ? undefined : otherSubnet(from, cluster, here[0]!, enough);
    if (roomy.length > 0) keep.push(...roomy.map((s) => s.subnetId));
    else if (other) keep.push(other.subnetId);
    else {
      const plan = planSubnet(from, {
        vpcId: here[0]!.vpcId,
        zone,
        shortest: NEW_SUBNET_LENGTH,
        longest: NEW_SUBNET_LENGTH,
        like: here[0],
        tags: { Name: `${cluster.name}-control-plane-${zone}` },
      });
      if (!plan) return [];
      plans.push(plan);
    }
  }
  if (plans.length === 0 && keep.every((id) => cluster.subnetIds.includes(id)) && keep.length === present.length)
    return [];
  const how = plans.length > 0 ? `, ${things(plans.length, 'new subnet')} of 27 addresses among them` : '';
  return [
    {
      title: `Give the control plane subnets with room in ${some(zones)}${how}`,
      commands: [...plans.flatMap((p) => p.commands), update(from, cluster, present[0]!.vpcId, keep, plans)],
      changes: `EKS makes its interfaces in ${keep.length > 0 ? some(keep) : 'the new subnets'} from the next update on and moves the present ones within minutes; nodes and pods are not touched.`,
      effect: 'minutes',
    },
  ];
}

/**
 * A subnet of the zone that is nobody else's: empty ones first, then those in the range of the present ones, private ones, and
 * the smallest that will do, so that no large subnet is spent on a few interfaces.
 */
function otherSubnet(from: ControlPlaneFixInputs, cluster: Cluster, like: Subnet, enough: number): Subnet | undefined {
  const used = new Set(from.networkInterfaces?.map((e) => e.subnetId));
  const home = rangeOf(from, like);
  const rank = (s: Subnet) => [
    Number(used.has(s.subnetId)),
    Number(rangeOf(from, s) !== home),
    Number(s.mapPublicIp),
    s.availableIps,
  ];
  return (from.subnets ?? [])
    .filter(
      (s) =>
        s.availabilityZone === like.availabilityZone &&
        s.vpcId === cluster.vpcId &&
        s.state === 'available' &&
        !s.outpostArn &&
        s.availableIps >= enough &&
        !cluster.subnetIds.includes(s.subnetId) &&
        !from.subnetRoles?.get(s.subnetId)?.some((r) => r === 'eniconfig' || r === 'discovery'),
    )
    .sort((a, b) => compare(rank(a), rank(b)))[0];
}

/** The range of the VPC a subnet lies in. */
function rangeOf(from: ControlPlaneFixInputs, subnet: Subnet): string | undefined {
  const cidr = parseCidr(subnet.cidr);
  return from.vpc?.cidrs.find((range) => {
    const outer = parseCidr(range.cidr);
    return outer && cidr && contains(outer, cidr);
  })?.cidr;
}

function compare(a: readonly number[], b: readonly number[]): number {
  const at = a.findIndex((x, i) => x !== b[i]);
  return at < 0 ? 0 : a[at]! - b[at]!;
}

function update(
  from: ControlPlaneFixInputs,
  cluster: Cluster,
  vpcId: string,
  keep: readonly string[],
  plans: readonly SubnetPlan[],
): string {
  const words = (ids: string) => [
    'eks',
    'update-cluster-config',
    '--name',
    cluster.name,
    '--resources-vpc-config',
    `subnetIds=${ids}`,
  ];
  if (plans.length === 0) return aws(from.fix, ...words(keep.join(',')));
  const region = from.fix.region ? ['--region', from.fix.region] : [];
  return withSubnetIds(from.fix, vpcId, plans, 'aws', ...words([...keep, '{}'].join(',')), ...region);
}
