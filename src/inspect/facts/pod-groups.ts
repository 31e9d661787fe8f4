import type { SecurityGroupPolicy, Selector } from '../snapshot/kubernetes.ts';
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
 * A policy with both selectors wants both to match, and one without groups is none (amazon-vpc-resource-controller-k8s
 * pkg/utils/helper.go filterPodSecurityGroups). Labels of service accounts are not read: see `maySelect`.
 */
export function selects(policy: SecurityGroupPolicy, pod: Pod): boolean {
  if (policy.namespace !== pod.namespace || policy.securityGroupIds.length === 0) return false;
  const { podSelector, serviceAccountSelector: accounts } = policy;
  if (!podSelector && !accounts) return false;
  if (podSelector && !matches(podSelector, pod.labels)) return false;
  if (!accounts) return true;
  if (accounts.matchNames.length > 0) return accounts.matchNames.includes(pod.serviceAccount ?? 'default');
  return !hasLabels(accounts);
}

/** Whether labels of the pod's service account decide, so that nobody here can tell. */
export function maySelect(policy: SecurityGroupPolicy, pod: Pod): boolean {
  const { podSelector, serviceAccountSelector: accounts } = policy;
  if (policy.namespace !== pod.namespace || policy.securityGroupIds.length === 0 || !accounts) return false;
  if (podSelector && !matches(podSelector, pod.labels)) return false;
  return accounts.matchNames.length === 0 && hasLabels(accounts);
}

function hasLabels({ matchLabels, matchExpressions }: Selector): boolean {
  return Object.keys(matchLabels).length > 0 || matchExpressions.length > 0;
}
