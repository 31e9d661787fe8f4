/** Pods that come and go: where they find a place on today's nodes, and how many ask for new ones. */
import { demand, isLive, NO_DEMAND } from '../../../facts/demand.ts';
import { nodeCapacity } from '../../../facts/node-capacity.ts';
import { nodesServedByCni } from '../../../facts/platforms.ts';
import { podRequests, type Requests } from '../../../facts/pod-requests.ts';
import type { Node } from '../../../snapshot/kubernetes.ts';
import { PodTableBuilder } from '../../../snapshot/pod-table-builder.ts';
import { type Pod, podsOf } from '../../../snapshot/pods.ts';
import { fitting } from '../../pod-fit.ts';
import { level } from '../../pods.ts';
import type { Draft } from '../draft.ts';
import { classOf, isBound, mayRunOn, needsOf, type PodShape, podOf, ZONE, zonesOf } from './pod-shape.ts';

export const NO_PODS = new PodTableBuilder().build();

/** Rewrites the pods; `keep` says which stay and as what. */
export function rewritePods(draft: Draft, keep: (pod: Pod) => Pod | undefined, more: readonly Pod[] = []): void {
  draft.edit('pods', NO_PODS, (table) => {
    const next = new PodTableBuilder();
    for (const pod of podsOf(table)) {
      const kept = keep(pod);
      if (kept) next.add(kept);
    }
    for (const pod of more) next.add(pod);
    return next.build();
  });
}

/** A row's fields are read from its table: to change one, all are copied. */
export function copyOf(pod: Pod): Pod {
  const { namespace, name, node, ip, class: podClass, phase, owner, labels, serviceAccount } = pod;
  const { createdAt, terminating, waiting, branchEniId } = pod;
  return {
    namespace,
    name,
    node,
    ip,
    class: podClass,
    phase,
    owner,
    labels,
    serviceAccount,
    createdAt,
    terminating,
    waiting,
    branchEniId,
  };
}

export function ownedBy(pod: Pod, owner: string, namespace: string): boolean {
  return pod.owner === owner && pod.namespace === namespace && isLive(pod) && !pod.terminating;
}

/** Live pods of an owner. */
export function countOf(draft: Draft, owner: string, namespace: string): number {
  let n = 0;
  const table = draft.data('pods');
  if (table) for (const pod of podsOf(table)) if (ownedBy(pod, owner, namespace)) n++;
  return n;
}

/** Nodes that aws-node serves and the template may run on. Labels of a redacted snapshot say nothing: any may be meant. */
export function nodesFor(draft: Draft, shape: PodShape, daemon: boolean): readonly Node[] {
  const served = draft.run.valueOf(nodesServedByCni)?.served ?? draft.data('nodes') ?? [];
  if (draft.snapshot.redacted && isBound(shape)) return served;
  return served.filter((n) => mayRunOn(shape, n, daemon));
}

export interface Placed {
  readonly onNodes: number;
  /** In subnets of Fargate profiles. */
  readonly onFargate: number;
  readonly onNew: number;
}

