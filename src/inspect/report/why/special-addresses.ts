/** Addresses that are no subnet's and mean something on a node or in a cluster. */

import { containsAddress, parseCidr, parseIpv4 } from '../../../calc/cidr.ts';
import { ipv6RangeHolds, parseIpv6 } from '../../../calc/ipv6.ts';
import { section } from '../../facts/define-fact.ts';
import type { Scene } from './scene.ts';

const LINK_LOCAL: Readonly<Record<string, string>> = {
  '169.254.169.254': 'the instance metadata service of every node',
  '169.254.169.253': 'the resolver of the VPC',
  '169.254.169.123': 'the time service of AWS',
  '169.254.170.23': 'the EKS Pod Identity agent of every node',
  '169.254.20.10': 'the node-local DNS cache, where one runs',
  '169.254.1.1': 'the gateway aws-node gives to every pod; nothing answers there',
  '127.0.0.1': 'the loopback address',
};

/** Undefined for an ordinary address. */
export function specialAddress(scene: Scene, address: string): string | undefined {
  const known = LINK_LOCAL[address];
  if (known) return known;
  const cluster = scene.get(section('cluster'));
  if (holds(cluster?.serviceIpv4Cidr, address) || holds(cluster?.serviceIpv6Cidr, address))
    return 'outside the VPC, in the range of Services: an address of a Service, which no ENI holds';
  if (cluster?.remotePodCidrs.some((c) => holds(c, address)))
    return 'outside the VPC, in the range of pods on hybrid nodes';
  if (cluster?.remoteNodeCidrs.some((c) => holds(c, address))) return 'outside the VPC, in the range of hybrid nodes';
  return undefined;
}

function holds(range: string | undefined, address: string): boolean {
  if (range === undefined) return false;
  const v4 = parseIpv4(address);
  const cidr = parseCidr(range);
  if (v4 !== undefined) return cidr !== undefined && containsAddress(cidr, v4);
  const v6 = parseIpv6(address);
  return v6 !== undefined && range.includes(':') && ipv6RangeHolds(range, v6);
}
