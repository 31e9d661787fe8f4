/**
 * More room for nodes: their own address comes from a subnet their group launches in, and no subnet for pods helps a node that
 * cannot be launched. An Auto Scaling group and a node class take another subnet; a managed group must be made anew.
 */
import type { Fix } from '../../contract/finding.ts';
import { listed, things } from '../../contract/words.ts';
import { type Helps, section } from '../../facts/define-fact.ts';
import { subnetBlocks } from '../../facts/subnet-blocks.ts';
import { subnetNeed } from '../../facts/subnet-need.ts';
import { nodeGroupOf } from '../../facts/support/node-group.ts';
import { isShort } from '../../facts/support/shortage.ts';
import { tagsOf } from '../../facts/support/subnet-terms.ts';
import { json, named } from '../../shell.ts';
import type { AutoScalingGroup, Nodegroup } from '../../snapshot/aws.ts';
import type { Subnet } from '../../snapshot/ec2.ts';
import type { NodeClass } from '../../snapshot/kubernetes.ts';
import { aws, kubectl } from '../support/commands.ts';
import { freeName, likeNodegroup } from './new-group.ts';
import { newSubnetInputs, planSubnet, type SubnetPlan, withSubnetId, withSubnetIds } from './new-subnet.ts';

/** What these fixes are made from: spread into the `helps` of a check. */
export const nodeRoomInputs = {
  ...newSubnetInputs,
  subnets: section('subnets'),
  subnetBlocks,
  subnetNeed,
  nodegroups: section('nodegroups'),
  autoScalingGroups: section('autoScalingGroups'),
  nodeClasses: section('nodeClasses'),
  everyNode: section('nodes'),
};
export type NodeRoomInputs = Helps<typeof nodeRoomInputs>;

/** New subnets: a /20 where the VPC has it, at least a /24. */
const SHORTEST = 20;
const LONGEST = 24;

interface Launchers {
  readonly managed: readonly Nodegroup[];
  readonly scaling: readonly AutoScalingGroup[];
  readonly classes: readonly NodeClass[];
}

/** Where nodes are launched instead: subnets that are there, and others that are made, one a zone. */
interface Places {
  readonly vpcId: string;
  readonly present: readonly Subnet[];
  readonly plans: readonly SubnetPlan[];
  /** Tags the new ones get. */
  readonly tags: Readonly<Record<string, string>>;
}

/**
 * For every group that launches in the subnet, and all full ones of these groups at once: a group is made anew only once. Nothing
 * where no group is known to launch there, or where a zone can get no subnet.
 */
export function nodeRoomFixes(from: NodeRoomInputs, subnet: Subnet): Fix[] {
  const { full, groups } = together(from, subnet);
  const all = everyOf(groups);
  const places = all.length === 0 ? undefined : placesFor(from, full, groups);
  if (!places) return [];
  const names = listed(all.map((g) => g.name));
  const { plans, present } = places;
  const extended = [...new Set(plans.flatMap((p) => p.newVpcCidr ?? []))];
  const made =
    plans.length === 0
      ? []
      : [
          `${things(plans.length, 'new subnet')} of ${things(plans[0]!.addresses, 'address', 'addresses')}${extended.length > 0 ? ` in a new range ${listed(extended)} of the VPC` : ''}`,
        ];
  const zones = [...new Set(full.map((s) => s.availabilityZone))].sort();
  return [
    {
      title: `Launch nodes of ${names} in ${listed([...present.map((s) => s.subnetId), ...made])} (${listed(zones)})`,
      commands: [
        ...new Set([
          ...plans.flatMap((p) => p.commands),
          ...(subnet.mapPublicIp ? plans.map((p) => givePublicAddresses(from, places.vpcId, p)) : []),
          ...groups.classes.flatMap((c) => intoClass(from, c, places)),
          ...groups.scaling.map((g) => intoScalingGroup(from, g, places)),
          ...groups.managed.flatMap((g) => besideManaged(from, g, full, places)),
        ]),
      ],
      changes: changesOf(from, groups, full),
      effect: 'minutes',
      ...(groups.managed.length + groups.scaling.length > 0
        ? { risk: 'Where Terraform, eksctl or the like keeps the group, change it there too.' }
        : {}),
    },
  ];
}

function everyOf({ managed, scaling, classes }: Launchers) {
  return [...managed, ...scaling, ...classes];
}

/** Full subnets and the groups that launch in them, as far as they hang together. */
function together(
  from: NodeRoomInputs,
  subnet: Subnet,
): { readonly full: readonly Subnet[]; readonly groups: Launchers } {
  const byId = new Map(from.subnets?.map((s) => [s.subnetId, s]));
  const full = new Map([[subnet.subnetId, subnet]]);
  let groups = launchersIn(from, full);
  for (let before = 0; full.size > before; groups = launchersIn(from, full)) {
    before = full.size;
    for (const id of everyOf(groups).flatMap((g) => g.subnetIds)) {
      const other = byId.get(id);
      if (other && isShort(other.availableIps, from.subnetNeed?.get(id))) full.set(id, other);
    }
  }
  return { full: [...full.values()].sort((a, b) => (a.subnetId < b.subnetId ? -1 : 1)), groups };
}

