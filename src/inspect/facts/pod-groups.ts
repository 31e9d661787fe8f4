import type { SecurityGroupPolicy } from '../snapshot/kubernetes.ts';
import type { Pod } from '../snapshot/pods.ts';
import { defineFact, section } from './define-fact.ts';
import { matches } from './support/label-selector.ts';

/** What the SecurityGroupPolicies give a pod when it starts. */
export interface PodGroups {
  readonly policies: readonly SecurityGroupPolicy[];
  /** Groups of all of them, each once, in the order of the policies (vpc-resource-controller: pkg/utils/helper.go). */
  readonly groupIds: readonly string[];
}

/** For any pod: the policies that select it. Pods on the host network are never served. */
export const podGroups = defineFact({
  id: 'podGroups',
  needs: { policies: section('securityGroupPolicies') },
  derive:
    ({ policies }): ((pod: Pod) => PodGroups) =>
    (pod) => {
      const mine = pod.class === 'host-network' ? [] : policies.filter((p) => selects(p, pod));
      return { policies: mine, groupIds: [...new Set(mine.flatMap((p) => p.securityGroupIds))] };
    },
});

/**
 * A policy with both selectors wants both to match (amazon-vpc-resource-controller-k8s pkg/utils/helper.go). Labels of
 * service accounts are not read: of that selector only the names count.
 */
export function selects(policy: SecurityGroupPolicy, pod: Pod): boolean {
  if (policy.namespace !== pod.namespace) return false;
  const { podSelector, serviceAccountSelector } = policy;
  if (!podSelector && !serviceAccountSelector) return false;
  if (podSelector && !matches(podSelector, pod.labels)) return false;
  if (!serviceAccountSelector) return true;
  return serviceAccountSelector.matchNames.includes(pod.serviceAccount ?? 'default');
}
