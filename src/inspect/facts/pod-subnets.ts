import { isSubnetEligible } from '../../calc/ipamd/index.ts';
import type { Subnet } from '../snapshot/ec2.ts';
import { defineFact, notTold, section } from './define-fact.ts';
import { eniConfigResolution } from './eni-config-resolution.ts';
import { type Networking, networking } from './networking.ts';
import { type NodeInstance, nodeInstances } from './node-instances.ts';
import { nodesServedByCni } from './platforms.ts';
import { behaves } from './support/cni-release.ts';
import { addTo, groupBy } from './support/group-by.ts';

/** Subnets in which a node's further ENIs are created. */
export interface PodSubnets {
  /**
   * Node name → subnet ids, in the order ipamd tries them: most free addresses first. An empty list: none is eligible.
   * Nodes of which that cannot be told are left out.
   */
  readonly byNode: ReadonlyMap<string, readonly string[]>;
  /** The same, the other way round. */
  readonly nodesOf: ReadonlyMap<string, readonly string[]>;
}

/** By ENIConfig under custom networking, else by subnet discovery, else the node's own subnet. */
export const podSubnets = defineFact({
  id: 'podSubnets',
  needs: { nodes: nodesServedByCni, networking, instances: nodeInstances },
  helps: { choices: eniConfigResolution, subnets: section('subnets') },
  derive: ({ nodes, networking: net, instances, choices, subnets }, { gapsOf }) => {
    const names = nodes.served.map((n) => n.name);
    if (net.settings.customNetworking) {
      if (!choices) return notTold(gapsOf('choices'));
      // one that is missing may be among those that were not read
      const some = gapsOf('choices').length > 0;
      return bothWays(
        names.flatMap((name) => {
          const eniConfig = choices.get(name)?.eniConfig;
          const id = eniConfig?.subnetId;
          return eniConfig === undefined && some ? [] : [[name, id === undefined || id === '' ? [] : [id]] as const];
        }),
      );
    }
    const find = discovery(net, subnets);
    const some = gapsOf('subnets').length > 0;
    return bothWays(
      names.flatMap((name) => {
        const ids = find(instances.get(name));
        return pair(name, ids?.length === 0 && some ? undefined : ids);
      }),
    );
  },
});

function pair(name: string, ids: readonly string[] | undefined): [string, readonly string[]][] {
  return ids === undefined ? [] : [[name, ids]];
}

function bothWays(pairs: readonly (readonly [string, readonly string[]])[]): PodSubnets {
  const nodesOf = new Map<string, string[]>();
  for (const [name, ids] of pairs) for (const id of ids) addTo(nodesOf, id, name);
  return { byNode: new Map(pairs), nodesOf };
}

/** Eligible subnets of a node (`awsutils.go:createENI`, `GetVpcSubnets`); undefined where its own subnet is unknown. */
function discovery(
  net: Networking,
  subnets: readonly Subnet[] | undefined,
): (at: NodeInstance | undefined) => readonly string[] | undefined {
  const byId = new Map(subnets?.map((s) => [s.subnetId, s]));
  const byPlace = groupBy(subnets ?? [], (s) => `${s.vpcId} ${s.availabilityZone}`);
  const found = new Map<string, readonly string[]>();
  return (at) => {
    if (at?.subnetId === undefined) return undefined;
    const known = found.get(at.subnetId);
    if (known) return known;
    const own = byId.get(at.subnetId);
    const ids = own ? eligible(own, byPlace.get(`${own.vpcId} ${own.availabilityZone}`) ?? [], net) : [at.subnetId];
    found.set(at.subnetId, ids);
    return ids;
  };
}

function eligible(own: Subnet, sameZone: readonly Subnet[], net: Networking): readonly string[] {
  // Without discovery tags are not looked at, and ENIs are made in the node's own subnet (`awsutils.go:createENI`).
  if (!net.settings.subnetDiscovery) return [own.subnetId];
  return sameZone
    .filter((s) => isEligible(s, s.subnetId === own.subnetId, net))
    .sort((a, b) => b.availableIps - a.availableIps)
    .map((s) => s.subnetId);
}

/** Before v1.22 the tag's presence was enough, and nothing excluded the node's own subnet. */
export function isEligible(subnet: Pick<Subnet, 'tags'>, isNodeSubnet: boolean, net: Networking): boolean {
  if (behaves(net.cniVersion, 'subnetTagValues'))
    return isSubnetEligible({ tags: subnet.tags, isNodeSubnet }, net.settings.clusterName);
  return isNodeSubnet || subnet.tags['kubernetes.io/role/cni'] !== undefined;
}
