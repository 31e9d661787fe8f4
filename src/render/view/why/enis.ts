/** The slots of the node's ENIs, drawn as `simulate` draws them. */
import type { EniSlots, Why } from '../../../inspect/contract/why.ts';
import { type Block, type Cell, span } from '../../blocks.ts';
import { slotBars, slotLegend } from '../simulation/slots.ts';

export function enisBlocks({ enis }: Why, wide: boolean): Block[] {
  if (enis === null || enis.length === 0) return [];
  const most = Math.max(...enis.map((e) => e.capacity), 1);
  const rows = enis.map((eni, i) => ({
    eni,
    bars: slotBars([viewOf(eni, i)], { slots: most, customNetworking: false, enis: 1 }),
  }));
  return [
    { kind: 'heading', text: 'ENIS', legend: slotLegend(rows.map((r) => r.bars)) },
    {
      kind: 'table',
      indent: 2,
      columns: [
        { title: 'ENI' },
        { title: 'ROLE' },
        ...(wide ? [{ title: 'SUBNET' }] : []),
        { title: 'PODS', align: 'right' },
        { title: 'IDLE', align: 'right' },
        { title: 'SLOTS' },
      ],
      rows: rows.map(({ eni, bars }): Cell[] => {
        const pods = eni.slots.reduce((n, s) => n + s.pods, 0);
        const held = eni.slots.reduce((n, s) => n + s.addresses, 0);
        return [
          eni.eniId,
          span(eni.role, 'muted'),
          ...(wide ? [eni.subnetId] : []),
          String(pods),
          String(held - pods),
          bars,
        ];
      }),
    },
  ];
}

function viewOf(eni: EniSlots, index: number): Parameters<typeof slotBars>[0][number] {
  return {
    id: index + 1,
    kind: eni.role === 'trunk' ? 'trunk' : eni.role === 'primary' ? 'primary' : 'secondary',
    subnet: eni.subnetId,
    excluded: eni.closed,
    ageSeconds: 0,
    slots: eni.slots
      .map((s) => ({ size: s.addresses === 1 ? (1 as const) : (16 as const), assigned: s.pods, cooling: 0 }))
      .sort((a, b) => b.assigned - a.assigned),
    capacity: eni.capacity,
  };
}
