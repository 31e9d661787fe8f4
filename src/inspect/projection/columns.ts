/** What every course asks of every node, computed once a world and held by the node's place in the world's list. */
import type { Pair } from '../../calc/patterns.ts';
import type { LaunchGroup } from '../facts/launch-groups.ts';
import { type CapacityNode, split } from './nodes.ts';
import { kindOf, type NodeModel, type PairModel } from './pair.ts';
import type { Sites, SitesOf } from './placement.ts';
import type { ProjectionWorld } from './world.ts';

/** Pods of each node in the settled state. */
export interface Targets {
  readonly addressed: Int32Array;
  readonly branch: Int32Array;
}

export interface Columns {
  readonly models: readonly NodeModel[];
  /** Undefined where a node has no subnet for its pods. */
  readonly sites: readonly (Sites | undefined)[];
  /** Nodes with the same number have the same model and the same sites. */
  readonly kinds: Int32Array;
  /** The pods they have. */
  readonly own: Targets;
}

export function columnsFrom(nodes: readonly CapacityNode[], pair: Pair, model: PairModel, sitesOf: SitesOf): Columns {
  const alike = alikeIn(nodes);
  const modelOf = alike.samples.map((n) => model.of(n));
  const models = Array.from(alike.numbers, (kind) => modelOf[kind]!);
  const sites = nodes.map((n) => sitesOf(n, pair.pattern));
  const own: Targets = { addressed: new Int32Array(nodes.length), branch: new Int32Array(nodes.length) };
  const kinds = new Int32Array(nodes.length);
  const numbers = new Map<NodeModel, Map<Sites | undefined, number>>();
  let count = 0;
  for (const [at, node] of nodes.entries()) {
    const { addressed, branch } = split(node, pair.pattern, model.current, models[at]!.branchEnis);
    own.addressed[at] = addressed;
    own.branch[at] = branch;
    const bySites = numbers.get(models[at]!) ?? new Map<Sites | undefined, number>();
    if (bySites.size === 0) numbers.set(models[at]!, bySites);
    const known = bySites.get(sites[at]);
    kinds[at] = known ?? count;
    if (known === undefined) bySites.set(sites[at], count++);
  }
  return { models, sites, kinds, own };
}

/** Nodes numbered by what makes a model; the same under every pair. */
interface Alike {
  readonly numbers: Int32Array;
  /** One node of each number. */
  readonly samples: readonly CapacityNode[];
}

function alikeIn(nodes: readonly CapacityNode[]): Alike {
  const known = alikes.get(nodes);
  if (known) return known;
  const samples: CapacityNode[] = [];
  const byName = new Map<string, number>();
  const numbers = Int32Array.from(nodes, (node) => {
    const { type, trunked, rest } = kindOf(node);
    const name = `${node.leftoverTrunk ? trunked : type} ${rest}`;
    const number = byName.get(name) ?? samples.push(node) - 1;
    byName.set(name, number);
    return number;
  });
  const alike = { numbers, samples };
  alikes.set(nodes, alike);
  return alike;
}

const alikes = new WeakMap<readonly CapacityNode[], Alike>();

export function columnsOf(world: ProjectionWorld): Columns {
  const known = world.memo.get('columns') as Columns | undefined;
  if (known) return known;
  const columns = columnsFrom(world.nodes, world.pair, world.model, world.sites);
  world.memo.set('columns', columns);
  return columns;
}

/** 1 in the place of every node that is named. */
export function maskOf({ nodes }: ProjectionWorld, names: ReadonlySet<string>): Uint8Array {
  const byNames = masks.get(nodes) ?? new WeakMap<ReadonlySet<string>, Uint8Array>();
  masks.set(nodes, byNames);
  const known = byNames.get(names);
  if (known) return known;
  const mask =
    names.size === 0 ? new Uint8Array(nodes.length) : Uint8Array.from(nodes, (n) => Number(names.has(n.name)));
  byNames.set(names, mask);
  return mask;
}

/** The same under every pair. */
const masks = new WeakMap<readonly CapacityNode[], WeakMap<ReadonlySet<string>, Uint8Array>>();

/** Nodes of a group. */
export function membersOf({ nodes }: Pick<ProjectionWorld, 'nodes'>, group: LaunchGroup): readonly CapacityNode[] {
  const byGroup = members.get(nodes) ?? new WeakMap<LaunchGroup, readonly CapacityNode[]>();
  members.set(nodes, byGroup);
  const known = byGroup.get(group);
  if (known) return known;
  const names = new Set(group.nodes);
  const found = nodes.filter((n) => names.has(n.name));
  byGroup.set(group, found);
  return found;
}

/** The same under every pair. */
const members = new WeakMap<readonly CapacityNode[], WeakMap<LaunchGroup, readonly CapacityNode[]>>();

/** Names of the nodes of a zone: one set a zone, by which what remains without them is remembered. */
export function nodesIn({ nodes }: Pick<ProjectionWorld, 'nodes'>, zone: string): ReadonlySet<string> {
  const byZone = zones.get(nodes) ?? new Map<string, ReadonlySet<string>>();
  zones.set(nodes, byZone);
  const known = byZone.get(zone) ?? new Set(nodes.filter((n) => n.zone === zone).map((n) => n.name));
  byZone.set(zone, known);
  return known;
}

const zones = new WeakMap<readonly CapacityNode[], Map<string, ReadonlySet<string>>>();

/** Nodes of a group, or all, by their subnet. */
export function bySubnetOf(
  world: Pick<ProjectionWorld, 'nodes'>,
  group: LaunchGroup | undefined,
): ReadonlyMap<string, readonly CapacityNode[]> {
  const of = group ? membersOf(world, group) : world.nodes;
  const known = inSubnets.get(of);
  if (known) return known;
  const found = new Map<string, CapacityNode[]>();
  for (const node of of) {
    if (node.subnetId === undefined) continue;
    const here = found.get(node.subnetId) ?? [];
    if (here.length === 0) found.set(node.subnetId, here);
    here.push(node);
  }
  inSubnets.set(of, found);
  return found;
}

const inSubnets = new WeakMap<readonly CapacityNode[], ReadonlyMap<string, readonly CapacityNode[]>>();
