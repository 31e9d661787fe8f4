/** New nodes for pods that find no place on those there are: which group could host them, and how far it goes. */
import type { Incomplete } from '../contract/plan.ts';
import { section } from '../facts/define-fact.ts';
import type { LaunchGroup } from '../facts/launch-groups.ts';
import { podRequests, type Requests } from '../facts/pod-requests.ts';
import { hosting } from '../facts/support/node-template.ts';
import type { PodNeeds } from '../snapshot/pods.ts';
import { gapsOf } from '../snapshot/section.ts';
import type { NodeGrowth, PodGrowth } from './growth.ts';
import type { End } from './ledger.ts';
import { needOfNew } from './ordering.ts';
import { addressesOf } from './placement.ts';
import { choiceOf, fitting, type Need } from './pod-fit.ts';
import { openTypes, type Template, templatesFor } from './templates.ts';
import { type ProjectionWorld, podsOn } from './world.ts';

/** New nodes that are alike, and what is left on each. */
interface Bin {
  readonly wish: NodeGrowth;
  count: number;
  /** Addressed pods over and above the DaemonSets' and those on branch ENIs that each still takes. */
  slots: number;
  branch: number;
  spare: Requests | undefined;
  /** Addressed pods that were put on each, and those it is reckoned with, DaemonSets aside. */
  used: number;
  pods: number;
  branchPods: number;
}

interface Left {
  readonly rest: number;
  readonly why: string;
}

const AT_MAXIMUM = 'every group that could take them is at its maximum';

export class Launching {
  readonly #world: ProjectionWorld;
  readonly #barred: ReadonlySet<string>;
  readonly #gone: ReadonlySet<string>;
  readonly #end: End;
  readonly #launched = new Map<string, number>();
  readonly #bins: Bin[] = [];
  readonly #gaps = new Map<string, Incomplete>();
  /** Of the pods that are launched for: how many of them one node may have. */
  #mostOnOne = Number.POSITIVE_INFINITY;

  /** `end`: where any of several types may come, the one that takes most for the pods, or least. */
  constructor(world: ProjectionWorld, gone: ReadonlySet<string>, barred: ReadonlySet<string>, end: End) {
    this.#world = world;
    this.#gone = gone;
    this.#end = end;
    this.#barred = barred;
  }

