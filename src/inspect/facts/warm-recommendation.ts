import { ADDRESSES_PER_PREFIX, type IpamdSettings } from '../../calc/ipamd/index.ts';
import { type Bounded, compareOn } from '../../calc/pod-timeline/index.ts';
import { type AddressUse, addressUse, NO_USE } from './address-use.ts';
import { defineFact } from './define-fact.ts';
import { demand, NO_DEMAND, type NodeDemand } from './demand.ts';
import { type Networking, networking } from './networking.ts';
import { ipamdLimits, type NodeCapacity, nodeCapacity } from './node-capacity.ts';
import { type NodeEnis, nodeEnis } from './node-enis.ts';
import { groupBy } from './support/group-by.ts';
import { heldByLike } from './support/like-nodes.ts';
import { percentile } from './support/percentile.ts';
import { warmPool } from './warm-waste.ts';

/** Warm settings that fit the pods this cluster runs, and what they would give and cost. */
export interface WarmRecommendation {
  readonly minimumIpTarget: number;
  readonly warmIpTarget: number;
  /** Pods with an address on a node at the 95th percentile, and at the median. */
  readonly p95Pods: number;
  readonly medianPods: number;
  /** Nodes it was computed from. */
  readonly nodes: number;
  /**
   * Addresses that are sure to go back to the subnets, now held for no pod. The address of an ENI that happens to empty goes
   * as well; it is not counted.
   */
  readonly frees: number;
  /** Of those, what is sure to go back in each subnet, in whatever order ipamd walks a node's ENIs; may sum up to less. */
  readonly freesBySubnet: ReadonlyMap<string, number>;
  /**
   * What a rollout costs on a fresh node of the commonest instance type, with the settings in force and with these. Asked for,
   * since it takes longer to simulate than most other facts to derive.
   */
  rollout(): Rollout;
}

export interface Rollout {
  /** Counts of pods; those of a step come all at once. */
  readonly pods: readonly number[];
  readonly now: RolloutCost;
  readonly recommended: RolloutCost;
}

export interface RolloutCost {
  /** EC2 calls that change addresses or ENIs. */
  readonly calls: Bounded;
  /** Pods that find no address when they come. */
  readonly podsThatWait: Bounded;
  /** Until the last of them has one, by ipamd's own pace; EC2's time comes on top. */
  readonly longestWaitSeconds: Bounded;
}

/** Free addresses kept per node: enough that single pods never wait, few enough to matter little. */
const WARM_IPS = 2;

/** Shares of the nodes whose pods MINIMUM_IP_TARGET may cover, the most comfortable first. */
const COVERAGES = [0.95, 0.75, 0.5, 0];
/** Of what the leanest setting would free, this much is enough. */
const ENOUGH = 0.5;

/** Seeded runs behind the cost of a rollout. */
const RUNS = 10;

/**
 * MINIMUM_IP_TARGET at the 95th percentile of pods plus WARM_IP_TARGET, rounded up to whole prefixes in prefix mode, so that
 * nearly every node gets its addresses at start and few calls follow (docs/eni-and-ip-target.md). Where a few crowded nodes
 * would keep most of the surplus that way, a lower percentile. Undefined without nodes, and where nothing would be freed.
 */
export const warmRecommendation = defineFact({
  id: 'warmRecommendation',
  needs: { capacity: nodeCapacity, demand, enis: nodeEnis, networking, pool: warmPool, use: addressUse },
  derive: ({ capacity, demand: pods, enis, networking: net, pool, use }): WarmRecommendation | undefined => {
    const nodes = [...capacity.values()].filter((c) => pool.byNode.has(c.node.name) && c.mode !== 'ipv6');
    const counts = nodes.map((c) => podsOn(c, pods));
    if (counts.length === 0) return undefined;
    const p95Pods = percentile(counts, 0.95);
    const medianPods = percentile(counts, 0.5);
    const settle = (covered: number): Settled => {
      const wanted = settingsFor(net, covered);
      return { wanted, ...freed(nodes, wanted, pods, enis, net, use) };
    };
    const choices = [...new Set(COVERAGES.map((share) => percentile(counts, share)))].map(settle);
    const most = Math.max(...choices.map((c) => c.frees));
    const choice = choices.find((c) => c.frees > 0 && c.frees >= ENOUGH * most);
    if (!choice) return undefined;
    const { wanted, freesBySubnet, frees } = choice;
    let rollout: Rollout | undefined;
    return {
      minimumIpTarget: wanted.minimumIpTarget,
      warmIpTarget: wanted.warmIpTarget,
      p95Pods,
      medianPods,
      nodes: nodes.length,
      frees,
      freesBySubnet,
      rollout: () => {
        rollout ??= rolloutOn(commonest(nodes), net, wanted, [medianPods, p95Pods]);
        return rollout;
      },
    };
  },
});

interface Settled extends Freed {
  readonly wanted: IpamdSettings;
}

interface Freed {
  readonly frees: number;
  readonly freesBySubnet: ReadonlyMap<string, number>;
}

