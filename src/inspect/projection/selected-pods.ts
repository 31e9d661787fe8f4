/** Which pods today's SecurityGroupPolicies would put on branch ENIs. */
import { defineFact, type Fact, section } from '../facts/define-fact.ts';
import { isLive } from '../facts/demand.ts';
import type { SecurityGroupPolicy, Selector } from '../snapshot/kubernetes.ts';
import { type Pod, podsOf } from '../snapshot/pods.ts';

/** Live pods by node that a policy selects; nodes without any have no entry. Pods on the host network are never served. */
export const podsSelectedForBranch: Fact<ReadonlyMap<string, number>> = defineFact({
  id: 'podsSelectedForBranch',
  needs: { pods: section('pods'), policies: section('securityGroupPolicies') },
  derive: ({ pods, policies }): ReadonlyMap<string, number> => {
    const counts = new Map<string, number>();
    if (policies.length === 0) return counts;
    for (const pod of podsOf(pods)) {
      if (pod.node === undefined || !isLive(pod) || (pod.class !== 'ordinary' && pod.class !== 'branch')) continue;
      if (policies.some((p) => selects(p, pod))) counts.set(pod.node, (counts.get(pod.node) ?? 0) + 1);
    }
    return counts;
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

/** Label selectors as Kubernetes reads them; an empty one matches everything. */
export function matches(selector: Selector, labels: Readonly<Record<string, string>>): boolean {
  const exact = Object.entries(selector.matchLabels).every(([k, value]) => labels[k] === value);
  return exact && selector.matchExpressions.every((e) => expressionHolds(e, labels[e.key]));
}

function expressionHolds(
  { operator, values }: Selector['matchExpressions'][number],
  value: string | undefined,
): boolean {
  switch (operator) {
    case 'In':
      return value !== undefined && values.includes(value);
    case 'NotIn':
      return value === undefined || !values.includes(value);
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
    default:
      return false;
  }
}
