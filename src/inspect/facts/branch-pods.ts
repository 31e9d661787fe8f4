import { numberOfClass } from '../snapshot/pod-columns.ts';
import { type Pod, podsWhere } from '../snapshot/pods.ts';
import { defineFact, section } from './define-fact.ts';
import { isLive } from './demand.ts';
import { nodePlatforms } from './platforms.ts';

/** Live pods that have a branch ENI of their own or ask for one, on nodes of aws-node or on none yet. */
export const branchPods = defineFact({
  id: 'branchPods',
  needs: { pods: section('pods') },
  helps: { platforms: nodePlatforms },
  derive: ({ pods, platforms }): readonly Pod[] =>
    podsWhere(pods, (row) => pods.class[row] === BRANCH).filter(
      (pod) =>
        isLive(pod) &&
        !pod.terminating &&
        (pod.node === undefined || (platforms?.get(pod.node) ?? 'vpc-cni') === 'vpc-cni'),
    ),
});

const BRANCH = numberOfClass('branch');

export function podName(pod: Pick<Pod, 'namespace' | 'name'>): string {
  return `${pod.namespace}/${pod.name}`;
}
