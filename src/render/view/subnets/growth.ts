/** Answers to `--reserve` and `--grow`: ranges and the commands that make them. */
import type { GrowPlan, ReservePlan } from '../../../inspect/contract/subnets.ts';
import { count, listed, things } from '../../../inspect/contract/words.ts';
import { type Block, type Cell, span } from '../../blocks.ts';
import { commandBlocks } from './closing.ts';

export function reserveBlocks(plan: ReservePlan, setup: readonly string[]): Block[] {
  return [
    {
      kind: 'heading',
      text: `RESERVE ${things(plan.wantBlocks, 'block')} in ${plan.subnetId}`,
      note: span('for prefixes: single addresses are placed elsewhere from then on', 'muted'),
    },
    ...(plan.ranges.length > 0
      ? [
          {
            kind: 'table' as const,
            indent: 2,
            columns: [
              { title: 'CIDR' },
              { title: 'BLOCKS', align: 'right' as const },
              { title: 'FREE NOW', align: 'right' as const },
              { title: 'THEN DRAIN OR DELETE', flexible: true },
            ],
            rows: plan.ranges.map((r): Cell[] => [r.cidr, count(r.blocks), count(r.freeNow), listed(r.drainFirst)]),
          },
        ]
      : []),
    ...(plan.shortBy > 0
      ? [
          {
            kind: 'line' as const,
            indent: 2,
            text: span(`${things(plan.shortBy, 'block')} more cannot be had here, whoever is drained.`, 'warning'),
          },
        ]
      : []),
    ...noteLine(plan.note),
    ...commandBlocks(plan.commands, setup),
  ];
}

export function growBlocks(plan: GrowPlan): Block[] {
  return [
    { kind: 'heading', text: `A /${plan.length} in ${plan.zone}`, note: plan.cidr ?? span('fits nowhere', 'warning') },
    ...(plan.cidr
      ? [
          {
            kind: 'line' as const,
            indent: 2,
            hang: 2,
            text: `${things(plan.addresses, 'address', 'addresses')}, ${count(plan.blocks)} /28 for prefixes${
              plan.newVpcCidr ? `; the VPC gets ${plan.newVpcCidr} first` : ', in a range the VPC has'
            }`,
          },
        ]
      : []),
    ...noteLine(plan.note),
    ...commandBlocks(plan.commands, []),
  ];
}

function noteLine(note: string | null): Block[] {
  return note === null ? [] : [{ kind: 'line', indent: 2, hang: 2, text: span(note, 'muted') }];
}
