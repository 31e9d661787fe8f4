import type { DaemonSetCost } from '../contract/report.ts';
import { isLiveAt, numberOfClass, textsWhere } from '../snapshot/pod-columns.ts';
import { defineFact, section } from './define-fact.ts';
import { holdsAddressAt, isDaemonSet } from './demand.ts';
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
    const ofDaemonSet = textsWhere(pods, isDaemonSet);
    const served = textsWhere(pods, (node) => (platforms?.get(node) ?? 'vpc-cni') === 'vpc-cni');
    const costs = new Map<string, { -readonly [K in keyof DaemonSetCost]: DaemonSetCost[K] }>();
    for (let row = 0; row < pods.count; row++) {
      const podClass = pods.class[row];
      if (ofDaemonSet[pods.owner[row]!] !== 1 || podClass === FARGATE || podClass === WINDOWS) continue;
      if (served[pods.node[row]!] !== 1 || !isLiveAt(pods, row)) continue;
      const namespace = pods.texts[pods.namespace[row]!]!;
      const name = pods.texts[pods.owner[row]!]!.slice(OWNER.length);
      const key = `${namespace}/${name}`;
      const cost = costs.get(key) ?? { namespace, name, pods: 0, hostNetwork: true, addresses: 0 };
      costs.set(key, cost);
      cost.pods++;
      if (podClass === HOST_NETWORK) continue;
      cost.hostNetwork = false;
      if (holdsAddressAt(pods, row)) cost.addresses++;
    }
    return [...costs.values()].sort(
      (a, b) => b.addresses - a.addresses || b.pods - a.pods || (a.name < b.name ? -1 : 1),
    );
  },
});

const OWNER = 'DaemonSet/';
const FARGATE = numberOfClass('fargate');
const WINDOWS = numberOfClass('windows');
const HOST_NETWORK = numberOfClass('host-network');
