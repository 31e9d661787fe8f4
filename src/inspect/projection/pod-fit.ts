/** What pods ask of nodes, which nodes let them in, and where their kind runs now. */

import { section } from '../facts/define-fact.ts';
import { isLive } from '../facts/demand.ts';
import { podRequests, type Requests } from '../facts/pod-requests.ts';
import { ZONE_KEYS } from '../facts/support/node-template.ts';
import { mayRunOn, type NodeChoice } from '../facts/support/scheduling.ts';
import { type PodNeeds, podsOf } from '../snapshot/pods.ts';
import type { PodGrowth } from './growth.ts';
import type { CapacityNode } from './nodes.ts';
import type { ProjectionWorld } from './world.ts';

/** Size of one pod; 0 where it asks for nothing, or nothing is known. */
export type Need = Requests;

const NOTHING: Need = { cpuMillis: 0, memoryBytes: 0 };
/** A pod that goes wherever every pod may go. */
const ANYWHERE: NodeChoice = { nodeSelector: {} };

/** Files of versions that kept of an affinity its zones only are read by those. */
export function choiceOf(needs: PodNeeds | undefined): NodeChoice {
  if (!needs) return ANYWHERE;
  if (!needs.zones || needs.affinity) return needs;
  return { ...needs, affinity: [[{ key: ZONE_KEYS[0]!, operator: 'In', values: needs.zones }]] };
}

/** A pod of which nothing is told has the size of a typical one. */
export function needOfPod(world: ProjectionWorld, needs: PodNeeds | undefined): Need {
  return needs ?? world.run.valueOf(podRequests)?.typical ?? NOTHING;
}

/** Pods of a size that so much CPU and memory hold; endless where the pod asks for nothing. */
export function fitting(spare: Requests, need: Need): number {
  const of = (left: number, one: number) => (one > 0 ? Math.floor(Math.max(left, 0) / one) : Number.POSITIVE_INFINITY);
  return Math.min(of(spare.cpuMillis, need.cpuMillis), of(spare.memoryBytes, need.memoryBytes));
}

interface Eligible {
  /** 1 where the node in that place lets the pod in. */
  readonly open: Uint8Array;
  readonly count: number;
}

/** By selector, required affinity, taints and cordons. The same for every pair and scenario over the same nodes. */
export function eligibleNodes(world: ProjectionWorld, needs: PodNeeds | undefined): Eligible {
  const byNeeds = eligible.get(world.nodes) ?? new Map<PodNeeds | undefined, Eligible>();
  eligible.set(world.nodes, byNeeds);
  const known = byNeeds.get(needs) ?? judged(world.nodes, choiceOf(needs));
  byNeeds.set(needs, known);
  return known;
}

const eligible = new WeakMap<readonly CapacityNode[], Map<PodNeeds | undefined, Eligible>>();

function judged(nodes: readonly CapacityNode[], choice: NodeChoice): Eligible {
  const open = new Uint8Array(nodes.length);
  let count = 0;
  for (const [i, node] of nodes.entries()) {
    if (node.site ? !mayRunOn(choice, node.site) : node.unschedulable) continue;
    open[i] = 1;
    count++;
  }
  return { open, count };
}

interface Counts {
  readonly byNode: ReadonlyMap<string, number>;
  readonly byZone: ReadonlyMap<string, number>;
}

/** Live pods of a workload on the nodes that stay. */
export function countsOf(
  world: ProjectionWorld,
  like: NonNullable<PodGrowth['like']>,
  gone: ReadonlySet<string>,
): Counts {
  const byOwner = counts.get(world.run) ?? ownersOf(world);
  counts.set(world.run, byOwner);
  const all = byOwner.get(`${like.namespace} ${like.owner}`) ?? new Map<string, number>();
  const byNode = new Map([...all].filter(([node]) => !gone.has(node)));
  const zoneOf = new Map(world.nodes.map((n) => [n.name, n.zone]));
  const byZone = new Map<string, number>();
  for (const [node, pods] of byNode) {
    const zone = zoneOf.get(node);
    if (zone !== undefined) byZone.set(zone, (byZone.get(zone) ?? 0) + pods);
  }
  return { byNode, byZone };
}

const counts = new WeakMap<ProjectionWorld['run'], ReadonlyMap<string, ReadonlyMap<string, number>>>();

function ownersOf({ run }: ProjectionWorld): ReadonlyMap<string, ReadonlyMap<string, number>> {
  const found = new Map<string, Map<string, number>>();
  const table = run.valueOf(section('pods'));
  if (!table) return found;
  for (const pod of podsOf(table)) {
    const { node, owner, namespace } = pod;
    if (node === undefined || owner === undefined || !isLive(pod)) continue;
    const key = `${namespace} ${owner}`;
    const own = found.get(key) ?? new Map<string, number>();
    found.set(key, own);
    own.set(node, (own.get(node) ?? 0) + 1);
  }
  return found;
}
