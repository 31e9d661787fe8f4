import { defineFact, section } from './define-fact.ts';
import { nodeInstances } from './node-instances.ts';
import { nodesServedByCni } from './platforms.ts';
import { podSubnets } from './pod-subnets.ts';
import { type SubnetRole, subnetRoles } from './subnet-roles.ts';

export interface Zone {
  readonly zone: string;
  readonly zoneId?: string;
  /** Names of the nodes aws-node serves here. */
  readonly nodes: readonly string[];
  /** Subnets here in which nodes or their pods take addresses. */
  readonly subnets: readonly string[];
}

const FEEDING: ReadonlySet<SubnetRole> = new Set(['node', 'eniconfig', 'discovery']);

/** The zones the cluster uses, by name. Nodes whose zone is unknown are in none. */
export const zones = defineFact({
  id: 'zones',
  needs: { nodes: nodesServedByCni, instances: nodeInstances },
  helps: { subnets: section('subnets'), roles: subnetRoles, podSubnets },
  derive: ({ nodes, instances, subnets, roles, podSubnets: pods }): readonly Zone[] => {
    const found = new Map<string, { zone: string; zoneId?: string; nodes: string[]; subnets: string[] }>();
    const at = (zone: string) => {
      const known = found.get(zone) ?? { zone, nodes: [], subnets: [] };
      found.set(zone, known);
      return known;
    };
    for (const node of nodes.served) {
      const zone = instances.get(node.name)?.zone;
      if (zone === undefined) continue;
      const z = at(zone);
      z.nodes.push(node.name);
      z.zoneId ??= node.labels['topology.k8s.aws/zone-id'];
    }
    for (const s of subnets ?? []) {
      if (!roles?.get(s.subnetId)?.some((r) => FEEDING.has(r)) && !pods?.nodesOf.has(s.subnetId)) continue;
      const z = at(s.availabilityZone);
      z.subnets.push(s.subnetId);
      z.zoneId ??= s.availabilityZoneId;
    }
    return [...found.values()].sort((a, b) => (a.zone < b.zone ? -1 : 1));
  },
});
