/** All subnets, one a line: how full, what is free in addresses and whole /28, and whose the rest is. */
import type { SubnetItem, SubnetsReport } from '../../../inspect/contract/subnets.ts';
import { count, percent, shortZone, UNKNOWN } from '../../../inspect/contract/words.ts';
import { type Bar, type Block, type Cell, type Legend, span, type Tone } from '../../blocks.ts';
import { heldBy } from '../owners.ts';

const LEGEND: readonly Legend[] = [
  { fill: 'pods', label: 'this cluster' },
  { fill: 'warm', label: 'idle' },
  { fill: 'theirs', label: 'other clusters' },
  { fill: 'other', label: 'others' },
  { fill: 'free', label: 'free' },
];

/** Without interfaces nobody knows who holds what is taken. */
const LEGEND_WITHOUT_OWNERS: readonly Legend[] = [
  { fill: 'taken', label: 'taken' },
  { fill: 'free', label: 'free' },
];

const LOW = 0.2;
const SCARCE = 0.05;

export function summaryBlocks({ items }: SubnetsReport): Block[] {
  if (items.length === 0) return [{ kind: 'line', text: 'No subnet was found.' }];
  const bars = items.map(barOf);
  const used = new Set(bars.flatMap((b) => b.segments.filter((s) => s.value > 0).map((s) => s.fill)));
  const legend = items.some((i) => i.owners) ? LEGEND : LEGEND_WITHOUT_OWNERS;
  return [
    { kind: 'heading', text: 'SUBNETS', legend: legend.filter((l) => used.has(l.fill)) },
    {
      kind: 'table',
      indent: 2,
      columns: [
        { title: 'AZ' },
        { title: 'SUBNET' },
        { title: 'NAME', flexible: true, drop: 5 },
        { title: 'CIDR', drop: 3 },
        { title: 'FOUND BY', flexible: true, drop: 4 },
        { title: 'USED', align: 'right' },
        { title: 'FREE', align: 'right' },
        { title: '/28', align: 'right' },
        { title: 'OF', align: 'right', drop: 4 },
        {
          title: 'FRAG',
          align: 'right',
          drop: 2,
          note: 'FRAG: share of the /28 without a prefix that cannot take one',
        },
        { title: '' },
      ],
      rows: items.map((item, i) => cells(item, bars[i]!)),
    },
  ];
}

function cells(item: SubnetItem, bar: Bar): Cell[] {
  const { addresses, fragmentation, blocks } = item;
  const usable = Math.max(addresses.total - addresses.reserved, 1);
  const score = fragmentation?.score ?? null;
  return [
    shortZone(item.availabilityZone),
    item.subnetId,
    item.name ?? '',
    item.cidr,
    foundBy(item),
    percent(1 - addresses.free / usable),
    span(count(addresses.free), toneOf(addresses.free / usable)),
    blocks && fragmentation
      ? `${blocks.upperBound && fragmentation.usableBlocks > 0 ? '≤' : ''}${count(fragmentation.usableBlocks)}`
      : UNKNOWN,
    span(blocks ? count(blocks.usable) : UNKNOWN, 'muted'),
    score === null ? (fragmentation ? '-' : UNKNOWN) : `${score} %`,
    { bar },
  ];
}

/** The kinds of source; their names stand with each subnet. */
export function foundBy({ sources, sharedBy }: SubnetItem): string {
  const kinds = [...new Set(sources.map((s) => s.split(':')[0]!))];
  return [...kinds, ...(sharedBy ? [`shared by ${sharedBy}`] : [])].join(', ');
}

function toneOf(freeShare: number): Tone {
  if (freeShare < SCARCE) return 'error';
  return freeShare < LOW ? 'warning' : 'plain';
}

function barOf({ addresses, owners, clusters }: SubnetItem): Bar {
  const { total, reserved, free } = addresses;
  const taken = Math.max(total - reserved - free, 0);
  if (!owners || !clusters)
    return {
      total: total - reserved,
      segments: [
        { value: taken, fill: 'taken' },
        { value: free, fill: 'free' },
      ],
    };
  const theirs = clusters.filter((c) => !c.ours).reduce((n, c) => n + c.addresses, 0);
  const held = owners.reduce((n, o) => n + heldBy(o), 0);
  const mine = owners.filter((o) => o.ours);
  const ours = mine.reduce((n, o) => n + heldBy(o), 0);
  const idle = mine.reduce((n, o) => n + (o.idle ?? 0), 0);
  return {
    total: total - reserved,
    segments: [
      { value: Math.max(ours - idle, 0), fill: 'pods' },
      { value: Math.min(idle, ours), fill: 'warm' },
      { value: theirs, fill: 'theirs' },
      { value: Math.max(held - ours - theirs, 0) + Math.max(taken - held, 0), fill: 'other' },
      { value: free, fill: 'free' },
    ],
  };
}
