/** What network ACLs let through, as far as whole networks are concerned: the first rule that matches decides. */
import { contains, overlaps, parseCidr } from '../../../calc/cidr.ts';
import type { NetworkAcl } from '../../snapshot/routing.ts';

type Entry = NetworkAcl['entries'][number];

const ANYWHERE = '0.0.0.0/0';
const ALL = '-1';
const TCP = '6';
const ICMP = '1';
/** Destination unreachable, fragmentation needed. */
const TOO_BIG = { type: 3, code: 4 };

export interface Ports {
  readonly from: number;
  readonly to: number;
}

export function aclOf(acls: readonly NetworkAcl[], subnetId: string): NetworkAcl | undefined {
  return acls.find((a) => a.subnetIds.includes(subnetId));
}

/** The ACL of one subnet where it holds something back and that of another does not; undefined where either was not read. */
export function closedAcl(acls: readonly NetworkAcl[] | undefined, of: string, unlike: string): string | undefined {
  const [own, other] = [acls && aclOf(acls, of), acls && aclOf(acls, unlike)];
  if (!own || !other || own.networkAclId === other.networkAclId) return undefined;
  return isOpen(other) && !isOpen(own) ? own.networkAclId : undefined;
}

/** Whether everything passes both ways. */
export function isOpen(acl: NetworkAcl): boolean {
  return [true, false].every((egress) => {
    const [first] = inOrder(acl, egress).filter((e) => isIpv4(e));
    return first?.action === 'allow' && first.protocol === ALL && first.cidr === ANYWHERE;
  });
}

/** Ports of TCP, of those given, that any address may send to from outside the subnet; in order, none touching another. */
export function openPorts(acl: NetworkAcl, wanted: Ports): readonly Ports[] {
  let open: Ports[] = [];
  let undecided: Ports[] = [wanted];
  for (const e of inOrder(acl, false)) {
    if (e.cidr !== ANYWHERE || (e.protocol !== ALL && e.protocol !== TCP)) continue;
    const here =
      e.protocol === ALL || e.fromPort === undefined ? wanted : { from: e.fromPort, to: e.toPort ?? e.fromPort };
    if (e.action === 'allow') open = [...open, ...undecided.flatMap((p) => common(p, here))];
    undecided = undecided.flatMap((p) => without(p, here));
  }
  return joined(open);
}

/**
 * Whether nothing of TCP to these ports passes to (`out`) or from (`in`) any address of the range. A rule for a part of the range
 * that lets some of it through is enough: what cannot be told for certain is not called closed.
 */
export function isClosed(acl: NetworkAcl, way: 'in' | 'out', ports: Ports, cidr: string): boolean {
  const wanted = parseCidr(cidr);
  if (!wanted) return false;
  let undecided: Ports[] = [ports];
  for (const e of inOrder(acl, way === 'out')) {
    const range = parseCidr(e.cidr);
    if (!range || !overlaps(range, wanted) || (e.protocol !== ALL && e.protocol !== TCP)) continue;
    const here =
      e.protocol === ALL || e.fromPort === undefined ? ports : { from: e.fromPort, to: e.toPort ?? e.fromPort };
    if (e.action === 'allow' && undecided.some((p) => common(p, here).length > 0)) return false;
    if (contains(range, wanted)) undecided = undecided.flatMap((p) => without(p, here));
  }
  return true;
}

/** Whether no rule lets in the messages by which a sender learns that its packets are too large. */
export function holdsBackTooBig(acl: NetworkAcl): boolean {
  for (const e of inOrder(acl, false)) {
    if (!isIpv4(e) || !isTooBig(e)) continue;
    if (e.action === 'allow') return false;
    if (e.cidr === ANYWHERE) return true;
  }
  return true;
}

function isTooBig(e: Entry): boolean {
  if (e.protocol === ALL) return true;
  if (e.protocol !== ICMP) return false;
  const [type, code] = [e.icmpType ?? -1, e.icmpCode ?? -1];
  return (type === -1 || type === TOO_BIG.type) && (code === -1 || code === TOO_BIG.code);
}

function isIpv4(e: Entry): boolean {
  return !e.cidr.includes(':');
}

function inOrder(acl: NetworkAcl, egress: boolean): readonly Entry[] {
  return acl.entries.filter((e) => e.egress === egress).sort((a, b) => a.rule - b.rule);
}

function common(a: Ports, b: Ports): Ports[] {
  const [from, to] = [Math.max(a.from, b.from), Math.min(a.to, b.to)];
  return from <= to ? [{ from, to }] : [];
}

function without(a: Ports, b: Ports): Ports[] {
  if (b.to < a.from || b.from > a.to) return [a];
  return [
    ...(b.from > a.from ? [{ from: a.from, to: b.from - 1 }] : []),
    ...(b.to < a.to ? [{ from: b.to + 1, to: a.to }] : []),
  ];
}

function joined(ports: readonly Ports[]): Ports[] {
  const merged: { from: number; to: number }[] = [];
  for (const p of [...ports].sort((a, b) => a.from - b.from)) {
    const last = merged.at(-1);
    if (last && p.from <= last.to + 1) last.to = Math.max(last.to, p.to);
    else merged.push({ ...p });
  }
  return merged;
}
