import { defineFact, section } from './define-fact.ts';
import { nodeInstances } from './node-instances.ts';
import { nodesServedByCni } from './platforms.ts';
import { routesOf } from './support/routes-of.ts';

export interface ClosedNodes {
  /** Nodes whose subnet has no route but those inside the VPC and to gateway endpoints. */
  readonly nodes: readonly string[];
  readonly subnetIds: readonly string[];
  /** Whether an interface endpoint of this service answers in the VPC: `sts`, `eks-auth`. */
  readonly reaches: (service: string) => boolean;
}

/** Nodes that leave the VPC by no route at all. A peering, a transit gateway or an appliance may lead to an endpoint elsewhere. */
export const closedNodes = defineFact({
  id: 'closedNodes',
  needs: {
    nodes: nodesServedByCni,
    at: nodeInstances,
    tables: section('routeTables'),
    endpoints: section('vpcEndpoints'),
  },
  derive: ({ nodes, at, tables, endpoints }): ClosedNodes => {
    const closed = nodes.served.flatMap(({ name }) => {
      const subnetId = at.get(name)?.subnetId;
      const table = subnetId === undefined ? undefined : routesOf(tables, subnetId);
      if (!table || subnetId === undefined) return [];
      const inside = table.routes.every((r) => r.target === 'local' || r.target?.startsWith('vpce-'));
      return inside ? [{ name, subnetId }] : [];
    });
    const services = endpoints.filter((e) => e.type === 'Interface' && e.state === 'available').map((e) => e.service);
    return {
      nodes: closed.map((c) => c.name),
      subnetIds: [...new Set(closed.map((c) => c.subnetId))].sort(),
      reaches: (service) => services.some((s) => s.endsWith(`.${service}`) || s.endsWith(`.${service}-fips`)),
    };
  },
});
