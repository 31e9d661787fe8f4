import { contains, parseCidr } from '../../calc/cidr.ts';
import { ipv6RangeHolds, parseIpv6 } from '../../calc/ipv6.ts';
import { defineFact, section } from './define-fact.ts';

export interface Flow {
  /** `any`: whatever the rule lets through counts. */
  readonly protocol: 'tcp' | 'udp' | 'any';
  readonly port?: number;
}

/** The other end of a flow: the groups on its interface, and the ranges it may lie in. A rule for all of either lets it through. */
export interface End {
  readonly groupIds: readonly string[];
  readonly cidrs: readonly string[];
}

export interface GroupRules {
  /** Rules of the group were read. */
  readonly knows: (groupId: string) => boolean;
  /**
   * Whether interfaces with these groups may send to (`out`) or take from (`in`) the other end; undefined where a group or a
   * prefix list that decides it was not read. Groups add up: what one of them allows is allowed.
   */
  readonly allows: (groupIds: readonly string[], way: 'in' | 'out', flow: Flow, other: End) => boolean | undefined;
  /**
   * Whether what the first groups let out to IPv4 ranges the others let out too; undefined where a group or a prefix list was
   * not read. Rules that name other groups stay inside the VPC and are left out.
   */
  readonly tighter: (groupIds: readonly string[], than: readonly string[]) => boolean | undefined;
  /** A rule out exists at all; undefined where a group was not read. */
  readonly lets: (groupIds: readonly string[], way: 'in' | 'out') => boolean | undefined;
}

const PROTOCOLS: Readonly<Record<string, string>> = { '6': 'tcp', '17': 'udp', all: '-1' };

/** Security groups are stateful: only the way a connection is begun has to be allowed. */
export const groupRules = defineFact({
  id: 'groupRules',
  needs: { read: section('securityGroupRules') },
  helps: { lists: section('prefixLists') },
  derive: ({ read, lists }): GroupRules => {
    const known = new Set(read.groupIds);
    const ranges = new Map(lists?.map((l) => [l.prefixListId, l.cidrs]));
    const of = (groupIds: readonly string[], way: 'in' | 'out') =>
      read.rules.filter((r) => r.egress === (way === 'out') && groupIds.includes(r.groupId));
    return {
      knows: (groupId) => known.has(groupId),
      tighter: (groupIds, than) => {
        if ([...groupIds, ...than].some((id) => !known.has(id))) return undefined;
        const left = of(groupIds, 'out').flatMap((r) => cidrsOf(r, ranges).map((cidr) => ({ rule: r, cidr })));
        const right = of(than, 'out').flatMap((r) => cidrsOf(r, ranges).map((cidr) => ({ rule: r, cidr })));
        const dark = of(groupIds, 'out').some((r) => r.prefixListId !== undefined && !ranges.has(r.prefixListId));
        const loose = left.filter(
          (a) => parseCidr(a.cidr) && !right.some((b) => holds(b.cidr, a.cidr) && covers(b.rule, a.rule)),
        );
        return loose.length > 0 ? false : dark ? undefined : true;
      },
      lets: (groupIds, way) => {
        if (of(groupIds, way).length > 0) return true;
        return groupIds.every((id) => known.has(id)) ? false : undefined;
      },
      allows: (groupIds, way, flow, other) => {
        const rules = of(groupIds, way).filter((r) => carries(r, flow));
        if (rules.some((r) => r.peerGroupId !== undefined && other.groupIds.includes(r.peerGroupId))) return true;
        const open = rules.flatMap((r) => cidrsOf(r, ranges));
        if (other.cidrs.length > 0 && other.cidrs.every((c) => open.some((o) => holds(o, c)))) return true;
        const dark = rules.some((r) => r.prefixListId !== undefined && !ranges.has(r.prefixListId));
        return dark || groupIds.some((id) => !known.has(id)) ? undefined : false;
      },
    };
  },
});

type Rule = { readonly protocol: string; readonly fromPort?: number; readonly toPort?: number };

function carries(rule: Rule, flow: Flow): boolean {
  const protocol = PROTOCOLS[rule.protocol] ?? rule.protocol;
  if (protocol === '-1' || flow.protocol === 'any') return true;
  if (protocol !== flow.protocol) return false;
  const from = rule.fromPort ?? -1;
  if (from === -1 || flow.port === undefined) return true;
  return from <= flow.port && flow.port <= (rule.toPort ?? from);
}

function cidrsOf(
  rule: { readonly cidr?: string; readonly prefixListId?: string },
  ranges: ReadonlyMap<string, readonly string[]>,
): readonly string[] {
  return rule.cidr ? [rule.cidr] : (ranges.get(rule.prefixListId ?? '') ?? []);
}

/** Every protocol and port of the one is the other's too. */
function covers(outer: Rule, inner: Rule): boolean {
  const [a, b] = [PROTOCOLS[outer.protocol] ?? outer.protocol, PROTOCOLS[inner.protocol] ?? inner.protocol];
  if (a === '-1') return true;
  if (a !== b) return false;
  const from = outer.fromPort ?? -1;
  if (from === -1) return true;
  const first = inner.fromPort ?? -1;
  return first !== -1 && from <= first && (inner.toPort ?? first) <= (outer.toPort ?? from);
}

/** Ranges of either family; one of the other family holds nothing. */
function holds(outer: string, inner: string): boolean {
  const [a, b] = [parseCidr(outer), parseCidr(inner)];
  if (a && b) return contains(a, b);
  if (a || b) return false;
  const [first, length] = inner.split('/');
  const address = parseIpv6(first ?? '');
  return address !== undefined && Number(outer.split('/')[1]) <= Number(length) && ipv6RangeHolds(outer, address);
}
