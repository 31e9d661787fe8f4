import type { RouteTable } from '../../snapshot/ec2.ts';
import { routesOf } from './routes-of.ts';

/** Where a subnet sends what is meant for the internet: an internet gateway, something else that may lead there, nowhere; undefined where its table was not read. */
export type WayOut = 'internet-gateway' | 'other' | 'none';

const ANYWHERE = '0.0.0.0/0';

export function wayOutOf(tables: readonly RouteTable[], subnetId: string): WayOut | undefined {
  const table = routesOf(tables, subnetId);
  if (!table) return undefined;
  const route = table.routes.find((r) => r.destination === ANYWHERE);
  if (!route || route.state === 'blackhole') return 'none';
  return route.target?.startsWith('igw-') ? 'internet-gateway' : 'other';
}
