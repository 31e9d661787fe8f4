import { type Pod, type PodTable, podsOf } from '../snapshot/pods.ts';
import { defineFact, section } from './define-fact.ts';

/** Live pods of one node: neither Succeeded nor Failed. */
export interface NodeDemand {
  /** Pods of DaemonSets that take an address from ipamd. */
  readonly daemonSet: number;
  /** Other pods that take an address from ipamd. */
  readonly other: number;
  /** Pods on a branch ENI of their own. */
  readonly branch: number;
  readonly hostNetwork: number;
  /** Pods that take an address from ipamd: `daemonSet + other`. */
  readonly addressed: number;
  /** Of those, the ones that have their address. */
  readonly holding: number;
  /** What counts towards kubelet's maxPods. */
  readonly total: number;
}

export const NO_DEMAND: NodeDemand = {
  daemonSet: 0,
  other: 0,
  branch: 0,
  hostNetwork: 0,
  addressed: 0,
  holding: 0,
  total: 0,
};

/** Demand by node name; a node without live pods has no entry. */
export const demand = defineFact({
  id: 'demand',
  needs: { pods: section('pods') },
  derive: ({ pods }): ReadonlyMap<string, NodeDemand> => demandOf(pods),
});

function demandOf(pods: PodTable): ReadonlyMap<string, NodeDemand> {
  const byNode = new Map<string, { -readonly [K in keyof NodeDemand]: number }>();
  for (const pod of podsOf(pods)) {
    if (pod.node === undefined || !isLive(pod)) continue;
    const d = byNode.get(pod.node) ?? { ...NO_DEMAND };
    byNode.set(pod.node, d);
    d.total++;
    if (pod.class === 'host-network') d.hostNetwork++;
    else if (pod.class === 'branch') d.branch++;
    else if (pod.class === 'ordinary') {
      d.addressed++;
      if (holdsAddress(pod)) d.holding++;
      if (pod.owner?.startsWith('DaemonSet/')) d.daemonSet++;
      else d.other++;
    }
  }
  return byNode;
}

/** Whether the pod has its address or branch ENI: one that waits for it, or for a node, holds nothing. */
export function holdsAddress(pod: Pick<Pod, 'phase' | 'ip' | 'node'>): boolean {
  return pod.node !== undefined && isLive(pod) && (pod.ip !== undefined || pod.phase === 'Running');
}

/** Whether the pod still holds what it was given. */
export function isLive(pod: Pick<Pod, 'phase'>): boolean {
  return pod.phase !== 'Succeeded' && pod.phase !== 'Failed';
}
