/**
 * The world a projection starts from.
 *
 * A change that is laid over (Terraform, manifests, eksctl, Helm) is not a second kind of input: its reader makes a changed
 * `ClusterSnapshot` of the one that was taken, in which the subnets, node groups, Auto Scaling groups, NodePools, ENIConfigs,
 * the environment of aws-node and the pods of new or scaled workloads are as the change leaves them, and the world is built
 * from that. So every fact and every check works on it as it does on any snapshot, and there is no second arithmetic. Machines
 * are left as they are: a node that its changed group would no longer launch (another type, a subnet it no longer has) is taken
 * as replaced by the scenarios that look past the roll-out. What a snapshot cannot hold, such as a value that is not known
 * before the apply, goes along as `unknowns`: it makes every scenario that depends on it incomplete.
 */
import type { Pair } from '../../calc/patterns.ts';
import type { Incomplete } from '../contract/plan.ts';
import { verb } from '../contract/words.ts';
import type { Run } from '../facts/define-fact.ts';
import { instanceLimits, type LimitsOf } from '../facts/instance-limits.ts';
import { type LaunchGroup, launchGroups } from '../facts/launch-groups.ts';
import { type Networking, networking } from '../facts/networking.ts';
import { nodesServedByCni, type Platform } from '../facts/platforms.ts';
import { percentile } from '../facts/support/percentile.ts';
import { gapsOf } from '../snapshot/section.ts';
import type { RollingPods, Swap } from './changes/reading.ts';
import { columnsFrom } from './columns.ts';
import type { PodGrowth } from './growth.ts';
import { type Ledger, ledgerNow } from './ledger.ts';
import { type CapacityNode, capacityNodes } from './nodes.ts';
import { type NodeModel, type PairModel, pairModel } from './pair.ts';
import { type PodSubnet, type SitesOf, sitesOf } from './placement.ts';

/** Addressed pods of a node where a scenario has to assume it: the 95th percentile of today, as many as fit, or a number. */
export type Density = 'p95' | 'full' | number;

export interface WorldOptions {
  /** The pair to project; undefined: the one in force. */
  readonly pair?: Pair;
  readonly density?: Density;
  /** Pod subnets that are assumed where no ENIConfig has one. */
  readonly podSubnets?: readonly PodSubnet[];
  /** What a change leaves open. */
  readonly unknowns?: readonly Incomplete[];
  /** Settings in force in place of the snapshot's: `set` and `version` lay theirs over. */
  readonly inForce?: Networking;
  /** A value not known before the apply could turn any result out either way. */
  readonly undecided?: boolean;
  /** Pods of a change for which today's nodes have no place, and groups that it replaces. */
  readonly arriving?: readonly PodGrowth[];
  readonly swaps?: readonly Swap[];
  /** Pods that a change rolls. */
  readonly rolling?: readonly RollingPods[];
  /** Today's nodes give back what the settings no longer ask for. */
  readonly trims?: boolean;
  /** Addresses by subnet that others held at most beyond what they hold now. */
  readonly tenants?: ReadonlyMap<string, number>;
  /** Old nodes stay beside the new ones that replace them, as at the peak of a move. */
  readonly beside?: boolean;
}

export interface ProjectionWorld {
  /** Facts over the snapshot with the change in it. */
  readonly run: Run;
  readonly options: WorldOptions;
  /** The pair that is projected, and whether it is the one in force. */
  readonly pair: Pair;
  readonly current: boolean;
  readonly unknowns: readonly Incomplete[];
  readonly inForce: Networking;
  readonly model: PairModel;
  /** Nodes that aws-node serves. */
  readonly nodes: readonly CapacityNode[];
  readonly groups: readonly LaunchGroup[];
  readonly limitsOf: LimitsOf;
  readonly sites: SitesOf;
  /** The subnets as they are, assumed ones among them. */
  readonly ledger: Ledger;
  /** How today's nodes come to the pair: they grow where they are, are replaced, or stand beside their replacement. */
  readonly generation: 'grow' | 'replaced' | 'beside';
  readonly density: { readonly pods: number; readonly source: 'p95' | 'full' | 'asked' };
  readonly branchPods: number;
  /** Pods of DaemonSets on a node that take an address: the least a new one carries. */
  readonly daemonSetPods: number;
  /** Results that several scenarios share. */
  readonly memo: Map<string, unknown>;
}

