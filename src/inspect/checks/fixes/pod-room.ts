/** More room for pods in one zone: another subnet, taken into use the way this cluster chooses pod subnets. */
import { usesCustomNetworking } from '../../../calc/patterns.ts';
import { changeSettings } from '../../cni-settings.ts';
import type { Fix } from '../../contract/finding.ts';
import { count, some } from '../../contract/words.ts';
import type { Helps } from '../../facts/define-fact.ts';
import { behaves } from '../../facts/support/cni-release.ts';
import { json, named } from '../../shell.ts';
import type { Subnet } from '../../snapshot/ec2.ts';
import { aws, kubectl } from '../support/commands.ts';
import { newSubnetInputs, planSubnet, type SubnetPlan, withSubnetId } from './new-subnet.ts';
import { existingNodeSubnet, existingPodSubnet, podSubnetInputs } from './pod-subnet.ts';

/** What these fixes are made from: spread into the `helps` of a check. */
export const podRoomInputs = { ...newSubnetInputs, ...podSubnetInputs };
export type PodRoomInputs = Helps<typeof podRoomInputs>;

export interface RoomWish {
  /** The subnet that is short. */
  readonly subnet: Subnet;
  /** Least addresses and /28 blocks the new room must have free. */
  readonly addresses: number;
  readonly blocks: number;
}

/** New subnets for pods: a /20 where the VPC has it, at least a /24. */
const SHORTEST = 20;
const LONGEST = 24;

const KEPT = 'Nodes keep the ENIs they have: a node whose ENI slots are all taken profits only when it is replaced.';

/** Nothing where the way in which pods get their subnet is not known, or where pods take no IPv4 address of it. */
export function podRoomFixes(from: PodRoomInputs, wish: RoomWish): Fix[] {
  if (!from.fix.networking || from.fix.networking.mode === 'ipv6') return [];
  return usesCustomNetworking(from.fix.networking.pattern)
    ? throughEniConfig(from, wish)
    : throughDiscovery(from, wish);
}

function throughEniConfig(from: PodRoomInputs, wish: RoomWish): Fix[] {
  const { subnet } = wish;
  const configs = (from.eniConfigs ?? []).filter((c) => c.subnetId === subnet.subnetId);
  if (configs.length === 0) return [];
  const names = some(configs.map((c) => c.name));
  const base = {
    effect: 'minutes',
    risk: KEPT,
  } as const;
  const present = existingPodSubnet(from, {
    vpcId: subnet.vpcId,
    zone: subnet.availabilityZone,
    free: wish.addresses * 2,
    blocks: wish.blocks * 2,
    not: [subnet.subnetId],
  });
  if (present)
    return [
      {
        ...base,
        title: `Point ENIConfig ${names} at ${present.subnetId}, which has ${count(present.availableIps)} addresses free`,
        commands: configs.map((c) => kubectl(...patchWords(c.name, present.subnetId))),
        changes: `New ENIs of the nodes that use ENIConfig ${names} are created in ${present.subnetId}.`,
      },
    ];
  const plan = plannedRoom(from, subnet, {});
  if (!plan) return askOwner(from, wish, `point ENIConfig ${names} at it`);
  return [
    {
      ...base,
      ...titled(plan, `point ENIConfig ${names} at it`),
      commands: [
        ...plan.commands,
        ...configs.map((c) => withSubnetId(from.fix, subnet.vpcId, plan, 'kubectl', ...patchWords(c.name, '{}'))),
      ],
      changes: `New ENIs of the nodes that use ENIConfig ${names} are created in a new subnet of ${count(plan.addresses)} addresses.`,
    },
  ];
}

function patchWords(name: string, subnetId: string): string[] {
  return ['patch', 'eniconfig', named('object', name), '--type', 'merge', '-p', json({ spec: { subnet: subnetId } })];
}

