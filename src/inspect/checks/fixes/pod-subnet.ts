/** Which existing subnet of a zone may take pods: one that is evidently meant for them. */
import { contains, parseCidr } from '../../../calc/cidr.ts';
import { type Helps, section } from '../../facts/define-fact.ts';
import { fixContext } from '../../facts/fix-context.ts';
import { launchSubnets } from '../../facts/launch-subnets.ts';
import { subnetBlocks } from '../../facts/subnet-blocks.ts';
import type { Subnet } from '../../snapshot/ec2.ts';

/** What the choice is made from: spread into the `helps` of a check. */
export const podSubnetInputs = {
  fix: fixContext,
  subnets: section('subnets'),
  vpc: section('vpc'),
  subnetBlocks,
  eniConfigs: section('eniConfigs'),
  instances: section('instances'),
  launchSubnets,
};

export interface PodSubnetWish {
  readonly vpcId: string;
  readonly zone: string;
  /** Least free addresses. */
  readonly free: number;
  /** Least free /28 blocks; 0 where pods take single addresses. */
  readonly blocks: number;
  readonly not?: readonly string[];
}

/**
 * The roomiest subnet of the zone that carries the CNI's tag or lies in a range of the VPC where ENIConfigs already have their
 * subnets, but no node. Subnets of the control plane, public ones and Outposts are left alone.
 */
export function existingPodSubnet(from: Helps<typeof podSubnetInputs>, wish: PodSubnetWish): Subnet | undefined {
  const { subnets = [], vpc, subnetBlocks: blocks, eniConfigs: configs = [] } = from;
  const controlPlane = new Set(from.fix.cluster?.subnetIds);
  const nodeSubnets = new Set(from.instances?.map((i) => i.subnetId));
  const podRanges = (vpc?.cidrs ?? [])
    .flatMap((c) => parseCidr(c.cidr) ?? [])
    .filter((range) =>
      configs.some((c) =>
        within(
          range,
          subnets.find((s) => s.subnetId === c.subnetId),
        ),
      ),
    );
  const suits = (s: Subnet): boolean =>
    s.vpcId === wish.vpcId &&
    s.availabilityZone === wish.zone &&
    s.state === 'available' &&
    !s.mapPublicIp &&
    !s.outpostArn &&
    !controlPlane.has(s.subnetId) &&
    !nodeSubnets.has(s.subnetId) &&
    !wish.not?.includes(s.subnetId) &&
    s.availableIps >= wish.free &&
    (blocks?.get(s.subnetId)?.counts.free ?? Number.POSITIVE_INFINITY) >= wish.blocks &&
    (isTagged(s) || podRanges.some((range) => within(range, s)));
  return subnets.filter(suits).sort((a, b) => b.availableIps - a.availableIps)[0];
}

/** The roomiest subnet of the zone in which nodes may be launched and that the CNI's tag says nothing of, neither for nor against. */
export function existingNodeSubnet(
  from: Helps<typeof podSubnetInputs>,
  {
    subnet,
    addresses,
    blocks: wanted,
  }: { readonly subnet: Subnet; readonly addresses: number; readonly blocks: number },
): Subnet | undefined {
  const { subnets = [], subnetBlocks: blocks, launchSubnets: launch } = from;
  const suits = (s: Subnet): boolean =>
    s.subnetId !== subnet.subnetId &&
    s.vpcId === subnet.vpcId &&
    s.availabilityZone === subnet.availabilityZone &&
    s.state === 'available' &&
    s.mapPublicIp === subnet.mapPublicIp &&
    !s.outpostArn &&
    launch.includes(s.subnetId) &&
    s.tags['kubernetes.io/role/cni'] === undefined &&
    s.availableIps >= 2 * addresses &&
    (blocks?.get(s.subnetId)?.counts.free ?? Number.POSITIVE_INFINITY) >= 2 * wanted;
  return subnets.filter(suits).sort((a, b) => b.availableIps - a.availableIps || (a.subnetId < b.subnetId ? -1 : 1))[0];
}

function isTagged(s: Subnet): boolean {
  const tag = s.tags['kubernetes.io/role/cni'];
  return tag !== undefined && tag !== '' && tag !== '0';
}

function within(range: NonNullable<ReturnType<typeof parseCidr>>, s: Subnet | undefined): boolean {
  const cidr = s && parseCidr(s.cidr);
  return cidr !== undefined && contains(range, cidr);
}
