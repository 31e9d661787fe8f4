import {
  ADDRESSES_PER_PREFIX,
  type IpamdSettings,
  ipsHeldByNode,
  nodeLimits,
  type Prediction,
} from '../../calc/ipamd/index.ts';
import { defineFact } from './define-fact.ts';
import { demand, NO_DEMAND, type NodeDemand } from './demand.ts';
import { groupBy } from './group-by.ts';
import { type Networking, networking } from './networking.ts';
import { type NodeCapacity, nodeCapacity } from './node-capacity.ts';
import { type NodeEnis, nodeEnis } from './node-enis.ts';
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
  /** Subnet addresses given back once settled, by the ipamd model against what EC2 shows; at least 0. */
  readonly frees: number;
  readonly freesBySubnet: ReadonlyMap<string, number>;
  /** EC2 calls of one new node until it runs the 95th percentile of pods, now and with these settings, on the commonest instance type. */
  readonly callsPerNode: { readonly now: number; readonly settled: number };
  /** Pods that can start at once on a node with the median of pods before one waits for EC2. */
  readonly burstPods: { readonly now: number; readonly settled: number };
}

/** Free addresses kept per node: enough that single pods never wait, few enough to matter little. */
const WARM_IPS = 2;

/** Shares of the nodes whose pods MINIMUM_IP_TARGET may cover, the most comfortable first. */
const COVERAGES = [0.95, 0.75, 0.5, 0];
/** Of what the leanest setting would free, this much is enough. */
const ENOUGH = 0.5;

/**
 * MINIMUM_IP_TARGET at the 95th percentile of pods plus WARM_IP_TARGET, rounded up to whole prefixes in prefix mode, so that
 * nearly every node gets its addresses at start and few calls follow (docs/eni-and-ip-target.md). Where a few crowded nodes
 * would keep most of the surplus that way, a lower percentile. Undefined without nodes, and where nothing would be freed.
 */
export const warmRecommendation = defineFact({
  id: 'warmRecommendation',
  needs: { capacity: nodeCapacity, demand, enis: nodeEnis, networking, pool: warmPool },
  derive: ({ capacity, demand: pods, enis, networking: net, pool }): WarmRecommendation | undefined => {
    const nodes = [...capacity.values()].filter((c) => pool.byNode.has(c.node.name) && c.mode !== 'ipv6');
    const counts = nodes.map((c) => podsOn(c, pods)).sort((a, b) => a - b);
    if (counts.length === 0) return undefined;
    const p95Pods = percentile(counts, 0.95);
    const medianPods = percentile(counts, 0.5);
    const settle = (share: number): Settled => {
      const wanted = settingsFor(net, percentile(counts, share));
      return { wanted, freesBySubnet: freed(nodes, wanted, pods, enis) };
    };
    const choices = COVERAGES.map(settle).map((c) => ({ ...c, frees: sum(c.freesBySubnet.values()) }));
    const most = Math.max(...choices.map((c) => c.frees));
    const choice = choices.find((c) => c.frees > 0 && c.frees >= ENOUGH * most);
    if (!choice) return undefined;
    const { wanted, freesBySubnet, frees } = choice;
    const typical = commonest(nodes);
    return {
      minimumIpTarget: wanted.minimumIpTarget,
      warmIpTarget: wanted.warmIpTarget,
      p95Pods,
      medianPods,
      nodes: nodes.length,
      frees,
      freesBySubnet,
      callsPerNode: {
        now: calls(predict(net.settings, typical, p95Pods)),
        settled: calls(predict(wanted, typical, p95Pods)),
      },
      burstPods: {
        now: predict(net.settings, typical, medianPods).podIPsFree,
        settled: predict(wanted, typical, medianPods).podIPsFree,
      },
    };
  },
});

interface Settled {
  readonly wanted: IpamdSettings;
  readonly freesBySubnet: ReadonlyMap<string, number>;
}

function settingsFor({ settings, mode }: Networking, pods: number): IpamdSettings {
  const minimum = pods + WARM_IPS;
  const minimumIpTarget =
    mode === 'prefix' ? Math.ceil(minimum / ADDRESSES_PER_PREFIX) * ADDRESSES_PER_PREFIX : minimum;
  return { ...settings, warmIpTarget: WARM_IPS, minimumIpTarget };
}

function freed(
  nodes: readonly NodeCapacity[],
  wanted: IpamdSettings,
  pods: ReadonlyMap<string, NodeDemand>,
  enis: ReadonlyMap<string, NodeEnis>,
): Map<string, number> {
  const bySubnet = new Map<string, number>();
  for (const c of nodes) {
    const seen = enis.get(c.node.name);
    if (!seen) continue;
    const surplus = addressesOf(seen) - settledAddresses(predict(wanted, c, podsOn(c, pods)), c);
    if (surplus > 0) giveBack(bySubnet, seen, surplus);
  }
  return bySubnet;
}

function sum(numbers: Iterable<number>): number {
  let total = 0;
  for (const n of numbers) total += n;
  return total;
}

function podsOn(c: NodeCapacity, pods: ReadonlyMap<string, { readonly addressed: number }>): number {
  return Math.min((pods.get(c.node.name) ?? NO_DEMAND).addressed, c.podIps);
}

function predict(settings: IpamdSettings, c: NodeCapacity, pods: number): Prediction {
  return ipsHeldByNode(settings, nodeLimits(c.limits), {
    pods,
    maxPods: c.maxPods ?? c.formulaMaxPods,
    unmanagedEnis: c.unmanaged,
    primarySubnetExcluded: c.custom === 1 && !settings.customNetworking,
  });
}

/** Addresses of the ENIs ipamd manages: their own and those they hold for pods. */
function addressesOf(seen: NodeEnis): number {
  return seen.data.reduce((n, e) => n + 1 + e.secondaryIps.length + e.prefixes.length * ADDRESSES_PER_PREFIX, 0);
}

/** The same of the model: its data ENIs, and the primary where that holds no pods. */
function settledAddresses(p: Prediction, c: NodeCapacity): number {
  return p.dataENIs + c.custom + p.podIPsHeld;
}

/** Takes the surplus from the ENIs that were added last, since those are released first. */
function giveBack(frees: Map<string, number>, seen: NodeEnis, surplus: number): void {
  const byDevice = [...seen.data].sort((a, b) => (b.attachment?.deviceIndex ?? 0) - (a.attachment?.deviceIndex ?? 0));
  let left = surplus;
  for (const eni of byDevice) {
    const own = eni === seen.primary ? 0 : 1;
    const take = Math.min(left, own + eni.secondaryIps.length + eni.prefixes.length * ADDRESSES_PER_PREFIX);
    if (take > 0) frees.set(eni.subnetId, (frees.get(eni.subnetId) ?? 0) + take);
    left -= take;
  }
}

function calls({ ec2Calls }: Prediction): number {
  return ec2Calls.allocENI + ec2Calls.allocIPs;
}

/** A node of the instance type most nodes have. */
function commonest(nodes: readonly NodeCapacity[]): NodeCapacity {
  const byType = groupBy(nodes, (c) => c.instanceType);
  return [...byType.values()].reduce((best, group) => (group.length > best.length ? group : best))[0]!;
}

/** Nearest rank; the list is ascending and not empty. */
function percentile(sorted: readonly number[], share: number): number {
  return sorted[Math.max(Math.ceil(share * sorted.length) - 1, 0)]!;
}
