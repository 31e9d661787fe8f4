/** One type under one pair of pattern and mode: how the number comes about and who sets it. */
import { type Authority, HOST_PODS, type MaxPodsItem } from '../../../calc/maxpods/index.ts';
import type { MaxPodsReport } from '../../../inspect/contract/report.ts';
import { type Block, type Column, span, type Text } from '../../blocks.ts';
import { snippetBlocks, warningBlocks } from './notes.ts';
import {
  boundName,
  branchGain,
  difference,
  formulaTerm,
  pairName,
  subnetAddresses,
  toneOf,
  typeLine,
} from './words.ts';

export function oneView(report: MaxPodsReport, item: MaxPodsItem): readonly Block[] {
  return [
    { kind: 'line', text: typeLine(item, report.catalog.date), hang: 2 },
    { kind: 'line', text: verdict(item), hang: 2 },
    { kind: 'blank' },
    ...derivation(item),
    ...(item.supported ? authorities(item) : []),
    ...warningBlocks([item], () => item.instanceType),
    ...snippetBlocks([item], report.paste),
  ];
}

function verdict(item: MaxPodsItem): Text {
  const rest = `   ${pairName(item)} · bound by ${boundName(item)}`;
  if (!item.supported) return [span('not possible', 'error'), `   ${pairName(item)} is refused on this type and CNI`];
  const gain = branchGain(item);
  const branch = gain > 0 ? `, ${item.maxPodsWithBranch} if ${gain} of them use branch ENIs` : '';
  return [span(`${item.maxPods} pods a node`, toneOf(item)), branch, rest];
}

const LABEL = 20;
const NUMBER = 7;

/** `label  number  why`, wrapped under the why. */
function step(label: string, number: string | number, why: string): Block {
  const head = `${label.padEnd(LABEL)}${String(number).padStart(NUMBER)}  `;
  return { kind: 'line', text: [head, span(why, 'muted')], hang: head.length };
}

function derivation(item: MaxPodsItem): readonly Block[] {
  const lost = item.deductions.map(({ enis, note }) => `−${enis} ${note}`).join('; ');
  const full = item.nodeAddresses.podSubnet > 0 ? 'pod subnet + node subnet, of ' : 'of ';
  const addresses = item.mode === 'ipv6' ? '2^48' : item.ipsForPods;
  const enis = step('ENIs for pods', `${item.usableEnis}/${item.enis}`, lost || eniNote(item));
  if (!item.supported) return [enis];
  return [
    enis,
    step('addresses for pods', addresses, addressNote(item)),
    step('formula', item.theoreticalMaxPods, formulaTerm(item)),
    step('cap', item.ceiling.value ?? '?', item.ceiling.reason),
    ...(item.branchEnis > 0
      ? [step('branch ENIs', item.branchEnis, 'one pod each, beside the addresses; kubelet counts them too')]
      : []),
    step('subnet addresses', subnetAddresses(item), `${full}a node full to ${item.maxPods} pods`),
  ];
}

function eniNote(item: MaxPodsItem): string {
  if (item.os === 'windows') return 'Windows pods live on the primary ENI';
  if (item.mode === 'ipv6')
    return item.supported ? 'one /80 on the primary ENI serves all pods' : 'the CNI does not start';
  return 'all of the default card';
}

function addressNote(item: MaxPodsItem): string {
  if (item.mode === 'ipv6') return 'never the limit';
  const perEni = `${item.usableEnis} × ${item.ipv4PerEni - 1} slots`;
  return item.mode === 'prefix'
    ? `${perEni} × /28, if the subnet has free /28 blocks`
    : `${perEni}, each ENI's own address aside`;
}

function authorities(item: MaxPodsItem): readonly Block[] {
  const columns: readonly Column[] = [
    { title: 'WHO SETS MAXPODS' },
    { title: 'PODS', align: 'right' },
    { title: 'DIFF', align: 'right' },
    { title: 'UNCAPPED', align: 'right', only: 'wide' },
    { title: 'AS OF', only: 'wide' },
    { title: 'NOTE', flexible: true },
  ];
  const shown = item.authorities.filter((a) => item.os === 'linux' || a.maxPods !== null);
  const rows = shown.map((a) => [
    a.applies ? span(`${a.id} ◀`, 'strong') : a.id,
    a.maxPods === null ? '–' : String(a.maxPods),
    a.maxPods === null ? '' : span(difference(a.maxPods, item.maxPods), isOver(item, a) ? 'error' : 'plain'),
    a.uncappedMaxPods === null ? '' : String(a.uncappedMaxPods),
    a.asOf,
    span(a.note, 'muted'),
  ]);
  return [{ kind: 'blank' }, { kind: 'table', columns, rows }];
}

/** Whether this setting lets more pods onto such a node than get an address. */
function isOver(item: MaxPodsItem, { id, maxPods }: Authority): boolean {
  if (maxPods === null || id === 'windows' || item.os === 'windows' || item.mode === 'ipv6') return false;
  return maxPods > item.ipsForPods + HOST_PODS;
}
