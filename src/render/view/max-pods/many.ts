/** Several types under one pair of pattern and mode, a line each. */
import type { AuthorityId, MaxPodsGroup, MaxPodsItem } from '../../../calc/maxpods/index.ts';
import type { MaxPodsReport } from '../../../inspect/contract/report.ts';
import { type Block, type Cell, type Column, span } from '../../blocks.ts';
import { warningBlocks } from './notes.ts';
import { boundName, branchGain, pairName, pasteHint, subnetAddresses, toneOf } from './words.ts';

export function manyView(report: MaxPodsReport): readonly Block[] {
  const { items, group, catalog } = report;
  const modes = [...new Set(items.map(pairName))].join(' / ');
  const answer = group ? [groupLine(group, items.length)] : [];
  return [
    {
      kind: 'line',
      text: [span(`${items.length} types`, 'strong'), ` · ${modes}`, span(` · data ${catalog.date}`, 'muted')],
      hang: 2,
    },
    ...answer,
    { kind: 'blank' },
    table(items),
    ...warningBlocks(items, (item) => item.instanceType),
    { kind: 'blank' },
    ...(report.paste.length > 0 ? [{ kind: 'line' as const, text: span(pasteHint(report), 'muted'), hang: 2 }] : []),
    ...answer,
  ];
}

function groupLine(group: MaxPodsGroup, types: number): Block {
  const text = ` in one group of them all, because ${groupReason(group, types)}`;
  return { kind: 'line', text: [span(`${group.maxPods} pods a node`, 'strong'), text], hang: 2 };
}

/** Names a type only where it alone is lowest; otherwise what holds the lowest of them down. */
function groupReason({ maxPods, becauseOf, smallest, boundBy }: MaxPodsGroup, types: number): string {
  if (becauseOf !== null) return `${becauseOf} takes no more`;
  const who = smallest === types ? `all ${types}` : `${smallest} of ${types}`;
  if (boundBy === 'vcpu-ceiling') return `the cap of ${maxPods} holds for ${who}`;
  if (boundBy === 'kubelet-default') return `kubelet's ${maxPods} holds for ${who}`;
  return `${who} come to no more`;
}

function table(items: readonly MaxPodsItem[]): Block {
  const branch = items.some((item) => branchGain(item) > 0);
  const most = Math.max(...items.map((item) => item.maxPodsWithBranch));
  const columns: readonly Column[] = [
    { title: 'TYPE' },
    { title: 'vCPU', align: 'right' },
    { title: 'ENIs', align: 'right' },
    { title: 'ADDRESSES', align: 'right' },
    { title: 'MAX PODS', align: 'right' },
    ...(branch ? [{ title: '+SG', align: 'right' as const }] : []),
    { title: 'BOUND BY' },
    { title: 'FORMULA', only: 'wide' },
    { title: 'IPs/NODE', align: 'right', only: 'wide' },
    { title: 'AL2023', align: 'right', only: 'wide' },
    { title: 'MNG', align: 'right', only: 'wide' },
    { title: 'KARPENTER', align: 'right', only: 'wide' },
    { title: '' },
  ];
  const rows = items.map((item): readonly Cell[] => [
    item.instanceType,
    item.vcpus === null ? '?' : String(item.vcpus),
    `${item.usableEnis}/${item.enis}`,
    item.mode === 'ipv6' && item.supported ? '2^48' : String(item.ipsForPods),
    span(String(item.maxPods), toneOf(item)),
    ...(branch ? [branchGain(item) > 0 ? `+${branchGain(item)}` : ''] : []),
    boundName(item),
    item.formula,
    subnetAddresses(item),
    setBy(item, 'nodeadm'),
    setBy(item, 'managed-node-group'),
    setBy(item, 'karpenter'),
    bar(item, most),
  ]);
  return { kind: 'table', columns, rows };
}

function setBy(item: MaxPodsItem, id: AuthorityId): string {
  const value = item.authorities.find((authority) => authority.id === id)?.maxPods;
  return value === null || value === undefined ? '–' : String(value);
}

/** Pods of any kind, then those that need a branch ENI. */
export function bar(item: MaxPodsItem, most: number): Cell {
  return {
    bar: {
      total: most,
      segments: [
        { value: item.supported ? item.maxPods : 0, fill: 'pods' },
        { value: branchGain(item), fill: 'other' },
      ],
    },
  };
}