/** Puts so many pods on the nodes that have room, the emptiest first; the rest asks for new nodes. */
export function addPods(draft: Draft, shape: PodShape, owner: string, count: number): Placed {
  const podClass = classOf(draft, shape);
  if (podClass === 'windows') {
    draft.unknown(`${owner} in ${shape.namespace}: pods on Windows get addresses by rules that are not modelled`);
    return { onNodes: 0, onFargate: 0, onNew: 0 };
  }
  const profile = draft
    .data('fargateProfiles')
    ?.find((p) =>
      p.selectors.some(
        (s) => s.namespace === shape.namespace && Object.entries(s.labels).every(([k, v]) => shape.labels[k] === v),
      ),
    );
  if (profile && profile.subnetIds.length > 0) {
    const ids = profile.subnetIds;
    let placed = 0;
    for (let i = 0; i < Math.min(count, FARGATE_MOST); i++)
      if (draft.takeAddress(ids[i % ids.length]!, { kind: 'none' }, 'interface')) placed++;
    if (placed < count)
      draft.unknown(
        `${owner} in ${shape.namespace}: ${count - placed} pods find no address in the subnets of the Fargate profile ${profile.name}`,
      );
    return { onNodes: 0, onFargate: placed, onNew: 0 };
  }
  const demands = draft.run.valueOf(demand);
  const capacity = draft.run.valueOf(nodeCapacity);
  const requests = draft.run.valueOf(podRequests)?.byNode;
  const kin = shape.apart === undefined ? undefined : nodesOfOwner(draft, owner, shape.namespace);
  const nodes = nodesFor(draft, shape, false);
  const open = nodes
    .filter((n) => !n.unschedulable)
    .map((node) => {
      const own = demands?.get(node.name) ?? NO_DEMAND;
      const most = node.maxPods ?? capacity?.get(node.name)?.recommendedMaxPods ?? 0;
      const byAddresses = podClass === 'ordinary' ? (capacity?.get(node.name)?.podIps ?? most) - own.addressed : most;
      const byRules = kin ? (kin.has(node.name) ? 0 : 1) : most;
      const fits = Math.min(most - own.total, byAddresses, byRules, sizeLeft(node, requests?.get(node.name), shape));
      return { node, has: own.total, free: Math.max(fits, 0) };
    });
  const room = shape.apart === 'zone' && kin ? onePerZone(open, nodes, kin) : open;
  const taken = room.length === 0 ? [] : level(room, count);
  const pods = room.flatMap(({ node }, i) =>
    Array.from({ length: taken[i]! }, (_, j) =>
      podOf(draft, shape, owner, `${nameOf(owner)}-change-${i}-${j}`, podClass, node.name),
    ),
  );
  if (pods.length > 0) rewritePods(draft, (p) => p, pods);
  const onNew = count - pods.length;
  const zones = zonesOf(shape);
  if (podClass !== 'host-network' && onNew > 0)
    draft.arrive({
      count: onNew,
      like: { owner, namespace: shape.namespace },
      onNewNodes: true,
      ...(draft.snapshot.redacted ? {} : { needs: needsOf(draft, shape) }),
      ...(zones ? { zones } : {}),
    });
  return { onNodes: pods.length, onFargate: 0, onNew };
}

/** Pods of this size that CPU and memory of the node hold beside what runs there; endless where one of the two is not known. */
function sizeLeft(node: Node, used: Requests | undefined, { asked }: PodShape): number {
  const { cpuMillis, memoryBytes } = node;
  if (!asked || cpuMillis === undefined || memoryBytes === undefined) return Number.POSITIVE_INFINITY;
  const left = {
    cpuMillis: cpuMillis - (used?.cpuMillis ?? 0),
    memoryBytes: memoryBytes - (used?.memoryBytes ?? 0),
  };
  return fitting(left, asked);
}

/** Where a pod keeps its kind out of its zone: one node with room of each zone without any of them. */
function onePerZone<T extends { readonly node: Node; readonly free: number }>(
  open: readonly T[],
  nodes: readonly Node[],
  kin: ReadonlySet<string>,
): readonly T[] {
  const zoneOf = (n: Node) => n.labels[ZONE] ?? '';
  const taken = new Set(nodes.filter((n) => kin.has(n.name)).map(zoneOf));
  return open.filter(({ node, free }) => {
    const zone = zoneOf(node);
    if (free <= 0 || taken.has(zone)) return false;
    taken.add(zone);
    return true;
  });
}

/** Nodes on which pods of an owner run. */
function nodesOfOwner(draft: Draft, owner: string, namespace: string): ReadonlySet<string> {
  const table = draft.data('pods');
  if (!table || owner === '') return new Set();
  return new Set(podsOf(table).flatMap((p) => (ownedBy(p, owner, namespace) && p.node !== undefined ? [p.node] : [])));
}

const FARGATE_MOST = 10_000;

/** Takes so many pods of an owner away, those without a node first. */
export function removePods(draft: Draft, owner: string, namespace: string, count: number): void {
  const table = draft.data('pods');
  if (!table) return;
  const own = podsOf(table).filter((p) => ownedBy(p, owner, namespace));
  const going = new Set(
    [...own]
      .sort((a, b) => Number(a.node !== undefined) - Number(b.node !== undefined))
      .slice(0, count)
      .map((p) => p.name),
  );
  rewritePods(draft, (p) => (ownedBy(p, owner, namespace) && going.has(p.name) ? undefined : p));
}

function nameOf(owner: string): string {
  return owner.split('/')[1] ?? owner;
}
