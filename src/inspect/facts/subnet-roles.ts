import { defineFact, section } from './define-fact.ts';
import { launchSubnets } from './launch-subnets.ts';
import { networking } from './networking.ts';
import { nodeInstances } from './node-instances.ts';
import { nodesServedByCni } from './platforms.ts';
import { isEligible } from './pod-subnets.ts';
import { groupBy } from './support/group-by.ts';

/** Why a subnet matters to the cluster. */
export type SubnetRole = 'node' | 'eniconfig' | 'discovery' | 'control-plane' | 'fargate';

/**
 * Roles by subnet id; a subnet without any has no entry. `node`: primary ENIs of nodes, and where groups, Karpenter or Auto
 * Mode may launch some; `eniconfig`: named by an
 * ENIConfig while custom networking is on; `discovery`: tagged for pods in a zone with nodes.
 */
export const subnetRoles = defineFact({
  id: 'subnetRoles',
  needs: { subnets: section('subnets') },
  helps: {
    instances: nodeInstances,
    served: nodesServedByCni,
    networking,
    eniConfigs: section('eniConfigs'),
    cluster: section('cluster'),
    launch: launchSubnets,
    fargate: section('fargateProfiles'),
  },
  derive: ({ subnets, instances, served, networking: net, eniConfigs, cluster, launch, fargate }) => {
    const own = [...(instances?.values() ?? [])].flatMap((at) => at.subnetId ?? []);
    const custom = net?.settings.customNetworking ?? false;
    const named = custom ? (eniConfigs ?? []).flatMap((c) => c.subnetId ?? []) : [];
    const serving = new Set(served?.served.map((n) => instances?.get(n.name)?.zone));
    const byZone = groupBy(subnets, (s) => s.availabilityZone);
    const tagged =
      net && !custom && net.settings.subnetDiscovery
        ? [...serving].flatMap((zone) => (zone ? (byZone.get(zone) ?? []) : []))
        : [];
    const members: readonly (readonly [SubnetRole, readonly string[]])[] = [
      ['node', [...own, ...launch]],
      ['eniconfig', named],
      ['discovery', net ? tagged.filter((s) => isEligible(s, false, net)).map((s) => s.subnetId) : []],
      ['control-plane', cluster?.subnetIds ?? []],
      ['fargate', (fargate ?? []).flatMap((p) => p.subnetIds)],
    ];
    return gather(members);
  },
});

function gather(
  members: readonly (readonly [SubnetRole, readonly string[]])[],
): ReadonlyMap<string, readonly SubnetRole[]> {
  const roles = new Map<string, SubnetRole[]>();
  for (const [role, ids] of members)
    for (const id of new Set(ids)) {
      const has = roles.get(id);
      if (has) has.push(role);
      else roles.set(id, [role]);
    }
  return roles;
}
