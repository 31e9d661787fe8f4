/** The /28 map of a subnet, and what its fragmentation costs. */
import type { SubnetItem, SubnetMap } from '../../../inspect/contract/subnets.ts';
import { count, listed, percent, things } from '../../../inspect/contract/words.ts';
import { type Block, type BlockFill, type Fill, joined, type Legend, span } from '../../blocks.ts';

const FILLS: Readonly<Record<string, BlockFill>> = {
  free: 'open',
  fragmented: 'fragmented',
  full: 'full',
  prefix: 'prefix',
  awsReserved: 'reserved',
  prefixReserved: 'kept-for-prefixes',
  explicitReserved: 'kept',
};

const LEGEND: readonly Legend[] = [
  { fill: 'open', label: 'free' },
  { fill: 'fragmented', label: 'fragmented' },
  { fill: 'full', label: 'full' },
  { fill: 'prefix', label: 'prefix' },
  { fill: 'their-block', label: 'other cluster' },
  { fill: 'kept-for-prefixes', label: 'reserved for prefixes' },
  { fill: 'kept', label: 'reserved' },
  { fill: 'reserved', label: 'AWS' },
];

/** Lines of a map on the short screen; on the wide one every block has a cell of its own. */
const LINES = 16;

export function mapBlocks(item: SubnetItem, wide: boolean): Block[] {
  const { map, fragmentation, blocks } = item;
  if (!map || !fragmentation || !blocks) return [];
  const cells = fillsOf(item, map);
  const present: ReadonlySet<Fill> = new Set<Fill>(cells);
  const legend = [...LEGEND, { fill: 'mixed' as const, label: 'some free' }].filter(
    (l) => present.has(l.fill) || (l.fill === 'mixed' && cells.length > LINES * 32 && !wide),
  );
  return [
    { kind: 'heading', text: `/28 MAP of ${item.subnetId}`, legend, sub: true },
    {
      kind: 'map',
      indent: 2,
      cells,
      labels: cells.map((_, i) => addressAt(item.cidr, i)),
      titles: titlesOf(map),
      mostLines: wide ? Number.POSITIVE_INFINITY : LINES,
    },
    { kind: 'line', indent: 2, hang: 2, text: fragmentationText(item) },
  ];
}

/** A block that only other clusters sit in is theirs, whatever its state. */
function fillsOf({ clusters }: SubnetItem, { states, letters, held, holders }: SubnetMap): BlockFill[] {
  const fills = [...states].map((letter) => FILLS[letters[letter] ?? ''] ?? 'full');
  const theirs = new Set((clusters ?? []).filter((c) => !c.ours).map((c) => c.name));
  if ((clusters ?? []).every((c) => !c.ours)) return fills;
  for (const { block, holders: who } of held)
    if (fills[block] !== 'reserved' && who.every((i) => theirs.has(holders[i]?.cluster ?? '')))
      fills[block] = 'their-block';
  return fills;
}

function titlesOf({ states, held, holders }: SubnetMap): string[] {
  const titles = Array.from(states, () => '');
  for (const { block, addresses, holders: who } of held)
    titles[block] = `${things(addresses, 'address', 'addresses')}: ${listed(who.map((i) => holders[i]!.name))}`;
  return titles;
}

function fragmentationText({ fragmentation: f, blocks, addresses }: SubnetItem) {
  if (!f || !blocks) return '';
  const run = f.largestRun;
  return joined([
    span(
      `${blocks.upperBound ? 'at most ' : ''}${things(f.usableBlocks, 'whole /28', 'whole /28')} of ${count(blocks.usable)}`,
      'strong',
    ),
    ...(f.emptyBlocks > f.usableBlocks ? [`${count(f.emptyBlocks)} before reservations`] : []),
    `fragmentation ${f.score === null ? 'not defined: no block could serve a prefix' : `${f.score} %`}`,
    run ? `longest run ${count(run.blocks)} from #${run.block} (${run.cidr})` : 'no run of free blocks',
    `${count(f.strandedAddresses)} of ${count(addresses.free)} free addresses stranded${
      addresses.free > 0 ? ` (${percent(f.strandedAddresses / addresses.free)})` : ''
    }`,
  ]);
}

/** First address of a block. Render has no arithmetic of addresses: this only counts up the one it was given. */
function addressAt(cidr: string, block: number): string {
  const octets = cidr.split('/')[0]!.split('.').map(Number);
  const last = octets[3]! + block * 16;
  const third = octets[2]! + Math.floor(last / 256);
  const second = octets[1]! + Math.floor(third / 256);
  return [octets[0], second % 256, third % 256, last % 256].join('.');
}
