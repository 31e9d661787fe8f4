import type { Cni } from '../snapshot/kubernetes.ts';
import { podsOf } from '../snapshot/pods.ts';
import { defineFact, section } from './define-fact.ts';
import { nodesServedByCni } from './platforms.ts';

export type CniPod = Cni['pods'][number];

/** aws-node needs about a minute at node start, kube-proxy being late at times. */
const PATIENCE_SECONDS = 120;
/** Restarts from which a pod counts as down however young its last start is. */
const MANY_RESTARTS = 3;

/** The aws-node pod that is not ready, by node. Not among them: pods that leave or just started, and nodes with another that is ready. */
export const awsNodeDown = defineFact({
  id: 'awsNodeDown',
  needs: { cni: section('cni') },
  helps: { nodes: nodesServedByCni, pods: section('pods') },
  derive: ({ cni, nodes, pods }, { now }): ReadonlyMap<string, CniPod> => {
    const leaving = new Set(
      pods ? [...podsOf(pods)].filter((p) => p.terminating && p.namespace === 'kube-system').map((p) => p.name) : [],
    );
    const served = nodes && new Set(nodes.served.map((n) => n.name));
    const ready = new Set(cni.pods.filter((p) => p.ready).map((p) => p.node));
    const isStarting = (pod: CniPod) =>
      pod.startedAt !== undefined &&
      (now - Date.parse(pod.startedAt)) / 1000 < PATIENCE_SECONDS &&
      pod.restarts < MANY_RESTARTS;
    return new Map(
      cni.pods.flatMap((pod) => {
        const { node } = pod;
        if (pod.ready || node === undefined || ready.has(node) || leaving.has(pod.name)) return [];
        return (served && !served.has(node)) || isStarting(pod) ? [] : [[node, pod] as const];
      }),
    );
  },
});