function settingsFor({ settings, mode }: Networking, pods: number): IpamdSettings {
  return { ...settings, ...warmTargets(mode, pods) };
}

/** Targets under which a node with so many pods keeps few addresses more, and seldom calls EC2. */
export function warmTargets(
  mode: Networking['mode'],
  pods: number,
): Pick<WarmRecommendation, 'minimumIpTarget' | 'warmIpTarget'> {
  const minimum = pods + WARM_IPS;
  const minimumIpTarget =
    mode === 'prefix' ? Math.ceil(minimum / ADDRESSES_PER_PREFIX) * ADDRESSES_PER_PREFIX : minimum;
  return { warmIpTarget: WARM_IPS, minimumIpTarget };
}

function freed(
  nodes: readonly NodeCapacity[],
  wanted: IpamdSettings,
  pods: ReadonlyMap<string, NodeDemand>,
  enis: ReadonlyMap<string, NodeEnis>,
  net: Networking,
  use: ReadonlyMap<string, AddressUse>,
): Freed {
  const freesBySubnet = new Map<string, number>();
  let frees = 0;
  for (const c of nodes) {
    const seen = enis.get(c.node.name);
    if (!seen) continue;
    const surplus = seen.held - heldAfter(wanted, c, podsOn(c, pods), seen, net);
    if (surplus > 0) frees += giveBack(freesBySubnet, seen, surplus, use);
  }
  return { frees, freesBySubnet };
}

/**
 * Pod addresses once what no pod uses has gone back: exactly the targets' total with single addresses; prefixes stay as long
 * as one pod is in them (`ipamd.go:tryUnassignCidrsFromAll`).
 */
function heldAfter(wanted: IpamdSettings, c: NodeCapacity, pods: number, seen: NodeEnis, net: Networking): number {
  const { podIPsHeld } = heldByLike(wanted, ipamdLimits(c.limits, net), {
    pods,
    maxPods: maxPodsOf(c),
    unmanagedEnis: c.unmanaged,
    excludedEnis: c.excluded,
    primarySubnetExcluded: c.custom === 1 && !wanted.customNetworking,
  });
  if (c.mode !== 'prefix') return podIPsHeld;
  return Math.max(podIPsHeld, (seen.usedPrefixes ?? seen.prefixes) * ADDRESSES_PER_PREFIX);
}

/** Some pods come, more come, the latter go again. */
function rolloutOn(
  c: NodeCapacity,
  net: Networking,
  wanted: IpamdSettings,
  [median, most]: readonly [number, number],
): Rollout {
  const stops = [0, median, Math.max(most, median), median].map((each) => Math.min(each, c.podIps));
  const pods = stops.filter((each, at) => each !== stops[at - 1]);
  const cost = (each: IpamdSettings): RolloutCost => {
    const walked = compareOn({
      settings: each,
      limits: ipamdLimits(c.limits, net),
      maxPods: maxPodsOf(c),
      pods,
      branchPods: 0,
      occupied: { unmanagedEnis: c.unmanaged },
      seed: 1,
      runs: RUNS,
    });
    return {
      calls: walked.calls,
      podsThatWait: walked.podsThatWaited,
      longestWaitSeconds: walked.longestWaitSeconds,
    };
  };
  return { pods, now: cost(net.settings), recommended: cost(wanted) };
}

function sum(numbers: Iterable<number>): number {
  let total = 0;
  for (const n of numbers) total += n;
  return total;
}

function podsOn(c: NodeCapacity, pods: ReadonlyMap<string, { readonly addressed: number }>): number {
  return Math.min((pods.get(c.node.name) ?? NO_DEMAND).addressed, c.podIps);
}

function maxPodsOf(c: NodeCapacity): number {
  return c.maxPods ?? c.formulaMaxPods;
}

/**
 * ipamd walks the ENIs in random order and gives back what no pod uses (`ipamd.go:tryUnassignCidrsFromAll`): a subnet is sure
 * of what the idle addresses of the others cannot make up. Returns what goes back in all.
 */
function giveBack(
  frees: Map<string, number>,
  seen: NodeEnis,
  surplus: number,
  use: ReadonlyMap<string, AddressUse>,
): number {
  const idle = new Map<string, number>();
  for (const eni of seen.data) {
    const { singles, usedPrefixes } = use.get(eni.eniId) ?? NO_USE;
    const own = eni.secondaryIps.length - singles + (eni.prefixes.length - usedPrefixes) * ADDRESSES_PER_PREFIX;
    idle.set(eni.subnetId, (idle.get(eni.subnetId) ?? 0) + own);
  }
  const all = sum(idle.values());
  const released = Math.min(surplus, all);
  for (const [id, here] of idle) {
    const sure = released - (all - here);
    if (sure > 0) frees.set(id, (frees.get(id) ?? 0) + sure);
  }
  return released;
}

/** A node of the instance type most nodes have. */
function commonest(nodes: readonly NodeCapacity[]): NodeCapacity {
  const byType = groupBy(nodes, (c) => c.instanceType);
  return [...byType.values()].reduce((best, group) => (group.length > best.length ? group : best))[0]!;
}
