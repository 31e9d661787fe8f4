/** What a node that joins is like: its type, its subnet, what kubelet lets it run. */

import { KUBELET_DEFAULT } from '../../calc/maxpods/index.ts';
import { section } from '../facts/define-fact.ts';
import type { LaunchGroup } from '../facts/launch-groups.ts';
import { isExcluded } from '../facts/node-enis.ts';
import { bySubnetOf, membersOf } from './columns.ts';
import type { NodeGrowth } from './growth.ts';
import type { End } from './ledger.ts';
import type { CapacityNode } from './nodes.ts';
import { addressesOf, NEW_NODE, needAt, type Sites } from './placement.ts';
import { type ProjectionWorld, podsOn } from './world.ts';

/** Nodes of one kind in one subnet. */
export interface Template {
  readonly subnetId: string;
  readonly zone: string;
  /** Each like one of these, one after the other. */
  readonly like: readonly CapacityNode[];
  readonly sites: Sites;
  /** Within a zone the subnet with most free addresses comes first (Karpenter), else the subnets are kept even. */
  readonly roomiestFirst: boolean;
  /** Nodes of its group that are in the subnet now. */
  readonly present: number;
}

const NOBODY: ReadonlySet<string> = new Set();

/**
 * One template a subnet in which the nodes may come up; empty where nothing tells of any. Remembered unless nodes are gone.
 * Where any of several types may come, `worst` reckons with the one that takes most, `best` with the one that takes least.
 */
export function templatesFor(
  world: ProjectionWorld,
  growth: NodeGrowth,
  gone: ReadonlySet<string> = NOBODY,
  end: End = 'worst',
): readonly Template[] {
  const type = growth.instanceType ?? typeAt(world, growth, end);
  const fixed = type === undefined ? growth : { ...growth, instanceType: type };
  if (gone.size > 0) return made(world, fixed, gone);
  const key = `templates ${growth.group ?? ''} ${type ?? ''} ${growth.zones?.join() ?? '*'} ${growth.apart === true}`;
  const known = world.memo.get(key) as readonly Template[] | undefined;
  if (known) return known;
  const templates = made(world, fixed, gone);
  world.memo.set(key, templates);
  return templates;
}

/** Types the nodes may be of, one of which nobody has chosen yet; empty where the type is fixed, or that of today's nodes. */
export function openTypes(world: ProjectionWorld, { group, instanceType }: NodeGrowth): readonly string[] {
  if (instanceType !== undefined || group === undefined) return [];
  const own = world.groups.find((g) => g.name === group);
  return own && !own.typesOpen && own.instanceTypes.length > 1 ? own.instanceTypes : [];
}

/** The type that takes most, or least, with the pods of the growth and in the number its limits leave. */
export function typeAt(world: ProjectionWorld, growth: NodeGrowth, end: End): string | undefined {
  const types = openTypes(world, growth);
  if (types.length === 0) return undefined;
  const { group, podsPerNode, branchPerNode, byType } = growth;
  const counts = byType ? [...byType].join() : '';
  const key = `type ${group} ${podsPerNode} ${branchPerNode} ${counts} ${end}`;
  if (!world.memo.has(key)) world.memo.set(key, extreme(world, growth, types, end));
  return world.memo.get(key) as string | undefined;
}

function extreme(world: ProjectionWorld, growth: NodeGrowth, types: readonly string[], end: End): string | undefined {
  let [found, most]: [string | undefined, number] = [undefined, 0];
  for (const type of types) {
    const takes = takenBy(world, growth, type);
    if (takes === undefined) continue;
    if (found === undefined || (end === 'worst' ? takes > most : takes < most)) [found, most] = [type, takes];
  }
  return found;
}

/** Addresses of one node of the type, or of as many as the limits leave. */
function takenBy(world: ProjectionWorld, growth: NodeGrowth, type: string): number | undefined {
  const [template] = templatesFor(world, { count: 1, group: growth.group, instanceType: type });
  const like = template?.like[0];
  if (!like) return undefined;
  const own = world.model.next(like);
  const pods = podsOn(world, own, growth.podsPerNode, growth.branchPerNode);
  return (growth.byType?.get(type) ?? 1) * addressesOf(needAt(own, pods, world.pair.pattern, 'worst'));
}

function made(world: ProjectionWorld, growth: NodeGrowth, gone: ReadonlySet<string>): readonly Template[] {
  const group = growth.group === undefined ? undefined : world.groups.find((g) => g.name === growth.group);
  const members = group ? membersOf(world, group) : world.nodes;
  const bySubnet = bySubnetOf(world, group);
  const subnetIds = subnetsOf(world, group, [...bySubnet.keys()]);
  const zones = growth.zones && new Set(growth.zones);
  const subnets = new Map(world.run.valueOf(section('subnets'))?.map((s) => [s.subnetId, s]));
  return subnetIds.flatMap((subnetId): Template[] => {
    const subnet = subnets.get(subnetId);
    if (!subnet || (zones && !zones.has(subnet.availabilityZone))) return [];
    const here = bySubnet.get(subnetId) ?? [];
    const like = kindsIn(world, growth, group, subnetId, here.length > 0 ? here : members);
    const sites = like[0] && world.sites(like[0], world.pair.pattern);
    return sites
      ? [
          {
            subnetId,
            zone: subnet.availabilityZone,
            like,
            sites,
            roomiestFirst: group?.kind === 'karpenter',
            present: growth.apart ? 0 : gone.size === 0 ? here.length : here.filter((n) => !gone.has(n.name)).length,
          },
        ]
      : [];
  });
}

