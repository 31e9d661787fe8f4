import { FALLBACK_MAX_PODS, type Prediction, usesIpTargets } from '../../calc/ipamd/index.ts';
import type { Subnet } from '../snapshot/ec2.ts';
import { defineFact, section } from './define-fact.ts';
import { demand, NO_DEMAND, type NodeDemand } from './demand.ts';
import { type Networking, networking } from './networking.ts';
import { ipamdLimits, type NodeCapacity, nodeCapacity } from './node-capacity.ts';
import { isExcluded } from './node-enis.ts';
import { nodeInstances } from './node-instances.ts';
import { heldByLike } from './support/like-nodes.ts';

/** Addresses one node takes. */
export interface Need {
  /** In the node's own subnet: its primary interface, and trunk and branch ENIs where pods live elsewhere by discovery. */
  readonly primary: number;
  /**
   * In the subnet its pods live in, ENIs' own addresses included. Without custom networking or discovery that is the node's
   * own subnet too, which then loses the sum of both.
   */
  readonly podSubnetAddresses: number;
  /** Of those, whole /28 blocks; 0 outside prefix mode. */
  readonly podSubnetBlocks: number;
}

/** What one more node like each takes when it joins, by node name, for nodes of known capacity. */
export const joiningNodeNeed = defineFact({
  id: 'joiningNodeNeed',
  needs: { capacity: nodeCapacity, networking, instances: nodeInstances },
  helps: { subnets: section('subnets'), demand },
  derive: ({ capacity, networking: net, instances, subnets, demand: pods }): ReadonlyMap<string, Need> => {
    const byId = new Map(subnets?.map((s) => [s.subnetId, s]));
    const bare = withoutWarmth(net);
    return new Map(
      [...capacity].map(([name, c]) => {
        const excluded = isPrimaryExcluded(instances.get(name)?.subnetId, byId, net);
        const daemonSets = pods?.get(name)?.daemonSet ?? 0;
        const start = needOf(expected(c, net, NO_DEMAND, excluded), net);
        return [
          name,
          daemonSets === 0 ? start : larger(start, needOf(forDaemonSets(c, bare, daemonSets, excluded), net)),
        ];
      }),
    );
  },
});

/** ENIs and slots that so many pods cannot do without, whatever is kept warm beside them. */
function forDaemonSets(c: NodeCapacity, bare: Networking, pods: number, primarySubnetExcluded: boolean): Prediction {
  return expected(c, bare, { ...NO_DEMAND, addressed: pods - 1 }, primarySubnetExcluded);
}

function withoutWarmth(net: Networking): Networking {
  const warmIpTarget = usesIpTargets(net.settings) ? 1 : 0;
  return { ...net, settings: { ...net.settings, warmEniTarget: 0, warmPrefixTarget: 0, warmIpTarget } };
}

function larger(a: Need, b: Need): Need {
  return {
    primary: Math.max(a.primary, b.primary),
    podSubnetAddresses: Math.max(a.podSubnetAddresses, b.podSubnetAddresses),
    podSubnetBlocks: Math.max(a.podSubnetBlocks, b.podSubnetBlocks),
  };
}

function expected(c: NodeCapacity, net: Networking, pods: NodeDemand, primarySubnetExcluded: boolean): Prediction {
  return heldByLike(net.settings, ipamdLimits(c.limits, net), {
    pods: pods.addressed,
    branchPods: pods.branch,
    maxPods: c.maxPods ?? FALLBACK_MAX_PODS,
    unmanagedEnis: c.unmanaged,
    primarySubnetExcluded,
  });
}

function isPrimaryExcluded(
  subnetId: string | undefined,
  subnets: ReadonlyMap<string, Subnet>,
  net: Networking,
): boolean {
  return subnetId !== undefined && isExcluded(subnets.get(subnetId), net);
}

function needOf(held: Prediction, net: Networking): Need {
  const { node = 0, ...others } = held.subnetIPsBySubnet;
  const elsewhere = Object.values(others).reduce((a, b) => a + b, 0);
  const apart = net.settings.customNetworking || elsewhere > 0;
  return {
    primary: apart ? node : Math.min(node, 1),
    podSubnetAddresses: apart ? elsewhere : Math.max(node - 1, 0),
    podSubnetBlocks: held.prefixes,
  };
}
