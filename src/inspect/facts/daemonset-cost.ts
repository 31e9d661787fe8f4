import type { DaemonSetCost } from '../contract/report.ts';
import { podsOf } from '../snapshot/pods.ts';
import { defineFact, section } from './define-fact.ts';
import { holdsAddress, isLive } from './demand.ts';
import { nodePlatforms } from './platforms.ts';

/**
 * What DaemonSets cost in pod addresses, branch ENIs included, the dearest first, on the nodes that aws-node serves. A pod that
 * waits costs none yet.
 */
export const daemonSetCost = defineFact({
  id: 'daemonSetCost',
  needs: { pods: section('pods') },
  helps: { platforms: nodePlatforms },
  derive: ({ pods, platforms }): readonly DaemonSetCost[] => {
    const costs = new Map<string, { -readonly [K in keyof DaemonSetCost]: DaemonSetCost[K] }>();
    for (const pod of podsOf(pods)) {
      if (!pod.owner?.startsWith(OWNER) || !isLive(pod) || pod.class === 'fargate' || pod.class === 'windows') continue;
      if ((platforms?.get(pod.node ?? '') ?? 'vpc-cni') !== 'vpc-cni') continue;
      const name = pod.owner.slice(OWNER.length);
      const key = `${pod.namespace}/${name}`;
      const cost = costs.get(key) ?? { namespace: pod.namespace, name, pods: 0, hostNetwork: true, addresses: 0 };
      costs.set(key, cost);
      cost.pods++;
      if (pod.class === 'host-network') continue;
      cost.hostNetwork = false;
      if (holdsAddress(pod)) cost.addresses++;
    }
    return [...costs.values()].sort(
      (a, b) => b.addresses - a.addresses || b.pods - a.pods || (a.name < b.name ? -1 : 1),
    );
  },
});

const OWNER = 'DaemonSet/';