function launchersIn(from: NodeRoomInputs, full: ReadonlyMap<string, Subnet>): Launchers {
  const own = `kubernetes.io/cluster/${from.fix.cluster?.name ?? ''}`;
  const here = (g: { readonly subnetIds: readonly string[] }) => g.subnetIds.some((id) => full.has(id));
  const owned = new Set(from.nodegroups?.flatMap((g) => g.autoScalingGroups));
  const ofEks = (g: AutoScalingGroup) => owned.has(g.name) || g.tags['eks:nodegroup-name'] !== undefined;
  return {
    managed: from.fix.cluster
      ? (from.nodegroups ?? []).filter((g) => here(g) && g.maxSize > 0 && g.status !== 'DELETING')
      : [],
    scaling: (from.autoScalingGroups ?? []).filter(
      (g) => here(g) && g.maxSize > 0 && g.tags[own] !== undefined && !ofEks(g),
    ),
    // EKS keeps the NodeClass `default` of Auto Mode as it is
    classes: (from.nodeClasses ?? []).filter(
      (c) => here(c) && c.subnetSelector !== undefined && !(c.kind === 'NodeClass' && c.name === 'default'),
    ),
  };
}

/** In every zone with a full subnet another one in which nodes are launched already and that has room, else a new one with the same routes. */
function placesFor(from: NodeRoomInputs, full: readonly Subnet[], groups: Launchers): Places | undefined {
  const [{ vpcId }] = full as [Subnet, ...Subnet[]];
  const excluded = full.some((s) => s.tags['kubernetes.io/role/cni'] === '0') ? { 'kubernetes.io/role/cni': '0' } : {};
  const tags: Record<string, string> = Object.assign(
    {},
    excluded,
    ...groups.classes.map((c) => tagsOf(c.subnetSelector ?? [])),
  );
  const present: Subnet[] = [];
  const plans: SubnetPlan[] = [];
  for (const zone of new Set(full.map((s) => s.availabilityZone))) {
    const here = full.filter((s) => s.availabilityZone === zone);
    const [like] = here as [Subnet, ...Subnet[]];
    const other = otherNodeSubnet(from, here, groups);
    if (other) {
      present.push(other);
      continue;
    }
    // a range of the VPC's IPv6 addresses would have to be chosen too
    if (from.fix.cluster?.ipFamily === 'ipv6' || like.outpostArn) return undefined;
    const plan = planSubnet(from, { vpcId, zone, shortest: SHORTEST, longest: LONGEST, like, tags });
    if (!plan) return undefined;
    plans.push(plan);
  }
  return { vpcId, present, plans, tags };
}

function otherNodeSubnet(from: NodeRoomInputs, full: readonly Subnet[], groups: Launchers): Subnet | undefined {
  const { subnets = [], subnetBlocks: blocks, nodegroups = [], autoScalingGroups = [], nodeClasses = [] } = from;
  const [like] = full as [Subnet, ...Subnet[]];
  const needs = full.map((s) => from.subnetNeed?.get(s.subnetId));
  const addresses = Math.max(1, ...needs.map((n) => n?.addresses ?? 1));
  const wanted = Math.max(0, ...needs.map((n) => n?.blocks ?? 0));
  const launched = new Set([...nodegroups, ...autoScalingGroups, ...nodeClasses].flatMap((g) => g.subnetIds));
  const tag = (s: Subnet) => s.tags['kubernetes.io/role/cni'];
  const suits = (s: Subnet): boolean =>
    !full.some((f) => f.subnetId === s.subnetId) &&
    s.vpcId === like.vpcId &&
    s.availabilityZone === like.availabilityZone &&
    s.state === 'available' &&
    s.mapPublicIp === like.mapPublicIp &&
    s.assignIpv6 === like.assignIpv6 &&
    !s.outpostArn &&
    launched.has(s.subnetId) &&
    // where all of them launch there already, that it has room did not help
    !everyOf(groups).every((g) => g.subnetIds.includes(s.subnetId)) &&
    (tag(s) === undefined || tag(s) === tag(like)) &&
    s.availableIps >= 2 * addresses &&
    (blocks?.get(s.subnetId)?.counts.free ?? Number.POSITIVE_INFINITY) >= 2 * wanted;
  return subnets.filter(suits).sort((a, b) => b.availableIps - a.availableIps || (a.subnetId < b.subnetId ? -1 : 1))[0];
}

/** Managed groups launch in a public subnet only where it gives instances a public address (EKS: Ec2SubnetInvalidConfiguration). */
function givePublicAddresses(from: NodeRoomInputs, vpcId: string, plan: SubnetPlan): string {
  const words = ['aws', 'ec2', 'modify-subnet-attribute', '--subnet-id', '{}', '--map-public-ip-on-launch'];
  return withSubnetId(from.fix, vpcId, plan, ...words, ...regionOf(from));
}

function regionOf({ fix }: NodeRoomInputs): string[] {
  return fix.region ? ['--region', fix.region] : [];
}

