/**
 * Where pods that come find a place: on the nodes there are, as far as the scheduler lets them, then on new ones of the groups
 * that could host them, as far as those go. Who finds none is named.
 */
import { usesSecurityGroupsForPods } from '../../calc/patterns.ts';
import type { Incomplete, LeftPending } from '../contract/plan.ts';
import { isChosen } from '../facts/support/scheduling.ts';
import type { PodNeeds } from '../snapshot/pods.ts';
import { columnsOf, maskOf, type Targets } from './columns.ts';
import type { NodeGrowth, PodGrowth } from './growth.ts';
import { Launching } from './launching.ts';
import type { End } from './ledger.ts';
import type { CapacityNode } from './nodes.ts';
import { choiceOf, countsOf, eligibleNodes, fitting, type Need, needOfPod } from './pod-fit.ts';
import type { ProjectionWorld } from './world.ts';

export interface Placed {
  readonly targets: Targets;
  readonly nodes: readonly NodeGrowth[];
  readonly pending: readonly LeftPending[];
  /** Pods that found a place on nodes that exist. */
  readonly onExisting: number;
  /** What was not read and could host those that are left. */
  readonly incomplete: readonly Incomplete[];
}

/**
 * Spreads pods as the scheduler does by default, the emptiest node first; addresses are not asked, as it does not ask them.
 * Pods that the fewest nodes take come first, the larger before the smaller: the order in which most find a place.
 */
export function placePods(
  world: ProjectionWorld,
  pods: readonly PodGrowth[],
  before: Targets,
  gone: ReadonlySet<string>,
  barred: ReadonlySet<string>,
  end: End,
): Placed {
  if (pods.length === 0) return { targets: before, nodes: [], pending: [], onExisting: 0, incomplete: [] };
  const board = new Board(world, before, gone, barred, end);
  for (const growth of constrainedFirst(world, pods)) board.add(growth);
  return board.result();
}

function constrainedFirst(world: ProjectionWorld, pods: readonly PodGrowth[]): readonly PodGrowth[] {
  if (pods.length === 1) return pods;
  const rank = pods.map((growth) => ({ growth, nodes: eligibleNodes(world, growth.needs).count }));
  const cpu = (g: PodGrowth) => g.needs?.cpuMillis ?? 0;
  return rank.sort((a, b) => a.nodes - b.nodes || cpu(b.growth) - cpu(a.growth)).map((r) => r.growth);
}

interface Put {
  readonly rest: number;
  readonly why: string;
}

class Board {
  readonly #world: ProjectionWorld;
  readonly #before: Targets;
  readonly #gone: ReadonlySet<string>;
  /** 1 in the place of a node that is gone. */
  readonly #missing: Uint8Array;
  readonly #launching: Launching;
  /** Pods of a workload that came, by node, where its own pods keep each other away. */
  readonly #came = new Map<string, Int32Array>();
  /** By the node's place in the list: pods that came, and what they ask for. */
  readonly #addressed: Int32Array;
  readonly #branch: Int32Array;
  readonly #cpu: Float64Array;
  readonly #memory: Float64Array;
  readonly #pending = new Map<string, LeftPending>();
  readonly #incomplete = new Map<string, Incomplete>();
  #onExisting = 0;

