/** What DaemonSets cost: an address on every node they run on, unless they use the host network. */
import type { DaemonSetCost, Inspection } from '../../../inspect/contract/report.ts';
import { count, percent, things } from '../../../inspect/contract/words.ts';
import { type Block, span, unbroken } from '../../blocks.ts';

export function daemonSetBlocks({ daemonSets, nodes }: Inspection): Block[] {
  if (!daemonSets || daemonSets.length === 0) return [];
  const paying = daemonSets.filter((d) => d.addresses > 0).sort((a, b) => b.addresses - a.addresses);
  const free = daemonSets.filter((d) => d.hostNetwork);
  const total = paying.reduce((n, d) => n + d.addresses, 0);
  // Other engines give the pods of their nodes addresses of their own.
  const served = nodes?.filter((n) => n.platform === 'vpc-cni');
  const holding = served?.reduce((n, { demand }) => n + (demand?.holding ?? 0) + (demand?.branch ?? 0), 0);
  return [
    { kind: 'heading', text: 'DAEMONSETS', note: span(note(total, holding, served?.length), 'muted') },
    ...(paying.length > 0 ? [named('pod IPs:', paying, (d) => `${nameOf(d)} ${count(d.addresses)}`)] : []),
    ...(free.length > 0 ? [named('none, host network:', free, nameOf)] : []),
  ];
}

function note(total: number, addressed: number | undefined, nodes: number | undefined): string {
  const perNode = nodes ? `, ${(total / nodes).toFixed(1)} a node` : '';
  const share = addressed && total > 0 ? `: ${percent(total / addressed)} of all pod IPs in use` : '';
  return `${things(total, 'address', 'addresses')}${perNode}${share}`;
}

function named(word: string, sets: readonly DaemonSetCost[], say: (d: DaemonSetCost) => string): Block {
  return {
    kind: 'line',
    indent: 2,
    hang: 2,
    text: [span(`${word} `, 'muted'), sets.map((d) => unbroken(say(d))).join(', ')],
  };
}

function nameOf(d: DaemonSetCost): string {
  return d.namespace === 'kube-system' ? d.name : `${d.namespace}/${d.name}`;
}
