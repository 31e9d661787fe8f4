/** One subnet: its account, and who holds its addresses. */
import type { SubnetItem } from '../../../inspect/contract/subnets.ts';
import { count, percent, shortZone, things } from '../../../inspect/contract/words.ts';
import { type Block, type Cell, joined, span } from '../../blocks.ts';
import { heldBy, ownerClass } from '../owners.ts';

/** Owners named on the short screen. */
const NAMED = 8;

export function ownerBlocks(item: SubnetItem, wide: boolean): Block[] {
  return [
    {
      kind: 'heading',
      text: item.subnetId,
      note: joined([
        ...(item.name ? [item.name] : []),
        item.cidr,
        shortZone(item.availabilityZone),
        ...(item.sources.length > 0 ? [span(item.sources.join(', '), 'muted')] : []),
        ...(item.sharedBy ? [span(`shared by account ${item.sharedBy}`, 'warning')] : []),
      ]),
    },
    { kind: 'line', indent: 2, hang: 2, text: accountText(item) },
    ...(item.reservations && item.reservations.length > 0
      ? [{ kind: 'line' as const, indent: 2, hang: 2, text: reservationsText(item.reservations) }]
      : []),
    ...item.notes.map((note): Block => ({ kind: 'line', indent: 2, hang: 2, text: span(note, 'muted') })),
    ...ownerTable(item, wide),
  ];
}

function accountText({ addresses: a, ipv6Cidrs }: SubnetItem) {
  return joined(
    [
      `${count(a.total)} addresses = ${count(a.reserved)} AWS`,
      `${count(a.seen)} seen`,
      `${count(a.reservedUnallocated)} reserved`,
      span(`${count(a.free)} free`, 'strong'),
      `${count(a.invisible)} invisible${ipv6Cidrs.length > 0 ? '; IPv4 only, the subnet is dual-stack' : ''}`,
    ],
    ' + ',
  );
}

function reservationsText(reservations: NonNullable<SubnetItem['reservations']>): string {
  return `reserved: ${reservations.map((r) => `${r.cidr} ${r.type === 'prefix' ? 'for prefixes' : 'explicitly'} (${r.id})`).join(', ')}`;
}

function ownerTable({ owners }: SubnetItem, wide: boolean): Block[] {
  if (!owners || owners.length === 0) return [];
  const sorted = [...owners].sort((a, b) => heldBy(b) - heldBy(a));
  const shown = wide || sorted.length <= NAMED + 1 ? sorted : sorted.slice(0, NAMED);
  const rest = sorted.slice(shown.length);
  const rows = shown.map((o): Cell[] => [
    ownerClass(o.class),
    o.name,
    count(heldBy(o)),
    count(o.addresses),
    count(o.prefixes),
    count(o.enis),
    o.idle === null ? '' : `${count(o.idle)}${heldBy(o) > 0 && o.idle > 0 ? ` (${percent(o.idle / heldBy(o))})` : ''}`,
    o.reclaimable === null ? '' : count(o.reclaimable),
    o.confidence === 'high' ? '' : o.confidence,
  ]);
  return [
    {
      kind: 'table',
      indent: 2,
      columns: [
        { title: 'OWNER' },
        { title: 'NAME', flexible: true },
        { title: 'HOLDS', align: 'right' },
        { title: 'IPs', align: 'right', drop: 3 },
        { title: '/28', align: 'right', drop: 3 },
        { title: 'ENIs', align: 'right', drop: 2 },
        { title: 'IDLE', align: 'right' },
        { title: 'RECLAIM', align: 'right', drop: 1 },
        { title: 'CERTAINTY', drop: 4 },
      ],
      rows,
    },
    ...(rest.length > 0
      ? [
          {
            kind: 'line' as const,
            indent: 2,
            text: span(
              `and ${things(rest.length, 'smaller holder')} with ${count(rest.reduce((n, o) => n + heldBy(o), 0))} addresses (-o wide)`,
              'muted',
            ),
          },
        ]
      : []),
  ];
}
