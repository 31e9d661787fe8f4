/** Where packets of pods leave the VPC: routes of the subnets of nodes and of their pods. */
import { type Cidr, contains, parseIpv4 } from '../../../calc/cidr.ts';
import type { RouteTable } from '../../snapshot/ec2.ts';

export type Route = RouteTable['routes'][number];

export const ANYWHERE = '0.0.0.0/0';

/** Routes that lead out of the VPC over IPv4, blackholes and prefix lists apart. */
export function routesOut(table: RouteTable): readonly Route[] {
  return table.routes.filter(
    (r) => r.target !== undefined && r.target !== 'local' && r.state !== 'blackhole' && /^\d+\./.test(r.destination),
  );
}

/** Another network: a peering, a transit gateway, a VPN or Direct Connect gateway, a core network. */
export function isToPeer(target: string | undefined): boolean {
  return target !== undefined && (/^(?:pcx|tgw|vgw)-/.test(target) || target.includes(':core-network/'));
}

/** Whether one range lies in another, the same one included; false for texts that are no IPv4 range. */
export function lies(inner: string, outer: string): boolean {
  const [a, b] = [rangeOf(inner), rangeOf(outer)];
  return a !== undefined && b !== undefined && contains(b, a);
}

/** As Go reads it (net.ParseCIDR): bits beyond the prefix are dropped. */
function rangeOf(text: string): Cidr | undefined {
  const [, address = '', length] = /^([\d.]+)\/(\d{1,2})$/.exec(text) ?? [];
  const host = parseIpv4(address);
  if (host === undefined || Number(length) > 32) return undefined;
  return { first: host - (host % 2 ** (32 - Number(length))), length: Number(length) };
}

/** The ranges a setting lists, `10.0.0.0/8,192.168.0.0/16`. */
export function rangesOf(setting: string | undefined): readonly string[] {
  return (setting ?? '')
    .split(',')
    .map((text) => text.trim())
    .filter((text) => text !== '');
}