function subnetsOf(world: ProjectionWorld, group: LaunchGroup | undefined, used: readonly string[]): readonly string[] {
  if (group && group.subnetIds.length > 0) return [...group.subnetIds].sort();
  if (used.length > 0) return [...used].sort();
  return [...new Set(world.groups.flatMap((g) => g.subnetIds))].sort();
}

function kindsIn(
  world: ProjectionWorld,
  { instanceType }: NodeGrowth,
  group: LaunchGroup | undefined,
  subnetId: string,
  peers: readonly CapacityNode[],
): readonly CapacityNode[] {
  const types =
    instanceType !== undefined
      ? [instanceType]
      : group && !group.typesOpen && group.instanceTypes.length > 0
        ? group.instanceTypes
        : peers.length > 0
          ? []
          : (group?.instanceTypes ?? world.groups.flatMap((g) => g.instanceTypes));
  // Of a mix each kind comes as often as it is there, in turn.
  if (types.length === 0) {
    const { numbers, samples } = mixOf(peers);
    const made = samples.map((p) => newNode(world, group, p.limits.instanceType, subnetId, p));
    const kinds = made.filter((n) => n !== undefined);
    if (kinds.every((n) => n === kinds[0])) return kinds.slice(0, 1);
    return numbers.flatMap((kind) => made[kind] ?? []);
  }
  const kinds = types.flatMap((type) => {
    const kin = peers.find((p) => p.limits.instanceType === type);
    return newNode(world, group, type, subnetId, kin) ?? [];
  });
  // Any of the types may come: the one that takes most is reckoned with.
  const [hungriest] = [...kinds].sort((a, b) => size(world, b) - size(world, a));
  return hungriest ? [hungriest] : [];
}

function size(world: ProjectionWorld, node: CapacityNode): number {
  const own = world.model.next(node);
  return own.held(Math.min(own.maxPods, own.podIps), 0).subnetIPs;
}

interface Mix {
  /** Number of the kind of each peer. */
  readonly numbers: readonly number[];
  readonly samples: readonly CapacityNode[];
}

/** Which of the peers are alike to a new node. */
function mixOf(peers: readonly CapacityNode[]): Mix {
  const known = mixes.get(peers);
  if (known) return known;
  const byName = new Map<string, number>();
  const samples: CapacityNode[] = [];
  const numbers = peers.map((p) => {
    const name = `${p.limits.instanceType} ${kindOf(p)}`;
    const number = byName.get(name) ?? samples.push(p) - 1;
    byName.set(name, number);
    return number;
  });
  const mix = { numbers, samples };
  mixes.set(peers, mix);
  return mix;
}

const mixes = new WeakMap<readonly CapacityNode[], Mix>();

/** What a new node takes from one like it. */
function kindOf(kin: CapacityNode): string {
  return `${kin.maxPods ?? ''} ${kin.unmanagedEnis} ${kin.otherCards.managed}`;
}

/** podsPerCore bounds maxPods (kubelet configuration). */
function declaredMaxPods(group: LaunchGroup | undefined, vcpus: number | undefined): number | undefined {
  const { maxPods, podsPerCore = 0 } = group ?? {};
  const byCore = podsPerCore > 0 && vcpus !== undefined ? podsPerCore * vcpus : undefined;
  return byCore === undefined ? maxPods : Math.min(byCore, maxPods ?? KUBELET_DEFAULT);
}

/** Remembered, so that the model knows it again. */
function newNode(
  world: ProjectionWorld,
  group: LaunchGroup | undefined,
  type: string,
  subnetId: string,
  kin: CapacityNode | undefined,
): CapacityNode | undefined {
  const key = `node ${group?.name ?? ''} ${type} ${subnetId} ${kin ? kindOf(kin) : ''}`;
  const known = world.memo.get(key) as CapacityNode | undefined;
  if (known) return known;
  const limits = world.limitsOf(type);
  const subnet = world.run.valueOf(section('subnets'))?.find((s) => s.subnetId === subnetId);
  if (!limits || !subnet) return undefined;
  const formula = limits.maxEnis * (limits.ipv4PerEni - 1) + 2;
  const node: CapacityNode = {
    name: NEW_NODE,
    zone: subnet.availabilityZone,
    subnetId,
    limits,
    unmanagedEnis: kin?.unmanagedEnis ?? 0,
    primaryExcluded: isExcluded(subnet, world.inForce),
    leftoverTrunk: false,
    unschedulable: false,
    otherCards: kin?.otherCards ?? {
      managed: world.inForce.settings.multiNic ? Math.max(limits.networkCards - 1, 0) : 0,
      addresses: 0,
      prefixes: 0,
    },
    // A managed group's number is EKS's, which the model knows; the others set the formula unless told otherwise.
    maxPods:
      declaredMaxPods(group, limits.vcpus) ??
      kin?.maxPods ??
      (group === undefined || group.kind === 'managed' ? undefined : formula),
    demand: { networked: 0, branch: 0, selected: 0, hostNetwork: 0, daemonSet: 0 },
  };
  world.memo.set(key, node);
  return node;
}