  /** What was not read, or not modelled, and could have hosted pods that were left. */
  get gaps(): readonly Incomplete[] {
    return [...this.#gaps.values()];
  }

  /** The nodes that were launched, each reckoned with the pods of a new node, or with what its size holds. */
  nodes(): readonly NodeGrowth[] {
    const { daemonSetPods, branchPods } = this.#world;
    const found = new Map<string, NodeGrowth & { count: number }>();
    for (const { wish, count, pods, branchPods: branch } of this.#bins) {
      const key = `${wish.group ?? ''} ${wish.instanceType ?? ''} ${wish.zones?.join() ?? '*'} ${pods} ${branch}`;
      const same = found.get(key);
      if (same) same.count += count;
      else
        found.set(key, {
          ...wish,
          count,
          podsPerNode: pods + daemonSetPods,
          ...(branch > branchPods ? { branchPerNode: branch } : {}),
        });
    }
    return [...found.values()];
  }

  /** Returns the pods for which no group may launch a node, and why. */
  launch(
    growth: PodGrowth,
    need: Need,
    pods: number,
    zones: readonly string[] | undefined,
    mostOnOne = Number.POSITIVE_INFINITY,
  ): Left {
    this.#mostOnOne = mostOnOne;
    let rest = this.#intoBins(growth, need, pods, zones);
    if (rest === 0) return { rest, why: '' };
    const groups = [...this.#world.groups].sort(
      (a, b) => b.nodes.length - a.nodes.length || (a.name < b.name ? -1 : 1),
    );
    let [hosts, tooSmall] = [0, 0];
    for (const group of groups) {
      const untyped = this.#wishFor(group, growth.needs, zones);
      if (!untyped) continue;
      hosts++;
      const wish = this.#typed(untyped, growth, need, rest);
      const bin = this.#binOf(wish, need, growth.branch === true);
      const perNode = bin ? this.#holds(bin, growth, need) : 0;
      if (!bin || perNode === 0) {
        tooSmall++;
        continue;
      }
      const launched = this.#launched.get(group.name) ?? 0;
      const count = Math.min(Math.ceil(rest / perNode), allowance(group, this.#gone, wish.instanceType) - launched);
      if (count <= 0) continue;
      this.#launched.set(group.name, launched + count);
      rest -= this.#fill({ ...bin, count }, growth, need, rest);
      if (rest === 0) return { rest, why: '' };
    }
    if (groups.length === 0 && this.#isBlind()) {
      const wish: NodeGrowth = { count: 1, ...this.#zonesOf(undefined, zones) };
      const bin = this.#binOf(wish, need, growth.branch === true);
      const perNode = bin ? this.#holds(bin, growth, need) : 0;
      if (bin && perNode > 0) {
        rest -= this.#fill({ ...bin, count: Math.ceil(rest / perNode) }, growth, need, rest);
        this.#noteGaps();
        return { rest, why: AT_MAXIMUM };
      }
    }
    this.#noteGaps();
    return { rest, why: reasonOf(growth.needs, hosts, tooSmall, groups.length) };
  }

  /** What such a group's nodes would be asked for; undefined where they could not host the pod. */
  #wishFor(
    group: LaunchGroup,
    needs: PodNeeds | undefined,
    zones: readonly string[] | undefined,
  ): NodeGrowth | undefined {
    const own = this.#zonesIn(group);
    if (own.length === 0) {
      const reason = `nothing tells in which subnets or with which type nodes of ${group.name} come up`;
      this.#gaps.set(reason, { reason });
      return undefined;
    }
    const { may, zones: left } = hosting(group.template, choiceOf(needs), group.instanceTypes, own);
    if (may === 'unknown') {
      const reason = `nothing read tells whether nodes of ${group.name} have the labels that some pods ask for`;
      this.#gaps.set(reason, { reason });
    }
    if (may !== 'yes') return undefined;
    const where = this.#zonesOf(left, zones);
    if (where.zones && !own.some((z) => where.zones!.includes(z))) return undefined;
    return { count: 1, group: group.name, ...where };
  }

  /** With the type that takes most for so many pods, or least, where any of several may come. */
  #typed(wish: NodeGrowth, growth: PodGrowth, need: Need, pods: number): NodeGrowth {
    const world = this.#world;
    let [found, extreme] = [wish, Number.NaN];
    for (const instanceType of openTypes(world, wish)) {
      const typed = { ...wish, instanceType };
      const bin = this.#binOf(typed, need, growth.branch === true);
      const perNode = bin ? this.#holds(bin, growth, need) : 0;
      const like = templatesFor(world, typed)[0]?.like[0];
      if (!bin || perNode === 0 || !like) continue;
      const one = needOfNew(world, { ...typed, podsPerNode: bin.pods + world.daemonSetPods }, like, 'worst');
      const takes = Math.ceil(pods / perNode) * addressesOf(one);
      if (Number.isNaN(extreme) || (this.#end === 'worst' ? takes > extreme : takes < extreme))
        [found, extreme] = [typed, takes];
    }
    return found;
  }

  #zonesIn(group: LaunchGroup): readonly string[] {
    const templates = templatesFor(this.#world, { count: 1, group: group.name });
    return [...new Set(templates.map((t) => t.zone))].sort();
  }

  /** Nothing where neither the pods nor a lost zone narrow the zones. */
  #zonesOf(affinity: readonly string[] | undefined, asked: readonly string[] | undefined): Pick<NodeGrowth, 'zones'> {
    if (!affinity && !asked && this.#barred.size === 0) return {};
    const all = asked ?? affinity ?? [...new Set(this.#world.nodes.flatMap((n) => n.zone ?? []))];
    return { zones: all.filter((z) => !this.#barred.has(z) && (affinity?.includes(z) ?? true)) };
  }

  #binOf(wish: NodeGrowth, need: Need, branch: boolean): Bin | undefined {
    const [template] = templatesFor(this.#world, wish);
    const like = template?.like[0];
    if (!like) return undefined;
    const world = this.#world;
    const own = world.model.next(like);
    const usual = podsOn(world, own);
    const slots = Math.max(usual.addressed - world.daemonSetPods, 0);
    // Where no pod has a branch ENI today, a new node takes as many as its pods would be.
    const branches = usual.branch > 0 ? usual.branch : branch ? Math.min(own.branchEnis, usual.addressed) : 0;
    const spare = sizeOf(world, template, like.limits.vcpus, like.limits.memoryMiB);
    const most = spare ? Math.min(slots, fitting(spare, need)) : slots;
    return { wish, count: 1, slots, branch: branches, spare, used: 0, pods: most, branchPods: branches };
  }

  #holds({ slots, branch, spare }: Bin, growth: PodGrowth, need: Need): number {
    const most = Math.min(growth.branch ? branch : slots, spare ? fitting(spare, need) : Number.POSITIVE_INFINITY);
    return Math.min(most, growth.needs?.apart === undefined ? this.#mostOnOne : 1);
  }

  #intoBins(growth: PodGrowth, need: Need, pods: number, zones: readonly string[] | undefined): number {
    let rest = pods;
    for (const bin of [...this.#bins]) {
      if (rest === 0) break;
      const where = bin.wish.zones;
      if (zones && !where?.every((z) => zones.includes(z))) continue;
      const group = this.#world.groups.find((g) => g.name === bin.wish.group);
      if (group && growth.needs) {
        const own = where ?? this.#zonesIn(group);
        const { may, zones: left } = hosting(group.template, choiceOf(growth.needs), group.instanceTypes, own);
        if (may !== 'yes' || left) continue;
      }
      if (this.#holds(bin, growth, need) === 0) continue;
      this.#bins.splice(this.#bins.indexOf(bin), 1);
      rest -= this.#fill(bin, growth, need, rest);
    }
    return rest;
  }

  /** Puts pods into nodes of the bin, one after the other; they part into full ones, one that is begun, and untouched ones. */
  #fill(bin: Bin, growth: PodGrowth, need: Need, pods: number): number {
    const perNode = this.#holds(bin, growth, need);
    const placed = Math.min(pods, perNode * bin.count);
    const full = Math.floor(placed / perNode);
    const begun = placed - full * perNode;
    this.#keep(bin, full, perNode, growth, need);
    this.#keep(bin, begun > 0 ? 1 : 0, begun, growth, need);
    this.#keep(bin, bin.count - full - (begun > 0 ? 1 : 0), 0, growth, need);
    return placed;
  }

  #keep(bin: Bin, count: number, taken: number, growth: PodGrowth, need: Need): void {
    if (count <= 0) return;
    const addressed = growth.branch ? 0 : taken;
    const used = bin.used + addressed;
    this.#bins.push({
      ...bin,
      count,
      slots: bin.slots - addressed,
      branch: bin.branch - (taken - addressed),
      spare: bin.spare && {
        cpuMillis: bin.spare.cpuMillis - taken * need.cpuMillis,
        memoryBytes: bin.spare.memoryBytes - taken * need.memoryBytes,
      },
      used,
      pods: Math.max(bin.pods, used),
    });
  }

  /** Whether something that launches nodes was not read. */
  #isBlind(): boolean {
    return LAUNCHERS.some((name) => gapsOf(this.#world.run.snapshot[name], name).length > 0);
  }

  #noteGaps(): void {
    const { snapshot } = this.#world.run;
    for (const name of LAUNCHERS)
      for (const { reason, permission } of gapsOf(snapshot[name], name))
        this.#gaps.set(name, {
          reason: `${name}: ${reason}: what else could launch nodes for pods that find no place is not known`,
          ...(permission === undefined ? {} : { permission }),
        });
    for (const pool of this.#world.run.valueOf(section('nodePools')) ?? [])
      if (pool.nodeClass.kind === 'NodeClass')
        this.#gaps.set(pool.name, {
          reason: `NodePool ${pool.name} of EKS Auto Mode may take pods: its nodes are not modelled`,
        });
  }
}

const LAUNCHERS = ['nodegroups', 'autoScalingGroups', 'nodePools', 'nodeClasses'] as const;

/** Nodes a group may still launch, those that are lost given back to it. */
function allowance(group: LaunchGroup, gone: ReadonlySet<string>, type: string | undefined): number {
  const max = group.maxByType?.get(type ?? '') ?? group.max;
  if (max === undefined) return Number.POSITIVE_INFINITY;
  const lost = group.nodes.filter((n) => gone.has(n)).length;
  return Math.max(max - Math.max(group.nodes.length, group.desired) + lost, 0);
}

/**
 * CPU and memory of a new node for pods, DaemonSets taken off: as today's of its type have them; else all of the machine's CPU,
 * of which the kubelet keeps little. Undefined where nothing tells.
 */
function sizeOf(
  world: ProjectionWorld,
  { like }: Template,
  vcpus: number | undefined,
  memoryMiB: number | undefined,
): Requests | undefined {
  const requests = world.run.valueOf(podRequests);
  if (!requests) return undefined;
  const type = like[0]!.limits.instanceType;
  const kin = world.nodes.find((n) => n.size !== undefined && n.limits.instanceType === type)?.size;
  const size = kin ?? (vcpus === undefined ? undefined : { cpuMillis: vcpus * 1000, memoryBytes: bytes(memoryMiB) });
  return (
    size && {
      cpuMillis: size.cpuMillis - requests.daemonSets.cpuMillis,
      memoryBytes: size.memoryBytes - requests.daemonSets.memoryBytes,
    }
  );
}

function bytes(mebibytes: number | undefined): number {
  return mebibytes === undefined ? Number.POSITIVE_INFINITY : mebibytes * 2 ** 20;
}

function reasonOf(needs: PodNeeds | undefined, hosts: number, tooSmall: number, groups: number): string {
  if (groups === 0) return 'no group that launches nodes is known';
  if (hosts > tooSmall) return AT_MAXIMUM;
  if (hosts > 0) return 'no node that a group launches is large enough for one';
  const asked = [
    ...Object.entries(needs?.nodeSelector ?? {}).map(([key, value]) => `${key}=${value}`),
    ...(needs?.affinity ?? []).flat().map((r) => `${r.key} ${r.operator} ${r.values.join(',')}`.trim()),
  ];
  return asked.length > 0
    ? `no node with room and no group has what they ask for (${[...new Set(asked)].join('; ')}), or a taint keeps them off`
    : 'no node with room and no group that launches into their zones, or a taint keeps them off';
}
