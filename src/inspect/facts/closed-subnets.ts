import type { RouteTable } from '../snapshot/ec2.ts';
import { defineFact, section } from './define-fact.ts';
import { nodeInstances } from './node-instances.ts';
import { nodesServedByCni } from './platforms.ts';
import { routesOf } from './support/routes-of.ts';

/** A subnet of nodes from which nothing leaves the VPC. */
export interface ClosedSubnet {
  readonly subnetId: string;
  readonly zone?: string;
  readonly table: RouteTable;
  readonly nodes: readonly string[];
}

/**
 * Node subnets whose table has only local routes and gateway endpoints: no default route, and no other network through which
 * endpoints of another VPC could be reached. Empty for a VPC shared by another account, whose endpoints cannot be seen.
 */
export const closedSubnets = defineFact({
  id: 'closedSubnets',
  needs: {
    nodes: nodesServedByCni,
    at: nodeInstances,
    tables: section('routeTables'),
    vpc: section('vpc'),
    cluster: section('cluster'),
  },
  derive: ({ nodes, at, tables, vpc, cluster }): readonly ClosedSubnet[] => {
    if (vpc.ownerId !== undefined && vpc.ownerId !== cluster.account) return [];
    const found = new Map<string, { subnetId: string; zone?: string; table: RouteTable; nodes: string[] }>();
    for (const { name } of nodes.served) {
      const node = at.get(name);
      const table = node?.subnetId === undefined ? undefined : routesOf(tables, node.subnetId);
      if (!node?.subnetId || !table?.routes.every(staysInside)) continue;
      const known = found.get(node.subnetId) ?? { subnetId: node.subnetId, zone: node.zone, table, nodes: [] };
      found.set(node.subnetId, known);
      known.nodes.push(name);
    }
    return [...found.values()];
  },
});

function staysInside({ target, destination }: RouteTable['routes'][number]): boolean {
  return target === undefined || target === 'local' || (target.startsWith('vpce-') && destination.startsWith('pl-'));
}
