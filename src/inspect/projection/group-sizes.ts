/** Groups brought to given sizes: who joins, who goes, who is replaced on the way. */
import type { LaunchGroup } from '../facts/launch-groups.ts';
import { nodeEnis } from '../facts/node-enis.ts';
import { membersOf } from './columns.ts';
import type { Growth, NodeGrowth } from './growth.ts';
import type { CapacityNode } from './nodes.ts';
import { largestRemainders } from './spread.ts';
import type { ProjectionWorld } from './world.ts';

export interface Sizes {
  readonly nodes: readonly NodeGrowth[];
  readonly gone: ReadonlySet<string>;
  /** Nodes that are replaced because their group would launch them otherwise. */
  readonly replaced: number;
}

/** `replaceOld`: nodes that still run by an older pattern or mode count as replaced too. */
export function sizedTo(world: ProjectionWorld, sizes: ReadonlyMap<LaunchGroup, number>, replaceOld: boolean): Sizes {
  const gone = new Set<string>();
  const nodes: NodeGrowth[] = [];
  let replaced = 0;
  for (const [group, size] of sizes) {
    const members = membersOf(world, group);
    const stale = new Set(staleIn(world, group));
    if (replaceOld && world.current) for (const n of members) if (isOld(world, n)) stale.add(n);
    replaced += stale.size;
    for (const n of stale) gone.add(n.name);
    const kept = members.filter((n) => !stale.has(n));
    if (kept.length > size) for (const name of surplus(kept, size)) gone.add(name);
    else if (size > kept.length) nodes.push({ count: size - kept.length, group: group.name });
  }
  return { nodes, gone, replaced };
}

/** The same while groups that a failed replacement left behind still stand: they go when all else is done. */
export function besideLeftovers(world: ProjectionWorld, growth: Growth): Growth[] {
  const last = new Set(world.options.swaps?.flatMap((s) => (s.order === 'last' ? [s.group] : [])));
  const leftover = world.groups.filter((g) => last.has(g.name) && g.nodes.length > 0);
  if (leftover.length === 0) return [];
  const staying = new Set(leftover.flatMap((g) => g.nodes));
  return [
    {
      ...growth,
      title: `${growth.title}, while ${leftover.map((g) => g.name).join(', ')} still ${leftover.length === 1 ? 'stands' : 'stand'}`,
      gone: new Set([...(growth.gone ?? [])].filter((name) => !staying.has(name))),
    },
  ];
}

function staleIn(world: ProjectionWorld, group: LaunchGroup): readonly CapacityNode[] {
  const byGroup = stales.get(world.nodes) ?? new WeakMap<LaunchGroup, readonly CapacityNode[]>();
  stales.set(world.nodes, byGroup);
  const known = byGroup.get(group) ?? membersOf(world, group).filter((n) => isStale(world, group, n));
  byGroup.set(group, known);
  return known;
}

/** The same under every pair. */
const stales = new WeakMap<readonly CapacityNode[], WeakMap<LaunchGroup, readonly CapacityNode[]>>();

/** Its group has another type now, or no longer its subnet. An Auto Scaling group leaves such nodes alone until a refresh. */
function isStale(world: ProjectionWorld, group: LaunchGroup, node: CapacityNode): boolean {
  if (group.kind === 'self-managed') return false;
  const elsewhere =
    group.subnetIds.length > 0 && node.subnetId !== undefined && !group.subnetIds.includes(node.subnetId);
  const other =
    !group.typesOpen && group.instanceTypes.length > 0 && !group.instanceTypes.includes(node.limits.instanceType);
  return elsewhere || other || world.limitsOf(node.limits.instanceType) === undefined;
}

/** Its ENIs show a pattern that is no longer configured. */
function isOld(world: ProjectionWorld, node: CapacityNode): boolean {
  const seen = world.run.valueOf(nodeEnis)?.get(node.name);
  if (!seen) return false;
  const { prefixes } = world.model.of(node);
  const custom = world.model.settings.customNetworking;
  const shows = seen.data.some((e) => e === seen.primary && e.secondaryIps.length + e.prefixes.length > 0);
  const singles = seen.data.some((e) => !seen.excluded.includes(e) && e.secondaryIps.length > 0);
  return (custom && shows) || (prefixes && singles);
}

/** Of each subnet stay as many as may stay there at most, the hungriest first. */
function surplus(kept: readonly CapacityNode[], size: number): readonly string[] {
  const bySubnet = new Map<string, CapacityNode[]>();
  for (const node of kept) {
    const here = bySubnet.get(node.subnetId ?? '') ?? [];
    bySubnet.set(node.subnetId ?? '', here);
    here.push(node);
  }
  const places = [...bySubnet].map(([subnetId, here]) => ({
    subnetId,
    zone: here[0]!.zone ?? '',
    present: here.length,
  }));
  const stay = largestRemainders(places, size);
  return [...bySubnet].flatMap(([subnetId, here]) => here.slice(stay.get(subnetId) ?? 0).map((n) => n.name));
}
