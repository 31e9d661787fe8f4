/** Every interface of a subnet. */
import type { SubnetItem } from '../../../inspect/contract/subnets.ts';
import { count, things } from '../../../inspect/contract/words.ts';
import { type Block, type Cell, span } from '../../blocks.ts';
import { ownerClass } from '../owners.ts';

export function inventoryBlocks({ interfaces, subnetId }: SubnetItem): Block[] {
  if (!interfaces || interfaces.length === 0) return [];
  return [
    { kind: 'heading', text: `ENIs in ${subnetId}`, sub: true, note: span(things(interfaces.length, 'ENI'), 'muted') },
    {
      kind: 'table',
      indent: 2,
      columns: [
        { title: 'ENI' },
        { title: 'STATUS', drop: 2 },
        { title: 'OWNER' },
        { title: 'OF', flexible: true },
        { title: 'FIRST IP' },
        { title: 'IPs', align: 'right' },
        { title: '/28', align: 'right' },
        { title: 'IDLE', align: 'right', drop: 1 },
      ],
      rows: interfaces.map((e): Cell[] => [
        e.eniId,
        e.leaked ? span('leaked', 'warning') : e.status,
        ownerClass(e.class),
        e.node ?? [e.name, e.detail ?? ''].filter((t) => t !== '').join(' '),
        e.addresses[0] ?? '',
        count(e.addresses.length),
        count(e.prefixes.length),
        e.idle === null ? '' : count(e.idle),
      ]),
    },
  ];
}
