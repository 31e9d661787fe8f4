/** The ten pattern and mode pairs side by side: what this cluster could run under each, and what stands in the way. */
import { patternNumber } from '../../../calc/patterns.ts';
import type { CapacityRow, Inspection } from '../../../inspect/contract/report.ts';
import { bounded, count, listed, percent, shortZone, things, UNKNOWN } from '../../../inspect/contract/words.ts';
import { type Block, type Cell, type Span, span, type Tone } from '../../blocks.ts';

/** Shares of a subnet from which it is tight, and full. */
const TIGHT = 0.8;
const FULL = 1;

export function capacityBlocks(report: Inspection): Block[] {
  const { capacity } = report;
  if (capacity.every((row) => row.maxPodsPerNode === null)) return [];
  const letters = letterOfReason(capacity);
  const zoneOf = new Map(report.subnets?.map((s) => [s.subnetId, shortZone(s.availabilityZone)]));
  const served = report.nodes?.filter((n) => n.platform === 'vpc-cni').length ?? report.cluster.nodes;
  const branch = capacity.find((c) => (c.branchPodsAssumed ?? 0) > 0)?.branchPodsAssumed;
  return [
    {
      kind: 'heading',
      text: 'CAPACITY BY PATTERN AND MODE',
      note: span(`today's ${things(served, 'node')} and pods, settled`, 'muted'),
    },
    {
      kind: 'table',
      indent: 2,
      columns: [
        { title: 'PATTERN' },
        { title: 'MODE' },
        { title: '' },
        { title: 'PODS/NODE', align: 'right' },
        { title: 'CLUSTER', align: 'right', drop: 1 },
        { title: 'NODE IPs', align: 'right', drop: 3 },
        { title: 'POD IPs', align: 'right', drop: 3 },
        { title: 'IPs', align: 'right' },
        { title: '/28', align: 'right', drop: 2 },
        { title: 'WORST', align: 'right' },
        { title: 'ROOM FOR', align: 'right' },
        { title: 'NEEDS' },
      ],
      rows: capacity.map((row) => cells(row, letters, zoneOf)),
    },
    ...[...letters].map(
      ([reason, letter]): Block => ({
        kind: 'line',
        indent: 4,
        hang: 3,
        text: [span(letter, 'warning'), '  ', reason],
      }),
    ),
    ...(branch
      ? [
          {
            kind: 'line',
            indent: 4,
            text: span(
              `${things(branch, 'pod')} counted on branch ENIs where the pattern has them: those today's SecurityGroupPolicies select`,
              'muted',
            ),
          } as const,
        ]
      : []),
  ];
}

function cells(row: CapacityRow, letters: ReadonlyMap<string, string>, zoneOf: ReadonlyMap<string, string>): Cell[] {
  const tone: Tone = row.current ? 'strong' : row.supported ? 'plain' : 'muted';
  const say = (text: string): Span => span(text, tone);
  const { addresses } = row;
  return [
    say(`${patternNumber(row.pattern)} ${row.pattern}`),
    say(row.mode),
    row.current ? span('◀ now', 'accent') : '',
    say(bounded(row.maxPodsPerNode)),
    say(count(row.clusterPods)),
    say(count(addresses?.node)),
    say(count(addresses?.pod)),
    say(count(addresses ? addresses.node + addresses.pod : null)),
    say(row.blocks === null ? (row.mode === 'prefix' ? UNKNOWN : '') : count(row.blocks)),
    worst(row, zoneOf, tone),
    say(roomOf(row)),
    span(
      reasonsOf(row)
        .map((r) => letters.get(r))
        .sort()
        .join(' '),
      'warning',
    ),
  ];
}

function roomOf({ roomForNodes: room }: CapacityRow): string {
  if (room === null) return UNKNOWN;
  return typeof room === 'number' ? things(room, 'node') : `${bounded(room)} nodes`;
}

function worst({ worstSubnet }: CapacityRow, zoneOf: ReadonlyMap<string, string>, tone: Tone): Span {
  if (!worstSubnet) return span(UNKNOWN, tone);
  const { ratio, subnetId } = worstSubnet;
  const text = `${zoneOf.get(subnetId) ?? subnetId} ${percent(ratio)}`;
  if (ratio > FULL) return span(text, 'error');
  return span(text, ratio >= TIGHT ? 'warning' : tone);
}

/** a, b, c… for each thing that stands in the way of some pair, in the order in which they appear. */
function letterOfReason(rows: readonly CapacityRow[]): ReadonlyMap<string, string> {
  const letters = new Map<string, string>();
  for (const reason of rows.flatMap(reasonsOf))
    if (!letters.has(reason)) letters.set(reason, String.fromCharCode(97 + letters.size));
  return letters;
}

function reasonsOf(row: CapacityRow): string[] {
  return row.blockers.map(({ reason, nodes, zones }) => {
    const where = zones.length > 0 ? ` in ${listed(zones.map(shortZone))}` : '';
    return nodes > 0 ? `${reason} (${things(nodes, 'node')}${where})` : `${reason}${where}`;
  });
}