/** The world, or what is missing for one. */
export function worldOf(run: Run, options: WorldOptions = {}): ProjectionWorld | readonly Incomplete[] {
  const settings = run.get(networking);
  const inForce = options.inForce ?? (settings.known ? settings.value : undefined);
  const ledger = ledgerNow(run, options.podSubnets ?? []);
  const found = capacityNodes(run);
  if (!inForce || !ledger || !found || isAnotherCnis(run)) return missing(run);
  const pair = options.pair ?? { pattern: inForce.pattern, mode: inForce.mode };
  const model = pairModel(pair, inForce);
  const sites = sitesOf(run, inForce, options.podSubnets ?? []);
  const columns = columnsFrom(found.nodes, pair, model, sites);
  const { addressed, branch } = columns.own;
  const asked = options.density ?? 'p95';
  const unknowns = [...(options.unknowns ?? [])];
  if (!found.complete) unknowns.push({ reason: 'the limits of the instance type of some nodes are unknown' });
  if (!found.demandKnown) unknowns.push(...reasonsOf(run, 'pods'));
  if (run.snapshot.networkInterfaces.status !== 'ok') unknowns.push(...reasonsOf(run, 'networkInterfaces'));
  const empty = addressed.every((pods) => pods === 0);
  return {
    run,
    options,
    pair,
    current: model.current,
    unknowns,
    inForce,
    model,
    nodes: found.nodes,
    groups: run.valueOf(launchGroups) ?? [],
    limitsOf: run.valueOf(instanceLimits) ?? (() => undefined),
    sites,
    ledger,
    generation: options.beside ? 'beside' : model.current ? 'grow' : 'replaced',
    density:
      typeof asked === 'number'
        ? { pods: asked, source: 'asked' }
        : asked === 'full' || empty
          ? { pods: Number.POSITIVE_INFINITY, source: 'full' }
          : {
              pods: percentile(addressed, 0.95),
              source: 'p95',
            },
    branchPods: percentile(branch, 0.95),
    daemonSetPods: percentile(
      found.nodes.map((n) => n.demand.daemonSet),
      0.95,
    ),
    memo: new Map([['columns', columns]]),
  };
}

export function isWorld(world: ProjectionWorld | readonly Incomplete[]): world is ProjectionWorld {
  return 'memo' in world;
}

/** Pods of one new node: two host-network pods fit beside them on a full one. */
export function podsOn(
  world: ProjectionWorld,
  own: NodeModel,
  podsPerNode: number = world.density.pods,
  branchPods: number = world.branchPods,
): { readonly addressed: number; readonly branch: number } {
  const branch = Math.min(branchPods, own.branchEnis, own.maxPods);
  const most = Number.isFinite(podsPerNode) ? own.maxPods : own.maxPods - HOST_PODS;
  const wanted = Math.max(podsPerNode, world.daemonSetPods);
  return { branch, addressed: Math.max(Math.min(wanted, own.podIps, most - branch), 0) };
}

const HOST_PODS = 2;

function missing(run: Run): readonly Incomplete[] {
  const sections = ['cni', 'subnets', 'nodes'] as const;
  const found = sections.flatMap((name) => reasonsOf(run, name));
  if (found.length > 0) return found;
  const foreign = servedByOthers(run);
  return foreign.length > 0 ? foreign : [{ reason: 'the settings of aws-node, the subnets or the nodes are unknown' }];
}

/** Nodes that come would be another CNI's too, and what is computed here are the rules of aws-node. */
function isAnotherCnis(run: Run): boolean {
  const nodes = run.valueOf(nodesServedByCni);
  return nodes?.served.length === 0 && nodes.others.some((o) => o.platform === 'other-cni');
}

function servedByOthers(run: Run): readonly Incomplete[] {
  const nodes = run.valueOf(nodesServedByCni);
  if (!nodes || nodes.served.length > 0 || nodes.others.length === 0) return [];
  const whose = [...new Set(nodes.others.map((o) => OTHERS[o.platform]))].sort();
  return [
    {
      reason: `aws-node serves no node here: ${whose.join(' and ')} ${verb(whose.length, 'gives', 'give')} pods their addresses, by rules of ${whose.length === 1 ? 'its' : 'their'} own`,
    },
  ];
}

const OTHERS: Readonly<Record<Platform, string>> = {
  'vpc-cni': 'aws-node',
  'auto-mode': 'EKS Auto Mode',
  fargate: 'Fargate',
  hybrid: 'the CNI of hybrid nodes',
  windows: 'the Windows resource controller',
  'other-cni': 'another CNI',
};

export function reasonsOf(run: Run, name: 'cni' | 'subnets' | 'nodes' | 'pods' | 'networkInterfaces'): Incomplete[] {
  return gapsOf(run.snapshot[name], name).map(({ reason, permission }) => ({
    reason: `${name}: ${reason}`,
    ...(permission === undefined ? {} : { permission }),
  }));
}