/** Terms by tags find a subnet that has them; terms by id get one more. */
function intoClass(from: NodeRoomInputs, c: NodeClass, { vpcId, present, plans, tags }: Places): string[] {
  const wanted = tagsOf(c.subnetSelector ?? []);
  const entries = Object.entries(wanted ?? {});
  const patch = ['patch', c.kind === 'NodeClass' ? 'nodeclass' : 'ec2nodeclass', named('object', c.name)];
  const oneMore = (id: string) => [
    ...[...patch, '--type', 'json', '-p'],
    json([{ op: 'add', path: '/spec/subnetSelectorTerms/-', value: { id } }]),
  ];
  const found = wanted !== undefined && entries.every(([key, value]) => tags[key] === value);
  const others = present.filter((s) => !c.subnetIds.includes(s.subnetId));
  return [
    ...(found ? [] : plans.map((p) => withSubnetId(from.fix, vpcId, p, 'kubectl', ...oneMore('{}')))),
    ...(wanted && others.length > 0
      ? [
          aws(
            from.fix,
            ...['ec2', 'create-tags', '--resources', ...others.map((s) => named('subnet', s.subnetId)), '--tags'],
            ...entries.map(([key, value]) => `Key=${named('text', key)},Value=${named('text', value)}`),
          ),
        ]
      : others.map((s) => kubectl(...oneMore(named('subnet', s.subnetId))))),
  ];
}

function intoScalingGroup(from: NodeRoomInputs, g: AutoScalingGroup, { vpcId, present, plans }: Places): string {
  const ids = [...new Set([...g.subnetIds, ...present.map((s) => s.subnetId)])].map((id) => named('subnet', id));
  const words = ['autoscaling', 'update-auto-scaling-group', '--auto-scaling-group-name', g.name];
  const subnets = ['--vpc-zone-identifier', [...ids, ...(plans.length > 0 ? ['{}'] : [])].join(',')];
  return plans.length > 0
    ? withSubnetIds(from.fix, vpcId, plans, 'aws', ...words, ...subnets, ...regionOf(from))
    : aws(from.fix, ...words, ...subnets);
}

/** The same group with other subnets in place of the full ones; the old one goes where it has no node, else it grows no more. */
function besideManaged(from: NodeRoomInputs, old: Nodegroup, full: readonly Subnet[], places: Places): string[] {
  const { plans, present, vpcId } = places;
  const kept = old.subnetIds.filter((id) => !full.some((s) => s.subnetId === id));
  const nodes = nodesOf(from, old);
  const made = likeNodegroup(from.fix, old, freeName(old.name, from.nodegroups ?? []), {
    subnetIds: [...new Set([...kept, ...present.map((s) => s.subnetId)])],
    made: plans.length > 0 ? { plans, vpcId } : undefined,
    // together they may grow as far as the one did
    sizes:
      nodes === 0 || nodes === undefined
        ? undefined
        : sizes(0, Math.max(old.maxSize - nodes, 1), Math.max(old.desiredSize - nodes, 0)),
  });
  if (nodes === undefined) return made;
  const of = ['--cluster-name', from.fix.cluster!.name, '--nodegroup-name', old.name];
  const end =
    nodes === 0
      ? ['eks', 'delete-nodegroup', ...of]
      : [
          'eks',
          'update-nodegroup-config',
          ...of,
          '--scaling-config',
          sizes(Math.min(old.minSize, nodes), nodes, nodes),
        ];
  return [...made.slice(0, -1), `${made.at(-1)} && ${aws(from.fix, ...end)}`];
}

function sizes(min: number, max: number, desired: number): string {
  return `minSize=${min},maxSize=${max},desiredSize=${desired}`;
}

/** Undefined where nodes were not read. */
function nodesOf(from: NodeRoomInputs, group: Nodegroup): number | undefined {
  return from.everyNode?.filter((n) => {
    const { kind, name } = nodeGroupOf(n);
    return kind === 'managed' && name === group.name;
  }).length;
}

function changesOf(from: NodeRoomInputs, { managed, scaling, classes }: Launchers, full: readonly Subnet[]): string {
  const empty = managed.filter((g) => nodesOf(from, g) === 0);
  const named = (groups: readonly { readonly name: string }[]) => listed(groups.map((g) => g.name));
  const sentences = [
    ...(managed.length > 0
      ? [
          `EKS gives a managed group no other subnets: the same group is made again without ${listed(full.map((s) => s.subnetId))}.`,
        ]
      : []),
    ...(empty.length > 0 ? [`${named(empty)}, without nodes, is deleted once the new one is active.`] : []),
    ...managed.flatMap((g) => {
      const nodes = nodesOf(from, g);
      if (nodes === 0) return [];
      return nodes === undefined
        ? [`${g.name} stays as it is.`]
        : [`${g.name} stays with its ${things(nodes, 'node')} and grows no more.`];
    }),
    ...(scaling.length > 0 ? [`Further nodes of ${named(scaling)} are launched there too.`] : []),
    ...(classes.length > 0 ? [`Nodes of class ${named(classes)} are launched where most addresses are free.`] : []),
  ];
  return sentences.join(' ');
}
