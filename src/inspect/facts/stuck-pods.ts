import type { ClusterEvent } from '../snapshot/kubernetes.ts';
import { hasFlag } from '../snapshot/pod-columns.ts';
import { type Pod, podsWhere } from '../snapshot/pods.ts';
import { awsNodeDown } from './aws-node-down.ts';
import { defineFact, section } from './define-fact.ts';
import { demand, type NodeDemand } from './demand.ts';
import { type NodeCapacity, nodeCapacity } from './node-capacity.ts';
import { type NodeEnis, nodeEnis } from './node-enis.ts';
import { nodeInstances } from './node-instances.ts';
import { nodeTroubles } from './node-troubles.ts';
import { leavesPodsWaiting } from './support/aws-node-state.ts';
import { groupBy } from './support/group-by.ts';

export type EventKind = ClusterEvent['kind'];

/** A scheduled pod that has waited for its network for more than a minute, or whose sandbox failed three times. */
export interface StuckPod {
  /** `namespace/name`. */
  readonly pod: string;
  readonly node: string;
  readonly zone?: string;
  readonly since: string;
  readonly ageSeconds: number;
  /** Kinds of the events about this pod, the most frequent first; empty where none was seen. */
  readonly events: readonly EventKind[];
  /** It needs a branch ENI. */
  readonly wantsBranch: boolean;
  /** `Deployment/web`. */
  readonly owner?: string;
}

/**
 * What a scheduled pod without an address waits for, where that is not the network: a volume, which is mounted before the
 * sandbox is made; a kubelet that is silent; a node that is gone; or something nothing tells of, on a node with idle addresses.
 */
export type OtherWait = 'volume' | 'silent-node' | 'vanished-node' | 'unknown';

export interface WaitingElsewhere extends StuckPod {
  readonly waitsFor: OtherWait;
}

/** A few seconds without an address are normal while a pool grows. */
const PATIENCE_SECONDS = 60;
/** Failures from which a pod counts as stuck however young it is. */
const MANY_FAILURES = 3;

/** Kinds that say nothing of a sandbox: what came before the pod had a node, its volumes, its probes. */
const NOT_OF_THE_SANDBOX: ReadonlySet<EventKind> = new Set([
  'scheduling-failed',
  'too-many-pods',
  'pod-eni-insufficient',
  'windows-ip-insufficient',
  'volume-failed',
  'image-pull-failed',
  'probe-failed',
  'other',
]);

const BEFORE_THE_NODE: ReadonlySet<EventKind> = new Set([
  'scheduling-failed',
  'too-many-pods',
  'pod-eni-insufficient',
  'windows-ip-insufficient',
]);

/** Every waiting pod with what it waits for, oldest first. Pods of every platform; pods without a node are not among them. */
const waitingOnNodes = defineFact({
  id: 'waitingOnNodes',
  needs: { pods: section('pods') },
  helps: {
    events: section('events'),
    nodes: nodeInstances,
    down: awsNodeDown,
    troubles: nodeTroubles,
    enis: nodeEnis,
    capacity: nodeCapacity,
    demand,
  },
  // without its events a pod that waits for an address looks like any other
  decides: ['events'],
  derive: (v, { now, gapsOf }): readonly (StuckPod & { readonly waitsFor: OtherWait | 'network' })[] => {
    const ofPods = groupBy(
      (v.events ?? []).filter((e) => e.object.kind === 'Pod'),
      (e) => `${e.object.namespace ?? ''}/${e.object.name}`,
    );
    const nodesComplete = gapsOf('nodes').length === 0;
    const waitsFor = (pod: Pod, node: string, events: readonly EventKind[]): OtherWait | 'network' => {
      const at = v.nodes?.get(node);
      if (v.nodes && nodesComplete && !at) return 'vanished-node';
      if (at?.node.readyReason === 'kubelet-silent') return 'silent-node';
      if (events.some((kind) => !NOT_OF_THE_SANDBOX.has(kind))) return 'network';
      if (events.includes('volume-failed')) return 'volume';
      const down = v.down?.get(node);
      if (v.troubles?.has(node) || (down && leavesPodsWaiting(down)) || isUninitialised(at?.node.readyReason))
        return 'network';
      if (pod.class === 'branch') return pod.branchEniId === undefined ? 'network' : 'unknown';
      return hasIdle(v.capacity?.get(node), v.demand?.get(node), v.enis?.get(node)) ? 'unknown' : 'network';
    };
    const found = [];
    const waiting = podsWhere(v.pods, (row) => hasFlag(v.pods, row, 'waiting') && !hasFlag(v.pods, row, 'terminating'));
    for (const pod of waiting) {
      if (pod.node === undefined || pod.class === 'host-network') continue;
      const stuck = judge(pod, pod.node, ofPods.get(`${pod.namespace}/${pod.name}`) ?? [], now);
      if (!stuck) continue;
      found.push({
        ...stuck,
        zone: v.nodes?.get(pod.node)?.zone,
        waitsFor: waitsFor(pod, pod.node, stuck.events),
      });
    }
    return found.sort((a, b) => b.ageSeconds - a.ageSeconds || (a.pod < b.pod ? -1 : 1));
  },
});

