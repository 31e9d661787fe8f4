/** Subnets: how full, what is still free in addresses and in whole /28, who holds the rest. */
import type { Finding } from '../../../inspect/contract/finding.ts';
import type { Inspection, OwnerShare, SubnetReport } from '../../../inspect/contract/report.ts';
import { bounded, count, percent, shortZone, things, UNKNOWN } from '../../../inspect/contract/words.ts';
import { type Bar, type Block, type Cell, type Legend, type Span, span, type Tone, unbroken } from '../../blocks.ts';
import { heldBy, ownerClass } from '../owners.ts';
import { markOf } from './verdict.ts';

/** Owners whose addresses serve this cluster's nodes and pods. */
const CLUSTER = new Set([
  'node-primary',
  'node-pods',
  'cni-secondary',
  'sgp-trunk',
  'sgp-branch',
  'resource-controller',
]);

/** Those that hold addresses for pods. */
const POOLS = new Set(['node-pods', 'cni-secondary']);

const LEGEND: readonly Legend[] = [
  { fill: 'pods', label: 'nodes and pods' },
  { fill: 'warm', label: 'idle' },
  { fill: 'other', label: 'others' },
  { fill: 'free', label: 'free' },
];

/** Where ENIs could not be read, nobody knows who holds what is taken. */
const LEGEND_WITHOUT_OWNERS: readonly Legend[] = [
  { fill: 'taken', label: 'taken' },
  { fill: 'free', label: 'free' },
];

const ROLES: Readonly<Record<string, string>> = {
  node: 'nodes',
  eniconfig: 'pods',
  discovery: 'pods',
  'control-plane': 'control',
  fargate: 'Fargate',
};

/** Shares of a subnet's addresses still free below which it is worth a look, and scarce. */
const LOW = 0.2;
const SCARCE = 0.05;
/** Less than this share free: shown on the short screen too. */
const HALF = 0.5;

export function subnetBlocks({ subnets, findings, cluster }: Inspection, wide: boolean): Block[] {
  if (!subnets || subnets.length === 0) return [];
  const ordered = [...subnets].sort(
    (a, b) => byCodePoints(a.availabilityZone, b.availabilityZone) || roleRank(a) - roleRank(b) || share(a) - share(b),
  );
  const shown = wide ? ordered : ordered.filter((s) => worthALook(s, findings));
  const rest = ordered.filter((s) => !shown.includes(s));
  if (shown.length === 0) return [{ kind: 'blank' }, restLine(rest, 'SUBNETS  ')];
  return [
    {
      kind: 'heading',
      text: 'SUBNETS',
      legend: subnets.some((s) => s.owners) ? LEGEND : LEGEND_WITHOUT_OWNERS,
    },
    {
      kind: 'table',
      indent: 2,
      columns: [
        { title: 'AZ' },
        { title: 'SUBNET' },
        { title: 'CIDR', drop: 3 },
        { title: 'SERVES' },
        { title: 'USED', align: 'right', drop: 6 },
        { title: 'FREE IPs', align: 'right' },
        { title: 'FREE /28', align: 'right' },
        { title: 'ALL /28', align: 'right', drop: 4 },
        { title: 'HELD BY', flexible: true, drop: 5 },
        { title: '' },
        { title: '' },
      ],
      rows: shown.map((s) => cells(s, findings, cluster.mode === 'prefix')),
    },
    ...(rest.length > 0 ? [restLine(rest, '  ')] : []),
    ...(wide ? [...ownersLine(subnets), ...ownerTable(ordered)] : []),
  ];
}

/** Something is wrong with it, or more than half of it is taken. */
function worthALook(subnet: SubnetReport, findings: readonly Finding[]): boolean {
  return findingOf(subnet, findings) !== undefined || share(subnet) < HALF;
}

function restLine(rest: readonly SubnetReport[], lead: string): Block {
  const free = rest.map((s) => s.addresses.free);
  const range = bounded({ min: Math.min(...free), max: Math.max(...free) });
  const text = `${things(rest.length, 'subnet')} less than half used, ${range} addresses free${rest.length > 1 ? ' each' : ''}`;
  return { kind: 'line', hang: 2, text: span(`${lead}${lead.trim() === '' ? 'and ' : ''}${text}: -o wide`, 'muted') };
}

function cells(subnet: SubnetReport, findings: readonly Finding[], prefixMode: boolean): Cell[] {
  const { addresses, blocks } = subnet;
  const usable = addresses.total - addresses.reserved;
  const tone = toneOf(addresses.free / Math.max(usable, 1));
  return [
    shortZone(subnet.availabilityZone),
    subnet.subnetId,
    subnet.cidr,
    roles(subnet),
    percent(1 - addresses.free / Math.max(usable, 1)),
    span(count(addresses.free), tone),
    span(blocks ? blocksText(blocks) : UNKNOWN, blockTone(subnet, prefixMode)),
    span(blocks ? count(blocks.usable) : UNKNOWN, 'muted'),
    subnet.owners ? topOwners(subnet.owners, 3) : UNKNOWN,
    findingMark(subnet, findings),
    { bar: barOf(subnet) },
  ];
}

/** An upper bound is marked as one. */
function blocksText(blocks: NonNullable<SubnetReport['blocks']>): string {
  const free = freeBlocks(blocks);
  return blocks.upperBound && free > 0 ? `≤${count(free)}` : count(free);
}

function freeBlocks(blocks: NonNullable<SubnetReport['blocks']>): number {
  return blocks.free + blocks.prefixReserved;
}

