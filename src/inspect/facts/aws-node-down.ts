import { hasFlag } from '../snapshot/pod-columns.ts';
import { podsWhere } from '../snapshot/pods.ts';
import { awsNodePods, type CniPod } from './aws-node-pods.ts';
import { defineFact, section } from './define-fact.ts';
import { nodesServedByCni } from './platforms.ts';

/** aws-node needs about a minute at node start, kube-proxy being late at times. */
const PATIENCE_SECONDS = 120;
/** Restarts from which a pod counts as down however young its last start is. */
const MANY_RESTARTS = 3;

/**
 * The aws-node pod that is not ready, by node. Not among them: pods that leave or just started, nodes with another that is ready,
 * and pods that do not count as ready though all of their containers are: their kubelet is silent, and the node is the trouble.
 */
export const awsNodeDown = defineFact({
  id: 'awsNodeDown',
  needs: { awsNode: awsNodePods },
  helps: { nodes: nodesServedByCni, pods: section('pods') },
  derive: ({ awsNode, nodes, pods }, { now, gapsOf }): ReadonlyMap<string, CniPod> => {
    const leaving = new Set(
      pods
        ? podsWhere(pods, (row) => hasFlag(pods, row, 'terminating'))
            .filter((p) => p.namespace === 'kube-system')
            .map((p) => p.name)
        : [],
    );
    const served = nodes && new Set(nodes.served.map((n) => n.name));
    const others = new Set(nodes?.others.map((o) => o.node.name));
    const whole = gapsOf('nodes').length === 0;
    const isElsewhere = (node: string) => others.has(node) || (whole && served !== undefined && !served.has(node));
    const ready = new Set(awsNode.pods.filter((p) => p.ready).map((p) => p.node));
    const isStarting = (pod: CniPod) =>
      pod.startedAt !== undefined &&
      (now - Date.parse(pod.startedAt)) / 1000 < PATIENCE_SECONDS &&
      pod.restarts < MANY_RESTARTS;
    return new Map(
      awsNode.pods.flatMap((pod) => {
        const { node } = pod;
        if (pod.ready || node === undefined || ready.has(node) || leaving.has(pod.name)) return [];
        if (pod.phase === 'Running' && pod.containers?.every((c) => c.ready)) return [];
        return isElsewhere(node) || isStarting(pod) ? [] : [[node, pod] as const];
      }),
    );
  },
});
