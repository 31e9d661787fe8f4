import { isLiveAt, numberOfClass, textsWhere } from '../snapshot/pod-columns.ts';
import { POD_PHASES, type Pod, type PodTable } from '../snapshot/pods.ts';
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

const ORDINARY = numberOfClass('ordinary');
const BRANCH = numberOfClass('branch');
const HOST_NETWORK = numberOfClass('host-network');
const RUNNING = POD_PHASES.indexOf('Running');

function demandOf(pods: PodTable): ReadonlyMap<string, NodeDemand> {
  const ofDaemonSet = textsWhere(pods, isDaemonSet);
  // by number of the node's name
  const counts = new Array<{ -readonly [K in keyof NodeDemand]: number } | undefined>(pods.texts.length).fill(
    undefined,
  );
  const byNode = new Map<string, { -readonly [K in keyof NodeDemand]: number }>();
  for (let row = 0; row < pods.count; row++) {
    const node = pods.node[row]!;
    if (node === 0 || !isLiveAt(pods, row)) continue;
    let d = counts[node];
    if (!d) {
      const name = pods.texts[node]!;
      d = byNode.get(name) ?? { ...NO_DEMAND };
      byNode.set(name, d);
      counts[node] = d;
    }
    d.total++;
    const podClass = pods.class[row];
    if (podClass === HOST_NETWORK) d.hostNetwork++;
    else if (podClass === BRANCH) d.branch++;
    else if (podClass === ORDINARY) {
      d.addressed++;
      if (holdsAddressAt(pods, row)) d.holding++;
      if (ofDaemonSet[pods.owner[row]!] === 1) d.daemonSet++;
      else d.other++;
    }
  }
  return byNode;
}

export function isDaemonSet(owner: string): boolean {
  return owner.startsWith('DaemonSet/');
}

/** `holdsAddress` of the pod of a row. */
export function holdsAddressAt(pods: PodTable, row: number): boolean {
  return pods.node[row] !== 0 && isLiveAt(pods, row) && (pods.ip[row] !== '' || pods.phase[row] === RUNNING);
}

/** Whether the pod has its address or branch ENI: one that waits for it, or for a node, holds nothing. */
export function holdsAddress(pod: Pick<Pod, 'phase' | 'ip' | 'node'>): boolean {
  return pod.node !== undefined && isLive(pod) && (pod.ip !== undefined || pod.phase === 'Running');
}

/** Whether the pod still holds what it was given. */
export function isLive(pod: Pick<Pod, 'phase'>): boolean {
  return pod.phase !== 'Succeeded' && pod.phase !== 'Failed';
}
