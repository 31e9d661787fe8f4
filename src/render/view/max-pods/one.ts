/** One type under one pair of pattern and mode: how the number comes about, who sets it, and last the number itself. */
import type { MaxPodsItem } from '../../../calc/maxpods/index.ts';
import type { MaxPodsReport } from '../../../inspect/contract/report.ts';
import { type Block, type Span, span, spansOf } from '../../blocks.ts';
import { warningBlocks } from './notes.ts';
import { settersInFull, settersInShort } from './setters.ts';
import { step } from './step.ts';
import { boundName, branchGain, formulaTerm, pairName, pasteHint, subnetAddresses, toneOf, typeLine } from './words.ts';

/** A screen of a terminal that nobody has made larger. */
const ROWS = 24;
const COLUMNS = 80;

export function oneView(report: MaxPodsReport, item: MaxPodsItem, wide: boolean): readonly Block[] {
  const above: readonly Block[] = [
    { kind: 'line', text: typeLine(item, report.catalog.date), hang: 2 },
    { kind: 'line', text: [...verdict(item), span(`   ${pairName(item)}`, 'muted')], hang: 2 },
    { kind: 'blank' },
    ...derivation(item),
    ...(item.supported ? (wide ? settersInFull(item) : settersInShort(item)) : []),
  ];
  const below: readonly Block[] = [
    { kind: 'blank' },
    ...(item.supported ? [{ kind: 'line' as const, text: span(pasteHint(report), 'muted'), hang: 2 }] : []),
    { kind: 'line', text: verdict(item), hang: 2 },
  ];
  const warnings = wide
    ? warningBlocks([item], () => item.instanceType)
    : warningsWithin(item, ROWS - rowsOf([...above, ...below]));
  return [...above, ...warnings, ...below];
}

/** The gravest first, as many as leave the answer in sight. Who admits more pods than get an address is told above. */
function warningsWithin(item: MaxPodsItem, rows: number): readonly Block[] {
  const all = item.warnings.filter(({ id }) => id !== 'maxpods-above-addresses');
  const blocksOf = (count: number): readonly Block[] => [
    ...warningBlocks([{ ...item, warnings: all.slice(0, count) }], () => item.instanceType),
    ...(count < all.length
      ? [{ kind: 'line' as const, text: span(`and ${all.length - count} more to know: -o wide`, 'muted'), indent: 2 }]
      : []),
  ];
  let count = all.length;
  while (count > 0 && rowsOf(blocksOf(count)) > rows) count--;
  return blocksOf(count);
}

/** Rows on a small terminal, never fewer than it takes. */
function rowsOf(blocks: readonly Block[]): number {
  return blocks.reduce((sum, block) => {
    if (block.kind !== 'line') return sum + 1;
    const length = spansOf(block.text).reduce((n, { text }) => n + text.length, block.indent ?? 0);
    // Words break before the edge: a line is as good as full ten columns before it.
    const rest = Math.max(length - COLUMNS, 0) / (COLUMNS - (block.hang ?? 0) - 10);
    return sum + 1 + Math.ceil(rest);
  }, 0);
}

function verdict(item: MaxPodsItem): readonly (string | Span)[] {
  if (!item.supported) return [span('not possible', 'error'), ': refused on this type and CNI'];
  const gain = branchGain(item);
  const branch = gain > 0 ? `, ${item.maxPodsWithBranch} if ${gain} of them use branch ENIs` : '';
  return [span(`${item.maxPods} pods a node`, toneOf(item)), branch, `, bound by ${boundName(item)}`];
}

function derivation(item: MaxPodsItem): readonly Block[] {
  const lost = item.deductions.map(({ enis, note }) => `−${enis} ${note}`).join('; ');
  const full = item.nodeAddresses.podSubnet > 0 ? 'pod subnet + node subnet, of ' : 'of ';
  const addresses = item.mode === 'ipv6' ? '2^48' : item.ipsForPods;
  const enis = step('ENIs for pods', `${item.usableEnis}/${item.enis}`, lost || eniNote(item));
  if (!item.supported) return [enis];
  return [
    ...(item.deductions.length > 0 || item.os === 'windows' || item.mode === 'ipv6' ? [enis] : []),
    step('addresses for pods', addresses, addressNote(item)),
    step('formula', item.theoreticalMaxPods, formulaTerm(item)),
    step('cap', item.ceiling.value ?? '?', item.ceiling.reason),
    ...(item.branchEnis > 0 ? [step('branch ENIs', item.branchEnis, 'one pod each, beside the addresses')] : []),
    step('subnet addresses', subnetAddresses(item), `${full}a node full to ${item.maxPods} pods`),
    ...(item.kubeReserved
      ? [
          step(
            'kube-reserved MiB',
            item.kubeReserved.mib,
            `of ${item.kubeReserved.ofMib}, where the AMI sizes it by maxPods`,
          ),
        ]
      : []),
  ];
}

function eniNote(item: MaxPodsItem): string {
  if (item.os === 'windows') return 'Windows pods live on the primary ENI';
  if (item.mode === 'ipv6')
    return item.supported ? 'one /80 on the primary ENI serves all pods' : 'the CNI does not start';
  return 'every ENI of the default card';
}

function addressNote(item: MaxPodsItem): string {
  if (item.mode === 'ipv6') return 'never the limit';
  const perEni = `${item.usableEnis} ${item.usableEnis === 1 ? 'ENI' : 'ENIs'} × ${item.ipv4PerEni - 1} slots`;
  return item.mode === 'prefix'
    ? `${perEni} × 16, if the subnet has free /28 blocks`
    : `${perEni}, each ENI's own address aside`;
}
