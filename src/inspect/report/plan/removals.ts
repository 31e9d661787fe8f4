/** What a change takes away from under nodes and pods, and deletions that cannot go through, as findings. */
import { longCode } from '../../checks/define-check.ts';
import type { Finding } from '../../contract/finding.ts';
import type { Inspection } from '../../contract/report.ts';
import { things } from '../../contract/words.ts';
import type { Removal } from '../../projection/changes/reading.ts';

const CODES = { cluster: 'SUB002', subnet: 'SUB002', cidr: 'SUB002', 'eni-config': 'CUS001' } as const;

const WORDS = {
  cluster: 'the cluster',
  subnet: 'the subnet',
  cidr: 'the range',
  'eni-config': 'the ENIConfig',
} as const;
const KINDS = { cluster: 'cluster', subnet: 'subnet', cidr: 'cluster', 'eni-config': 'eniconfig' } as const;

/** Nodes and interfaces that a sentence names; the evidence has them all. */
const NAMED = 5;

export function removalFindings(removals: readonly Removal[]): Finding[] {
  return removals.map((removal): Finding => {
    const { what, id, nodes, pods, blockers } = removal;
    const code = CODES[what];
    const harmful = nodes.length > 0 || what === 'cluster';
    return {
      id: `${code}/${harmful ? 'removed' : 'blocked'}:${id}`,
      code,
      longCode: longCode(code),
      subReason: harmful ? 'removed' : 'blocked',
      severity: harmful ? 'error' : 'warning',
      confidence: 'derived',
      title: harmful ? 'The change removes what nodes stand on' : 'The change deletes what others still hold',
      message: harmful ? harm(removal) : blocked(removal),
      grain: what === 'subnet' ? 'subnet' : 'cluster',
      resources: [
        { kind: KINDS[what], id },
        ...nodes.map((name) => ({ kind: 'node', id: name }) as const),
        ...blockers.map((b) => ({ kind: 'eni', id: b.eniId }) as const),
      ],
      resourcesTotal: 1 + nodes.length + blockers.length,
      scope: { nodes, ...(what === 'subnet' ? { subnets: [id] } : {}) },
      evidence: { address: removal.address, file: removal.file, line: removal.line ?? null, nodes, pods, blockers },
      fixes: [],
      explains: [],
      caveats: [],
    };
  });
}

function harm({ what, id, address, nodes, pods, blockers }: Removal): string {
  const under =
    nodes.length === 0
      ? ''
      : `: ${things(nodes.length, 'node')} ${on(what)} (${some(nodes)}) with ${things(pods, 'pod')}`;
  const others = blockers.length > 0 ? `; ${inTheWay(blockers)}` : '';
  return `${address} removes ${WORDS[what]} ${id}${under}${others}`;
}

function on(what: Removal['what']): string {
  return what === 'eni-config' ? 'get no further ENI' : what === 'cluster' ? 'of it go' : 'stand in it';
}

function blocked({ what, id, address, blockers }: Removal): string {
  return `${address} deletes ${WORDS[what]} ${id}, which does not go through: ${inTheWay(blockers)}`;
}

function inTheWay(blockers: Removal['blockers']): string {
  const addresses = blockers.reduce((n, b) => n + b.addresses, 0);
  const named = some(blockers.map((b) => `${b.eniId} ${b.what}`));
  return `${things(blockers.length, 'interface')} of others with ${things(addresses, 'address', 'addresses')} (${named}) would still be in it`;
}

function some(names: readonly string[]): string {
  const more = names.length - NAMED;
  return more > 0 ? `${names.slice(0, NAMED).join(', ')} and ${more} more` : names.join(', ');
}

/** An inspection of the cluster as a change would leave it: what it would take away comes first. */
export function withRemovals(report: Inspection, removals: readonly Removal[]): Inspection {
  return removals.length === 0 ? report : { ...report, findings: [...removalFindings(removals), ...report.findings] };
}
