/** What security groups keep pods from, and the rules that would open it. */
import * as v from 'valibot';
import type { Fix } from '../../contract/finding.ts';
import { some, things } from '../../contract/words.ts';
import type { DnsServer } from '../../facts/core-dns.ts';
import type { FixContext } from '../../facts/fix-context.ts';
import type { End, GroupRules } from '../../facts/group-rules.ts';
import { json, named } from '../../shell.ts';
import { aws } from './commands.ts';

export const missingRuleSchema = v.object({
  /** The groups at both ends; a rule is missing on one of them. */
  source: v.array(v.string()),
  destination: v.array(v.string()),
  protocol: v.string(),
  port: v.nullable(v.number()),
  /** Which side refuses: `out` of the source, `in` of the destination. */
  way: v.picklist(['out', 'in']),
  what: v.string(),
});
export type MissingRule = v.InferOutput<typeof missingRuleSchema>;

export interface DnsPaths {
  readonly missing: readonly MissingRule[];
  /** CoreDNS pods whose way there and whose interface are known, and those of them that do not answer over UDP. */
  readonly judged: number;
  readonly cutOff: number;
  /** Pods of CoreDNS of which it is not known. */
  readonly unknown: number;
}

const DNS_PORT = 53;

/** Ways from interfaces with these groups, in these ranges, to every pod of CoreDNS. Both sides have to allow it. */
export function dnsPaths(rules: GroupRules, from: End, servers: readonly DnsServer[]): DnsPaths {
  const missing = new Map<string, MissingRule>();
  let judged = 0;
  let cutOff = 0;
  let unknown = 0;
  for (const { ip, groupIds } of servers) {
    if (!groupIds) {
      unknown++;
      continue;
    }
    const to: End = { groupIds, cidrs: [ip.includes(':') ? `${ip}/128` : `${ip}/32`] };
    const found = (['udp', 'tcp'] as const).flatMap((protocol) => blocked(rules, from, to, protocol, DNS_PORT, 'DNS'));
    for (const rule of found) missing.set(JSON.stringify(rule), rule);
    const dark = (['in', 'out'] as const).some(
      (way) =>
        rules.allows(
          way === 'out' ? from.groupIds : to.groupIds,
          way,
          { protocol: 'udp', port: DNS_PORT },
          way === 'out' ? to : from,
        ) === undefined,
    );
    if (dark && found.length === 0) unknown++;
    else judged++;
    if (found.some((r) => r.protocol === 'udp')) cutOff++;
  }
  return { missing: [...missing.values()], judged, cutOff, unknown };
}

/** The rules that are missing for one flow; nothing where it is allowed or not known. */
export function blocked(
  rules: GroupRules,
  from: End,
  to: End,
  protocol: 'tcp' | 'udp' | 'any',
  port: number | undefined,
  what: string,
): MissingRule[] {
  const flow = { protocol, port };
  const draft = (way: MissingRule['way']): MissingRule => ({
    source: [...from.groupIds],
    destination: [...to.groupIds],
    protocol,
    port: port ?? null,
    way,
    what,
  });
  return [
    ...(rules.allows(from.groupIds, 'out', flow, to) === false ? [draft('out')] : []),
    ...(rules.allows(to.groupIds, 'in', flow, from) === false ? [draft('in')] : []),
  ];
}

/** `udp 53 from sg-a into sg-b (DNS)`. */
export function ruleText(r: MissingRule): string {
  const what = r.protocol === 'any' ? 'anything' : `${r.protocol}${r.port === null ? '' : ` ${r.port}`}`;
  return `${what} ${r.way === 'in' ? `from ${some(r.source)} into ${some(r.destination)}` : `out of ${some(r.source)} to ${some(r.destination)}`} (${r.what})`;
}

/** One rule for each, on the first group of the side that refuses, from or to the first group of the other. */
export function openRules(fix: FixContext, missing: readonly MissingRule[]): Fix[] {
  const commands = missing.flatMap((r) => {
    const [on, other] = r.way === 'in' ? [r.destination[0], r.source[0]] : [r.source[0], r.destination[0]];
    if (on === undefined || other === undefined) return [];
    const ports = r.port === null ? {} : { FromPort: r.port, ToPort: r.port };
    const rule = {
      IpProtocol: r.protocol === 'any' ? '-1' : r.protocol,
      ...ports,
      UserIdGroupPairs: [{ GroupId: named('security-group', other) }],
    };
    return [
      aws(
        fix,
        'ec2',
        r.way === 'in' ? 'authorize-security-group-ingress' : 'authorize-security-group-egress',
        '--group-id',
        named('security-group', on),
        '--ip-permissions',
        json([rule]),
      ),
    ];
  });
  const distinct = [...new Set(commands)];
  if (distinct.length === 0) return [];
  return [
    {
      title: `Add ${things(distinct.length, 'rule')} to the security groups`,
      commands: distinct,
      changes:
        'Every interface with these groups is reached or may send so at once, also those of nothing in this cluster.',
      effect: 'immediate',
    },
  ];
}
