/** Rules of network ACLs that let something through. */
import { contains, parseCidr } from '../../../calc/cidr.ts';
import type { FixContext } from '../../facts/fix-context.ts';
import type { Ports } from '../../facts/support/network-acls.ts';
import { named } from '../../shell.ts';
import type { NetworkAcl } from '../../snapshot/routing.ts';
import { aws } from '../support/commands.ts';

const CLOSING = 32767;

export interface Passage {
  readonly acl: NetworkAcl;
  readonly way: 'in' | 'out';
  readonly ports: Ports;
  readonly cidr: string;
  /** Rules that other commands of the same fix add. */
  readonly promised?: ReadonlySet<number>;
}

/** The number of a rule that stands just before the one which refuses all of it, and the command; undefined where none is free. */
export function letThrough(
  fix: FixContext,
  { acl, way, ports, cidr, promised }: Passage,
): { readonly rule: number; readonly command: string } | undefined {
  const rules = acl.entries.filter((e) => e.egress === (way === 'out')).sort((a, b) => a.rule - b.rule);
  const taken = new Set([...rules.map((e) => e.rule), ...(promised ?? [])]);
  const wanted = parseCidr(cidr);
  const refuses = (e: (typeof rules)[number]) => {
    const range = parseCidr(e.cidr);
    const all = range !== undefined && wanted !== undefined && contains(range, wanted);
    return e.action === 'deny' && all && (e.protocol === '-1' || e.protocol === '6');
  };
  const before = rules.find(refuses)?.rule ?? CLOSING;
  const rule = Array.from({ length: before - 1 }, (_, i) => before - 1 - i).find((n) => !taken.has(n));
  if (rule === undefined) return undefined;
  const command = aws(
    fix,
    ...['ec2', 'create-network-acl-entry', '--network-acl-id', named('network-acl', acl.networkAclId)],
    way === 'in' ? '--ingress' : '--egress',
    ...['--rule-number', String(rule), '--protocol', 'tcp', '--port-range', `From=${ports.from},To=${ports.to}`],
    ...['--cidr-block', cidr, '--rule-action', 'allow'],
  );
  return { rule, command };
}
