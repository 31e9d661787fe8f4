import { textsWhere } from '../snapshot/pod-columns.ts';
import { podsWhere } from '../snapshot/pods.ts';
import { defineFact, section } from './define-fact.ts';
import { isLive } from './demand.ts';

export interface PodIdentityAgent {
  /** Nodes on which a pod of the agent runs. */
  readonly nodes: ReadonlySet<string>;
  /** Undefined where there is no DaemonSet of it. */
  readonly counts?: { readonly desired: number; readonly ready: number };
}

const NAME = 'eks-pod-identity-agent';

/** Where EKS's agent for Pod Identity runs; nodes of Auto Mode have it built in and no pod of it. */
export const podIdentityAgent = defineFact({
  id: 'podIdentityAgent',
  needs: { workloads: section('workloads'), pods: section('pods') },
  derive: ({ workloads, pods }): PodIdentityAgent => {
    const set = workloads.daemonSets.find((d) => d.namespace === 'kube-system' && d.name === NAME);
    const nodes = new Set<string>();
    const own = textsWhere(pods, (owner) => owner === `DaemonSet/${NAME}`);
    for (const pod of podsWhere(pods, (row) => own[pods.owner[row]!] === 1))
      if (pod.namespace === 'kube-system' && pod.node && isLive(pod)) nodes.add(pod.node);
    return { nodes, ...(set ? { counts: { desired: set.desired, ready: set.ready } } : {}) };
  },
});
