import { awsNodeDown } from './aws-node-down.ts';
import { defineFact } from './define-fact.ts';
import { networking } from './networking.ts';
import { nodeCapacity } from './node-capacity.ts';
import { nodeEnis } from './node-enis.ts';
import { nodeTroubles } from './node-troubles.ts';
import { podSubnets } from './pod-subnets.ts';
import { subnetAccounting } from './subnet-accounting.ts';
import { subnetBlocks } from './subnet-blocks.ts';
import { subnetNeed } from './subnet-need.ts';
import { leavesPodsWaiting } from './support/aws-node-state.ts';
import { behaves } from './support/cni-release.ts';
import { roomOf, shortage } from './support/shortage.ts';

/**
 * Nodes on which aws-node does not start because the subnet of their pods has no room for the first ENI: under custom networking
 * it ends without one ("Failed to attach any ENIs for custom networking", `ipamd.go:nodeInit`). By node name, with what is short.
 */
export const starvedNodes = defineFact({
  id: 'starvedNodes',
  needs: { networking, down: awsNodeDown, pods: podSubnets, enis: nodeEnis, accounts: subnetAccounting },
  helps: { troubles: nodeTroubles, capacity: nodeCapacity, blocks: subnetBlocks, need: subnetNeed },
  derive: (v): ReadonlyMap<string, 'no-free-address' | 'no-free-block'> => {
    const net = v.networking;
    if (!net.settings.customNetworking || !behaves(net.cniVersion, 'endsWithoutPodEni')) return new Map();
    const room = roomOf(v);
    return new Map(
      [...v.down].flatMap(([node, pod]) => {
        const enis = v.enis.get(node);
        if (!leavesPodsWaiting(pod) || v.troubles?.has(node) || !enis) return [];
        if (enis.data.some((e) => e !== enis.primary)) return [];
        const short = shortage(v.pods.byNode.get(node) ?? [], v.capacity?.get(node)?.mode === 'prefix', room);
        return short ? [[node, short] as const] : [];
      }),
    );
  },
});
