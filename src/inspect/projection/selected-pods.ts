/** Which pods today's SecurityGroupPolicies would put on branch ENIs. */
import { defineFact, type Fact, section } from '../facts/define-fact.ts';
import { isLive } from '../facts/demand.ts';
import { policiesOf } from '../facts/pod-groups.ts';
import { podsOf } from '../snapshot/pods.ts';

/** Live pods by node that a policy selects; nodes without any have no entry. Pods on the host network are never served. */
export const podsSelectedForBranch: Fact<ReadonlyMap<string, number>> = defineFact({
  id: 'podsSelectedForBranch',
  needs: { pods: section('pods'), policies: section('securityGroupPolicies') },
  derive: ({ pods, policies }): ReadonlyMap<string, number> => {
    const counts = new Map<string, number>();
    if (policies.length === 0) return counts;
    for (const pod of podsOf(pods)) {
      if (pod.node === undefined || !isLive(pod) || (pod.class !== 'ordinary' && pod.class !== 'branch')) continue;
      if (policiesOf(policies, pod).length > 0) counts.set(pod.node, (counts.get(pod.node) ?? 0) + 1);
    }
    return counts;
  },
});
