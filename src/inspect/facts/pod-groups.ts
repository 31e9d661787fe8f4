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
      const mine = pod.class === 'host-network' ? [] : policiesOf(policies, pod);
      return { policies: mine, groupIds: [...new Set(mine.flatMap((p) => p.securityGroupIds))] };
    },
});

/**
 * A policy with both selectors wants both to match, and one without groups is none (amazon-vpc-resource-controller-k8s
 * pkg/utils/helper.go filterPodSecurityGroups). Where labels of service accounts were not read: see `maySelect`.
 */
export function selects(policy: SecurityGroupPolicy, pod: Pod): boolean {
  if (policy.namespace !== pod.namespace || policy.securityGroupIds.length === 0) return false;
  const { podSelector, serviceAccountSelector: accounts } = policy;
  if (!podSelector && !accounts) return false;
  if (podSelector && !matches(podSelector, pod.labels)) return false;
  if (!accounts) return true;
  const own = pod.serviceAccount ?? 'default';
  if (accounts.matchNames.length > 0 && !accounts.matchNames.includes(own)) return false;
  return !hasLabels(accounts) || accounts.selected?.includes(own) === true;
}

/** Whether labels of the pod's service account decide, so that nobody here can tell. */
export function maySelect(policy: SecurityGroupPolicy, pod: Pod): boolean {
  const { podSelector, serviceAccountSelector: accounts } = policy;
  if (policy.namespace !== pod.namespace || policy.securityGroupIds.length === 0 || !accounts) return false;
  if (podSelector && !matches(podSelector, pod.labels)) return false;
  const named = accounts.matchNames.length === 0 || accounts.matchNames.includes(pod.serviceAccount ?? 'default');
  return named && accounts.selected === undefined && hasLabels(accounts);
}

/**
 * The policies that select a pod, in their order. Clusters with thousands of policies have tens of thousands of pods: only
 * those are asked that are in its namespace and want none but its labels.
 */
export function policiesOf(
  policies: readonly SecurityGroupPolicy[],
  pod: Pod,
  by: typeof selects = selects,
): readonly SecurityGroupPolicy[] {
  const here = indexOf(policies).get(pod.namespace);
  if (!here) return [];
  const { labels } = pod;
  const found = here.others.filter(({ policy }) => by(policy, pod));
  for (const [key, byValue] of here.byLabel) {
    const value = labels[key];
    for (const one of (value === undefined ? undefined : byValue.get(value)) ?? [])
      if (by(one.policy, pod)) found.push(one);
  }
  return found.sort((a, b) => a.at - b.at).map(({ policy }) => policy);
}

interface Placed {
  readonly at: number;
  readonly policy: SecurityGroupPolicy;
}

interface OfNamespace {
  /** By one label that they want, and its value. */
  readonly byLabel: Map<string, Map<string, Placed[]>>;
  readonly others: Placed[];
}

const indexes = new WeakMap<readonly SecurityGroupPolicy[], ReadonlyMap<string, OfNamespace>>();

function indexOf(policies: readonly SecurityGroupPolicy[]): ReadonlyMap<string, OfNamespace> {
  const known = indexes.get(policies);
  if (known) return known;
  const index = new Map<string, OfNamespace>();
  for (const [at, policy] of policies.entries()) {
    const here: OfNamespace = index.get(policy.namespace) ?? { byLabel: new Map(), others: [] };
    index.set(policy.namespace, here);
    const [label] = Object.entries(policy.podSelector?.matchLabels ?? {});
    if (label) placesOf(here, label).push({ at, policy });
    else here.others.push({ at, policy });
  }
  indexes.set(policies, index);
  return index;
}

function placesOf({ byLabel }: OfNamespace, [key, value]: readonly [string, string]): Placed[] {
  const byValue = byLabel.get(key) ?? new Map<string, Placed[]>();
  byLabel.set(key, byValue);
  const places = byValue.get(value) ?? [];
  byValue.set(value, places);
  return places;
}

function hasLabels({ matchLabels, matchExpressions }: Selector): boolean {
  return Object.keys(matchLabels).length > 0 || matchExpressions.length > 0;
}
