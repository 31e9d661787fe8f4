/** Where pods that come find a place: on the nodes there are, then on new ones, as far as their groups go. */

import type { LeftPending } from '../contract/plan.ts';
import type { LaunchGroup } from '../facts/launch-groups.ts';
import type { NodeGrowth, PodGrowth } from './growth.ts';
import type { CapacityNode } from './nodes.ts';
import type { Target, Targets } from './settle.ts';
import { templatesFor } from './templates.ts';
import { type ProjectionWorld, podsOn } from './world.ts';

export interface Placed {
  readonly targets: Targets;
  readonly nodes: readonly NodeGrowth[];
  readonly pending: readonly LeftPending[];
  /** Pods that found a place on nodes that exist. */
  readonly onExisting: number;
}

/** Spreads pods as the scheduler does by default, the emptiest node first; addresses are not asked, as it does not ask them. */
export function placePods(
  world: ProjectionWorld,
  pods: readonly PodGrowth[],
  before: Targets,
  gone: ReadonlySet<string>,
  barred: ReadonlySet<string>,
): Placed {
  const extra = new Map<CapacityNode, number>();
  const branches = new Map<CapacityNode, number>();
  const nodes: NodeGrowth[] = [];
  const pending: LeftPending[] = [];
  let onExisting = 0;
  const left = new Map(world.groups.map((g) => [g.name, allowance(g, gone)]));
  for (const growth of pods) {
    const may = (zone: string | undefined) => !growth.zones || (zone !== undefined && growth.zones.includes(zone));
    const open = growth.onNewNodes
      ? []
      : world.nodes.filter((n) => !gone.has(n.name) && may(n.zone) && !n.unschedulable);
    const more = growth.branch ? branches : extra;
    const room = open.map((n) => ({
      node: n,
      has: (growth.branch ? before(n).branch : before(n).addressed) + (more.get(n) ?? 0),
      free: roomOn(world, n, before(n), extra.get(n) ?? 0, branches.get(n) ?? 0, growth.branch === true),
    }));
    const taken = level(room, growth.count);
    for (const [i, { node }] of room.entries()) more.set(node, (more.get(node) ?? 0) + taken[i]!);
    const placed = taken.reduce((a, b) => a + b, 0);
    onExisting += placed;
    const rest = launch(world, growth, growth.count - placed, left, barred, nodes);
    if (rest > 0)
      pending.push({
        owner: growth.like?.owner ?? 'new pods',
        pods: rest,
        reason: 'every group that could take them is at its maximum',
      });
  }
  const targets: Targets = (node) => {
    const own = before(node);
    const [more, beside] = [extra.get(node) ?? 0, branches.get(node) ?? 0];
    return more + beside === 0 ? own : { addressed: own.addressed + more, branch: own.branch + beside };
  };
  return { targets, nodes, pending, onExisting };
}

/** Nodes a group may still launch, those that are lost given back to it. */
function allowance(group: LaunchGroup, gone: ReadonlySet<string>): number {
  if (group.max === undefined) return Number.POSITIVE_INFINITY;
  const lost = group.nodes.filter((n) => gone.has(n)).length;
  return Math.max(group.max - Math.max(group.nodes.length, group.desired) + lost, 0);
}

/** Pods a node still takes: kubelet's count, CPU and memory, and the addresses or branch ENIs there can be on it. */
function roomOn(
  world: ProjectionWorld,
  node: CapacityNode,
  has: Target,
  addressed: number,
  branch: number,
  wantsBranch: boolean,
): number {
  const own = world.model.of(node);
  const more = addressed + branch;
  const byKubelet = own.maxPods - has.addressed - has.branch - more - node.demand.hostNetwork;
  const byResources = node.podsByResources === undefined ? byKubelet : node.podsByResources - more;
  const byEnis = wantsBranch ? own.branchEnis - has.branch - branch : own.podIps - has.addressed - addressed;
  return Math.max(Math.min(byKubelet, byEnis, byResources), 0);
}

/** Fills the emptiest up first, to one level. */
export function level(room: readonly { readonly has: number; readonly free: number }[], count: number): number[] {
  const total = room.reduce((n, r) => n + r.free, 0);
  if (total <= count) return room.map((r) => r.free);
  if (count <= 0) return room.map(() => 0);
  const at = (height: number) => room.map((r) => Math.min(r.free, Math.max(height - r.has, 0)));
  let [low, high] = [0, Math.max(...room.map((r) => r.has + r.free))];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (at(middle).reduce((a, b) => a + b, 0) <= count) low = middle;
    else high = middle - 1;
  }
  const taken = at(low);
  let left = count - taken.reduce((a, b) => a + b, 0);
  for (const [i, r] of room.entries()) {
    if (left <= 0) break;
    if (taken[i]! >= r.free || r.has + taken[i]! > low) continue;
    taken[i]!++;
    left--;
  }
  return taken;
}

/** Returns the pods for which no group may launch a node. */
function launch(
  world: ProjectionWorld,
  growth: PodGrowth,
  pods: number,
  left: Map<string, number>,
  barred: ReadonlySet<string>,
  nodes: NodeGrowth[],
): number {
  if (pods <= 0) return 0;
  const groups = [...world.groups].sort((a, b) => b.nodes.length - a.nodes.length || (a.name < b.name ? -1 : 1));
  const zones = growth.zones ?? [...new Set(world.nodes.flatMap((n) => n.zone ?? []))];
  const open = zones.filter((z) => !barred.has(z));
  if (groups.length === 0) {
    const perNode = podsOfNewNode(world, { count: 1, zones: open });
    if (perNode === 0) return pods;
    nodes.push({ count: Math.ceil(pods / perNode), podsPerNode: perNode + world.daemonSetPods, zones: open });
    return 0;
  }
  let rest = pods;
  for (const group of groups) {
    if (rest <= 0) break;
    const wish: NodeGrowth = {
      count: 1,
      group: group.name,
      ...(barred.size > 0 || growth.zones ? { zones: open } : {}),
    };
    const perNode = podsOfNewNode(world, wish);
    if (perNode === 0) continue;
    const count = Math.min(Math.ceil(rest / perNode), left.get(group.name) ?? 0);
    if (count <= 0) continue;
    left.set(group.name, (left.get(group.name) ?? 0) - count);
    nodes.push({ ...wish, count, podsPerNode: perNode + world.daemonSetPods });
    rest -= count * perNode;
  }
  return Math.max(rest, 0);
}

/** Pods that a new node takes over and above those of its DaemonSets. */
function podsOfNewNode(world: ProjectionWorld, wish: NodeGrowth): number {
  const [template] = templatesFor(world, wish);
  const like = template?.like[0];
  return like ? Math.max(podsOn(world, world.model.next(like)).addressed - world.daemonSetPods, 0) : 0;
}