function throughDiscovery(from: PodRoomInputs, wish: RoomWish): Fix[] {
  const { networking, cluster, cni, addon } = from.fix;
  if (!networking || !behaves(networking.cniVersion, 'subnetDiscovery')) return [];
  const { subnet } = wish;
  const { clusterName } = networking.settings;
  const present = existingNodeSubnet(from, wish);
  if (present) return [tagForPods(from, wish, present)];
  const plan = plannedRoom(from, subnet, {
    'kubernetes.io/role/cni': '1',
    ...(clusterName ? { [`cni.networking.k8s.aws/cluster/${clusterName}`]: 'shared' } : {}),
  });
  if (!plan) return askOwner(from, wish, 'tag it kubernetes.io/role/cni=1, in the account of the cluster too');
  const turnOn = networking.settings.subnetDiscovery
    ? undefined
    : changeSettings(cluster, cni, addon, { set: { ENABLE_SUBNET_DISCOVERY: 'true' } });
  return [
    {
      ...titled(plan, 'tagged so that aws-node finds it'),
      commands: [...plan.commands, ...(turnOn?.commands ?? [])],
      changes: `aws-node creates further ENIs in ${subnet.availabilityZone} in the subnet with most addresses free, the new one of ${count(plan.addresses)} addresses.${turnOn ? ` ${turnOn.changes}` : ''}`,
      effect: 'minutes',
      risk: KEPT,
    },
  ];
}

/** A subnet of the zone in which nodes may be launched, with room and no tag yet: aws-node then makes ENIs there too. */
function tagForPods(from: PodRoomInputs, { subnet }: RoomWish, present: Subnet): Fix {
  const { networking, cluster, cni, addon } = from.fix;
  const turnOn = networking?.settings.subnetDiscovery
    ? undefined
    : changeSettings(cluster, cni, addon, { set: { ENABLE_SUBNET_DISCOVERY: 'true' } });
  return {
    title: `Let pods use ${present.subnetId}, which has ${count(present.availableIps)} addresses free`,
    commands: [
      aws(
        from.fix,
        ...['ec2', 'create-tags', '--resources', named('subnet', present.subnetId)],
        ...['--tags', 'Key=kubernetes.io/role/cni,Value=1'],
      ),
      ...(turnOn?.commands ?? []),
    ],
    changes: `aws-node creates further ENIs of nodes in ${subnet.availabilityZone} in the subnet with most addresses free, ${present.subnetId} among them; nodes may be launched there already.${turnOn ? ` ${turnOn.changes}` : ''}`,
    effect: 'immediate',
    risk: KEPT,
  };
}

/** In a shared VPC only its owner makes subnets; nothing that the cluster's account can run does. */
function askOwner(from: PodRoomInputs, { subnet, addresses }: RoomWish, then: string): Fix[] {
  const { ownerId } = subnet;
  if (!ownerId || !from.fix.cluster || ownerId === from.fix.cluster.account) return [];
  return [
    {
      title: `Have account ${ownerId}, which owns the VPC, share a further subnet of ${subnet.availabilityZone} with this account`,
      commands: [],
      changes: `It needs at least ${count(addresses * 2)} free addresses, better a /${SHORTEST}, and the routes of ${subnet.subnetId}. Once it is shared, ${then}.`,
      effect: 'minutes',
      risk: KEPT,
    },
  ];
}

function plannedRoom(
  from: PodRoomInputs,
  subnet: Subnet,
  tags: Readonly<Record<string, string>>,
): SubnetPlan | undefined {
  return planSubnet(from, {
    vpcId: subnet.vpcId,
    zone: subnet.availabilityZone,
    shortest: SHORTEST,
    longest: LONGEST,
    like: subnet,
    tags,
  });
}

function titled(plan: SubnetPlan, what: string): Pick<Fix, 'title'> {
  const size = count(plan.addresses);
  const where = plan.newVpcCidr ? ` in a new range ${plan.newVpcCidr} of the VPC` : '';
  return { title: `Create a pod subnet of ${size} addresses${where}, ${what}` };
}
