import { type Pod, podsOf } from '../snapshot/pods.ts';
import type { NetworkPolicy } from '../snapshot/policies.ts';
import { defineFact, section } from './define-fact.ts';
import { isLive } from './demand.ts';
import { nodesServedByCni } from './platforms.ts';
import { groupBy } from './support/group-by.ts';
import { matches } from './support/label-selector.ts';

/** A live pod on a node, with the policies of its namespace that select it by its labels. */
export interface SelectedPod {
  readonly pod: Pod;
  readonly policies: readonly NetworkPolicy[];
  /** aws-node's policy agent can enforce something for it. */
  readonly enforceable: boolean;
}

export interface PolicySelection {
  /** Those that some policy selects. */
  readonly selected: readonly SelectedPod[];
  /** All, with the policies of each: hardly any check asks for those that none selects, which may be 150,000. */
  readonly all: () => readonly SelectedPod[];
}

/** Kinds of pods whose traffic no agent sees: they have no veth of their own on a node of aws-node. */
const ELSEWHERE: ReadonlySet<Pod['class']> = new Set(['host-network', 'fargate', 'windows']);

/**
 * Which policies select which pods. AWS's cluster-wide policies are not among them: they choose namespaces by labels, which are
 * not read.
 */
export const policySelection = defineFact({
  id: 'policySelection',
  needs: { policies: section('networkPolicies'), pods: section('pods'), nodes: nodesServedByCni },
  derive: ({ policies, pods, nodes }): PolicySelection => {
    const served = new Set(nodes.served.map((n) => n.name));
    const known = new Set([...served, ...nodes.others.map((o) => o.node.name)]);
    const inNamespace = groupBy(
      policies.filter((p) => p.kind !== 'ClusterNetworkPolicy'),
      (p) => p.namespace,
    );
    // sets of labels stand once for all pods that share them
    const byLabels = new Map<string, Map<Pod['labels'], readonly NetworkPolicy[]>>();
    const ofPod = ({ namespace, labels }: Pod): readonly NetworkPolicy[] => {
      const candidates = inNamespace.get(namespace);
      if (!candidates) return NONE;
      const here = byLabels.get(namespace) ?? new Map<Pod['labels'], readonly NetworkPolicy[]>();
      byLabels.set(namespace, here);
      const found = here.get(labels) ?? candidates.filter((p) => matches(p.podSelector, labels));
      here.set(labels, found);
      return found;
    };
    const among = (concerned: (pod: Pod) => boolean): SelectedPod[] =>
      podsOf(pods).flatMap((pod) =>
        // who enforces on a node that was not read is not known
        concerned(pod) && pod.node !== undefined && known.has(pod.node) && isLive(pod)
          ? [{ pod, policies: ofPod(pod), enforceable: !ELSEWHERE.has(pod.class) && served.has(pod.node) }]
          : [],
      );
    let all: readonly SelectedPod[] | undefined;
    return {
      selected: inNamespace.size === 0 ? [] : among((pod) => ofPod(pod).length > 0),
      all: () => {
        all ??= among(() => true);
        return all;
      },
    };
  },
});

const NONE: readonly NetworkPolicy[] = [];

/** Rules are shared by pods of one such name on a node: the name without its last part (aws-network-policy-agent utils.go GetPodIdentifier). */
export function podIdentifier(pod: Pick<Pod, 'namespace' | 'name'>): string {
  const end = pod.name.lastIndexOf('-');
  return `${pod.namespace}/${end < 0 ? pod.name : pod.name.slice(0, end)}`;
}