/** Whole /28 matter where pods get prefixes from the subnet. */
function blockTone({ blocks, sources }: SubnetReport, prefixMode: boolean): Tone {
  const servesPods = sources.some((s) => s === 'eniconfig' || s === 'discovery' || s === 'node');
  if (!prefixMode || !servesPods) return 'muted';
  return blocks && blocks.usable > 0 ? toneOf(freeBlocks(blocks) / blocks.usable) : 'plain';
}

function toneOf(freeShare: number): Tone {
  if (freeShare < SCARCE) return 'error';
  return freeShare < LOW ? 'warning' : 'plain';
}

function roles({ sources }: SubnetReport): string {
  const names = [...new Set(sources.map((s) => ROLES[s] ?? s))];
  return names.length > 1 ? names.map((n) => n.replace('control', 'ctl')).join('+') : names.join('');
}

function roleRank({ sources }: SubnetReport): number {
  if (sources.includes('eniconfig') || sources.includes('discovery')) return 0;
  return sources.includes('node') ? 1 : 2;
}

function share({ addresses }: SubnetReport): number {
  return addresses.free / Math.max(addresses.total, 1);
}

/** The gravest finding about this very subnet, so that the row and the text below find each other. */
function findingOf({ subnetId }: SubnetReport, findings: readonly Finding[]): Finding | undefined {
  return findings.find((f) => f.severity !== 'info' && f.scope.subnets?.includes(subnetId));
}

function findingMark(subnet: SubnetReport, findings: readonly Finding[]): Span {
  const found = findingOf(subnet, findings);
  if (!found) return span('', 'plain');
  const { mark, tone } = markOf(found.severity);
  return span(`${mark} ${found.code}`, tone);
}

function barOf({ addresses, owners }: SubnetReport): Bar {
  const { total, reserved, free } = addresses;
  const taken = Math.max(total - reserved - free, 0);
  if (!owners)
    return {
      total: total - reserved,
      segments: [
        { value: taken, fill: 'taken' },
        { value: free, fill: 'free' },
      ],
    };
  const { held, idle } = clusterShare(owners);
  return {
    total: total - reserved,
    segments: [
      { value: Math.max(held - (idle ?? 0), 0), fill: 'pods' },
      { value: idle ?? 0, fill: 'warm' },
      { value: Math.max(taken - held, 0), fill: 'other' },
      { value: free, fill: 'free' },
    ],
  };
}

/**
 * What the CNI and its nodes hold, and how much of it no pod uses, warm or leaked; null where pods were not read. Of what other
 * engines manage here it is not known.
 */
function clusterShare(owners: readonly OwnerShare[]): { readonly held: number; readonly idle: number | null } {
  const mine = owners.filter((o) => o.ours && CLUSTER.has(o.class));
  const held = mine.reduce((n, o) => n + heldBy(o), 0);
  const pools = mine.filter((o) => POOLS.has(o.class));
  if (pools.length > 0 && pools.every((o) => o.idle === null)) return { held, idle: null };
  return { held, idle: mine.reduce((n, o) => n + (o.idle ?? 0), 0) };
}

function topOwners(owners: readonly OwnerShare[], shown: number): string {
  const classes = byClass(owners);
  const more = classes.slice(shown).reduce((n, [, held]) => n + held, 0);
  const named = classes.slice(0, shown).map(([name, held]) => unbroken(`${name} ${count(held)}`));
  return [...named, ...(more > 0 ? [unbroken(`others ${count(more)}`)] : [])].join(', ');
}

function byClass(owners: readonly OwnerShare[]): [string, number][] {
  const sums = new Map<string, number>();
  for (const o of owners) {
    const name = ownerClass(o.class);
    sums.set(name, (sums.get(name) ?? 0) + heldBy(o));
  }
  return [...sums].filter(([, held]) => held > 0).sort((a, b) => b[1] - a[1]);
}

/** All subnets together, by who holds the addresses. */
function ownersLine(subnets: readonly SubnetReport[]): Block[] {
  const owners = subnets.flatMap((s) => s.owners ?? []);
  if (owners.length === 0) return [];
  const held = owners.reduce((n, o) => n + heldBy(o), 0);
  const { idle } = clusterShare(owners);
  const unused = idle ? `; ${count(idle)} of them idle` : '';
  return [
    {
      kind: 'line',
      indent: 2,
      hang: 2,
      text: [span(`${count(held)} IPs held: `, 'muted'), topOwners(owners, 8), span(unused, 'muted')],
    },
  ];
}

function ownerTable(subnets: readonly SubnetReport[]): Block[] {
  const rows = subnets.flatMap((s) =>
    [...(s.owners ?? [])]
      .sort((a, b) => heldBy(b) - heldBy(a))
      .map((o, i): Cell[] => [
        i === 0 ? s.subnetId : '',
        ownerClass(o.class),
        o.name,
        count(o.addresses),
        count(o.prefixes),
        count(o.enis),
        o.idle === null ? '' : count(o.idle),
        o.confidence === 'high' ? '' : o.confidence,
      ]),
  );
  if (rows.length === 0) return [];
  return [
    { kind: 'heading', text: 'WHO HOLDS THE ADDRESSES', note: span(things(rows.length, 'holder'), 'muted') },
    {
      kind: 'table',
      indent: 2,
      columns: [
        { title: 'SUBNET' },
        { title: 'OWNER' },
        { title: 'NAME', flexible: true },
        { title: 'IPs', align: 'right' },
        { title: '/28', align: 'right' },
        { title: 'ENIs', align: 'right' },
        { title: 'IDLE', align: 'right' },
        { title: 'CERTAINTY', drop: 1 },
      ],
      rows,
    },
  ];
}

/** By hand: the tables behind `localeCompare` take longer to load than the screen to draw. */
function byCodePoints(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