  constructor(
    world: ProjectionWorld,
    before: Targets,
    gone: ReadonlySet<string>,
    barred: ReadonlySet<string>,
    end: End,
  ) {
    this.#world = world;
    this.#before = before;
    this.#gone = gone;
    this.#missing = maskOf(world, gone);
    this.#launching = new Launching(world, gone, barred, end);
    const nodes = world.nodes.length;
    [this.#addressed, this.#branch] = [new Int32Array(nodes), new Int32Array(nodes)];
    [this.#cpu, this.#memory] = [new Float64Array(nodes), new Float64Array(nodes)];
  }

  add(asked: PodGrowth): void {
    // Where no pod has a branch ENI they take addresses like all others.
    const branch = asked.branch === true && usesSecurityGroupsForPods(this.#world.pair.pattern);
    const growth: PodGrowth = { ...asked, branch };
    const { count, zones, needs } = growth;
    const { rest, why } =
      needs?.zoneSkew !== undefined && growth.like
        ? this.#spread(growth, needs, needs.zoneSkew)
        : this.#put(growth, count, zones, needs?.apart === 'zone');
    // Branch ENIs that cool down have no pod any more: where they find no place, new ones wait for them.
    if (rest <= 0 || growth.cooling) return;
    for (const gap of this.#launching.gaps) this.#incomplete.set(gap.reason, gap);
    const { owner = 'new pods', namespace = '' } = growth.like ?? {};
    const key = `${namespace} ${owner} ${why}`;
    const known = this.#pending.get(key)?.pods ?? 0;
    this.#pending.set(key, { owner, pods: known + rest, reason: why });
  }

  result(): Placed {
    const { addressed, branch } = this.#before;
    return {
      targets: {
        addressed: addressed.map((pods, at) => pods + this.#addressed[at]!),
        branch: branch.map((pods, at) => pods + this.#branch[at]!),
      },
      nodes: this.#launching.nodes(),
      pending: [...this.#pending.values()],
      onExisting: this.#onExisting,
      incomplete: [...this.#incomplete.values()],
    };
  }

  /** Zones are kept even, as far as they have room; no zone may then be ahead of the emptiest by more than the skew. */
  #spread(growth: PodGrowth, needs: PodNeeds, skew: number): Put {
    const zones = this.#domains(growth, needs);
    if (zones.length === 0) return this.#put(growth, growth.count, growth.zones, false);
    const present = countsOf(this.#world, growth.like!, this.#gone);
    const has = zones.map((zone) => present.byZone.get(zone) ?? 0);
    const shares = level(
      has.map((n) => ({ has: n, free: growth.count })),
      growth.count,
    );
    let [rest, why] = [0, ''];
    const full = new Set<string>();
    for (const [i, zone] of zones.entries()) {
      const put = this.#put(growth, shares[i]!, [zone], needs.apart === 'zone');
      has[i]! += shares[i]! - put.rest;
      if (put.rest === 0) continue;
      rest += put.rest;
      why = put.why;
      full.add(zone);
    }
    for (const [i, zone] of zones.entries()) {
      if (rest === 0 || full.has(zone)) continue;
      const allowed = Math.min(rest, Math.max(Math.min(...has) + skew - has[i]!, 0));
      const put = this.#put(growth, allowed, [zone], needs.apart === 'zone');
      has[i]! += allowed - put.rest;
      rest -= allowed - put.rest;
    }
    if (rest > 0 && full.size < zones.length)
      why = `they must spread over zones by ${skew} at most, and ${[...full].join(', ')} has no room: ${why}`;
    return { rest, why };
  }

  /** Zones over which a hard spread is counted: those of nodes that its selector and its affinity leave. */
  #domains({ zones }: PodGrowth, needs: PodNeeds): readonly string[] {
    const found = new Set<string>();
    for (const [at, { zone, site }] of this.#world.nodes.entries())
      if (zone !== undefined && this.#missing[at] === 0 && site && isChosen(choiceOf(needs), site.labels))
        found.add(zone);
    return [...found].filter((z) => !zones || zones.includes(z)).sort();
  }

  #put(growth: PodGrowth, count: number, zones: readonly string[] | undefined, onePerZone: boolean): Put {
    if (count <= 0) return { rest: 0, why: '' };
    const need = needOfPod(this.#world, growth.needs);
    if (onePerZone) return this.#onePerZone(growth, count, zones);
    const most = this.#mostOnOneNode(growth, need);
    const placed = growth.onNewNodes ? 0 : this.#onNodes(growth, need, count, zones, most);
    if (growth.cooling) return { rest: 0, why: '' };
    this.#onExisting += placed;
    if (placed === count) return { rest: 0, why: '' };
    return this.#launching.launch(growth, need, count - placed, zones, most);
  }

  /**
   * Pods of its workload that one node may have: one where they keep each other off; with a hard spread over nodes, the skew more
   * than the node that can have fewest. Nodes behind a taint and cordoned ones count there (`nodeTaintsPolicy: Ignore`).
   */
  #mostOnOneNode(growth: PodGrowth, need: Need): number {
    const { needs, like } = growth;
    if (needs?.apart === 'node') return 1;
    if (needs?.nodeSkew === undefined) return Number.POSITIVE_INFINITY;
    const { nodes } = this.#world;
    const open = eligibleNodes(this.#world, needs).open;
    const present = like && countsOf(this.#world, like, this.#gone).byNode;
    const came = this.#cameOf(growth);
    let fewest = Number.POSITIVE_INFINITY;
    for (let at = 0; at < nodes.length; at++) {
      const node = nodes[at]!;
      if (this.#missing[at] === 1 || !node.site || !isChosen(choiceOf(needs), node.site.labels)) continue;
      const free = open[at] === 1 ? this.#room(at, node, need, growth.branch === true) : 0;
      fewest = Math.min(fewest, (present?.get(node.name) ?? 0) + came[at]! + free);
    }
    return fewest + needs.nodeSkew;
  }

  #cameOf({ like }: PodGrowth): Int32Array {
    const key = like ? `${like.namespace} ${like.owner}` : '';
    const known = this.#came.get(key) ?? new Int32Array(this.#world.nodes.length);
    this.#came.set(key, known);
    return known;
  }

  #onePerZone(growth: PodGrowth, count: number, zones: readonly string[] | undefined): Put {
    const present = growth.like && countsOf(this.#world, growth.like, this.#gone).byZone;
    const all = [
      ...new Set(this.#world.nodes.flatMap((n, at) => (this.#missing[at] === 1 ? [] : (n.zone ?? [])))),
    ].sort();
    let rest = count;
    for (const zone of all) {
      if (rest === 0 || (zones && !zones.includes(zone)) || (present?.get(zone) ?? 0) > 0) continue;
      rest -= 1 - this.#put(growth, 1, [zone], false).rest;
    }
    return { rest, why: 'no two of them may be in one zone' };
  }

  #onNodes(
    growth: PodGrowth,
    need: Need,
    count: number,
    zones: readonly string[] | undefined,
    mostOnOne: number,
  ): number {
    const { nodes } = this.#world;
    const open = eligibleNodes(this.#world, growth.needs).open;
    // Pods that keep each other away are counted by their workload; the others come to the emptiest node.
    const apart = Number.isFinite(mostOnOne);
    const present = apart && growth.like ? countsOf(this.#world, growth.like, this.#gone).byNode : undefined;
    const came = apart ? this.#cameOf(growth) : undefined;
    const room: { readonly at: number; readonly has: number; readonly free: number }[] = [];
    const wantsBranch = growth.branch === true;
    const [before, more] = wantsBranch
      ? [this.#before.branch, this.#branch]
      : [this.#before.addressed, this.#addressed];
    for (let at = 0; at < nodes.length; at++) {
      const node = nodes[at]!;
      if (open[at] === 0 || this.#missing[at] === 1) continue;
      if (zones && (node.zone === undefined || !zones.includes(node.zone))) continue;
      const free = this.#room(at, node, need, wantsBranch);
      const own = came ? (present?.get(node.name) ?? 0) + came[at]! : 0;
      const most = Math.min(free, mostOnOne - own);
      if (most > 0) room.push({ at, has: came ? own : before[at]! + more[at]!, free: most });
    }
    const taken = level(room, count);
    let placed = 0;
    for (const [i, { at }] of room.entries()) {
      const pods = taken[i]!;
      placed += pods;
      more[at]! += pods;
      if (came) came[at]! += pods;
      this.#cpu[at]! += pods * need.cpuMillis;
      this.#memory[at]! += pods * need.memoryBytes;
    }
    return placed;
  }

  /** Pods a node still takes: kubelet's count, CPU and memory, and the addresses or branch ENIs there can be on it. */
  #room(at: number, node: CapacityNode, need: Need, wantsBranch: boolean): number {
    const own = columnsOf(this.#world).models[at]!;
    const addressed = this.#before.addressed[at]! + this.#addressed[at]!;
    const branch = this.#before.branch[at]! + this.#branch[at]!;
    const byKubelet = own.maxPods - addressed - branch - node.demand.hostNetwork;
    const byEnis = wantsBranch ? own.branchEnis - branch : own.podIps - addressed;
    const spare = node.spare && {
      cpuMillis: node.spare.cpuMillis - this.#cpu[at]!,
      memoryBytes: node.spare.memoryBytes - this.#memory[at]!,
    };
    return Math.max(Math.min(byKubelet, byEnis, spare ? fitting(spare, need) : byKubelet), 0);
  }
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
