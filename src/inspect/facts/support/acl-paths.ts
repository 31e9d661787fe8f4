/** A TCP connection between two subnets as network ACLs see it: they keep no state, so each way has to be let through on both sides. */
import type { Subnet } from '../../snapshot/ec2.ts';
import type { NetworkAcl } from '../../snapshot/routing.ts';
import { aclOf, isClosed, type Ports } from './network-acls.ts';

/** net.ipv4.ip_local_port_range of Linux: where answers come back to. */
const LOCAL: Ports = { from: 32_768, to: 60_999 };

/** What an ACL holds back for certain. */
export interface HeldBack {
  readonly acl: NetworkAcl;
  readonly way: 'in' | 'out';
  readonly ports: Ports;
  readonly cidr: string;
}

/** Nothing within one subnet, where no ACL stands in the way, nor for a subnet whose ACL was not read. */
export function heldBack(acls: readonly NetworkAcl[], from: Subnet, to: Subnet, port: number): readonly HeldBack[] {
  if (from.subnetId === to.subnetId) return [];
  const asked = { from: port, to: port };
  const steps = [
    { subnet: from, way: 'out', ports: asked, cidr: to.cidr },
    { subnet: to, way: 'in', ports: asked, cidr: from.cidr },
    { subnet: to, way: 'out', ports: LOCAL, cidr: from.cidr },
    { subnet: from, way: 'in', ports: LOCAL, cidr: to.cidr },
  ] as const;
  return steps.flatMap(({ subnet, way, ports, cidr }) => {
    const acl = aclOf(acls, subnet.subnetId);
    return acl && isClosed(acl, way, ports, cidr) ? [{ acl, way, ports, cidr }] : [];
  });
}
