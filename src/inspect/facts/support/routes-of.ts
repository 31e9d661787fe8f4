import type { RouteTable } from '../../snapshot/ec2.ts';

/** The table of a subnet: its own, else the main one of the VPC; undefined where neither was read. */
export function routesOf(tables: readonly RouteTable[], subnetId: string): RouteTable | undefined {
  return tables.find((t) => t.subnetIds.includes(subnetId)) ?? tables.find((t) => t.main);
}
