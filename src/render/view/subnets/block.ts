/** Who sits in one /28. */
import type { BlockDetail } from '../../../inspect/contract/subnets.ts';
import { count, things } from '../../../inspect/contract/words.ts';
import { type Block, type Cell, joined, span } from '../../blocks.ts';
import { ownerClass } from '../owners.ts';

const STATES: Readonly<Record<BlockDetail['state'], string>> = {
  free: 'free: a prefix fits',
  fragmented: 'fragmented',
  full: 'full',
  awsReserved: "holds addresses of AWS's own: no prefix ever fits",
  prefix: 'delegated as a prefix',
  prefixReserved: 'free, and reserved for prefixes',
  explicitReserved: 'kept by a reservation from automatic assignment',
};

export function blockBlocks(detail: BlockDetail): Block[] {
  const { subnetId, block, cidr, state, free, holders, reservations } = detail;
  const staying = holders.filter((h) => !h.movable).length;
  return [
    {
      kind: 'heading',
      text: `#${block} ${cidr}`,
      note: joined([
        subnetId,
        STATES[state],
        `${count(free)} of 16 addresses free`,
        ...(reservations.length > 0 ? [reservations.join(', ')] : []),
      ]),
    },
    ...(holders.length === 0
      ? [{ kind: 'line' as const, indent: 2, text: 'Nobody that is visible sits in it.' }]
      : [
          {
            kind: 'table' as const,
            indent: 2,
            columns: [
              { title: 'ADDRESS' },
              { title: 'ENI' },
              { title: 'OWNER' },
              { title: 'OF', flexible: true },
              { title: 'POD', flexible: true },
            ],
            rows: holders.flatMap(rowsOf),
          },
          {
            kind: 'line' as const,
            indent: 2,
            text: span(
              staying === 0
                ? 'All of them leave when their nodes are drained.'
                : `${things(staying, 'interface')} here leave with no node: the block stays as it is.`,
              'muted',
            ),
          },
        ]),
  ];
}

function rowsOf(h: BlockDetail['holders'][number]): Cell[][] {
  const who = [h.eniId, ownerClass(h.class), h.node ?? h.name];
  const podAt = new Map(h.pods.map((p) => [p.address, p.pod]));
  if (h.prefix === null) return h.addresses.map((a) => [a, ...who, podAt.get(a) ?? '']);
  const rows = h.pods.map((p): Cell[] => [p.address, ...who, p.pod]);
  return rows.length > 0 ? rows : [[h.prefix, ...who, '']];
}