/**
 * Pods that wait for their network: an event of their own says so, aws-node cannot work on their node, or no idle address is
 * known there. A pod with nothing of this on a node with idle addresses waits for something else.
 */
export const stuckPods = defineFact({
  id: 'stuckPods',
  needs: { waiting: waitingOnNodes },
  derive: ({ waiting }): readonly StuckPod[] =>
    waiting.flatMap(({ waitsFor, ...pod }) => (waitsFor === 'network' ? [pod] : [])),
});

/** Pods without an address that wait for something else. */
export const waitingElsewhere = defineFact({
  id: 'waitingElsewhere',
  needs: { waiting: waitingOnNodes },
  derive: ({ waiting }): readonly WaitingElsewhere[] =>
    waiting.flatMap(({ waitsFor, ...pod }) => (waitsFor === 'network' ? [] : [{ ...pod, waitsFor }])),
});

function isUninitialised(reason: string | undefined): boolean {
  return reason === 'cni-not-initialized' || reason === 'network-not-ready';
}

/** Whether the node is known to have an address for another pod; one whose pool was not read is not. */
function hasIdle(
  capacity: NodeCapacity | undefined,
  pods: NodeDemand | undefined,
  enis: NodeEnis | undefined,
): boolean {
  if (capacity?.mode === 'ipv6') return true;
  if (capacity && pods && pods.addressed > capacity.podIps) return false;
  return (enis?.warm ?? 0) > 0;
}

/**
 * When a pod was scheduled is not in the snapshot: its first event since tells, else its creation. Events of a former pod of
 * the same name (a StatefulSet's) are not its own.
 */
function judge(pod: Pod, node: string, named: readonly ClusterEvent[], now: number): StuckPod | undefined {
  const born = Date.parse(pod.createdAt);
  const events = named.filter(
    (e) => !BEFORE_THE_NODE.has(e.kind) && (e.lastAt === undefined || Date.parse(e.lastAt) >= born),
  );
  const starts = events.flatMap((e) => e.firstAt ?? e.lastAt ?? []).map((t) => Math.max(Date.parse(t), born));
  const began = starts.length > 0 ? Math.min(...starts) : born;
  const ageSeconds = Math.max(0, Math.floor((now - began) / 1000));
  const failures = events.reduce((n, e) => n + e.count, 0);
  if (ageSeconds < PATIENCE_SECONDS && failures < MANY_FAILURES) return undefined;
  return {
    pod: `${pod.namespace}/${pod.name}`,
    node,
    since: new Date(began).toISOString(),
    ageSeconds,
    events: kindsByCount(events),
    wantsBranch: pod.class === 'branch',
    owner: pod.owner,
  };
}

function kindsByCount(events: readonly ClusterEvent[]): readonly EventKind[] {
  const counts = new Map<EventKind, number>();
  for (const e of events) counts.set(e.kind, (counts.get(e.kind) ?? 0) + e.count);
  return [...counts].sort((a, b) => b[1] - a[1]).map(([kind]) => kind);
}
