/** Subnets of one scenario: before, need, after, floor; a bar of what is taken now and then. */
import type { ScenarioResult, SubnetProjection } from '../../../inspect/contract/plan.ts';
import type { Bounded } from '../../../inspect/contract/report.ts';
import { bounded, count, shortZone, things } from '../../../inspect/contract/words.ts';
import { type Bar, type Block, type Cell, span } from '../../blocks.ts';
import { VERDICTS } from './verdicts.ts';

const FINE_SHOWN = 6;

export function subnetTable({ subnets }: ScenarioResult, wide: boolean): Block[] {
  const bad = subnets.filter((s) => s.verdict !== 'pass');
  const fine = subnets.filter((s) => s.verdict === 'pass');
  const shown = wide || subnets.length <= FINE_SHOWN ? subnets : bad;
  const hidden = shown === subnets ? 0 : fine.length;
  if (subnets.length === 0) return [];
  const inBlocks = subnets.some((s) => s.blocks !== null);
  return [
    ...(shown.length > 0 ? [table(shown, inBlocks)] : []),
    ...(hidden > 0
      ? [
          {
            kind: 'line',
            indent: 2,
            text: span(`${things(hidden, 'subnet')} fit${hidden === 1 ? 's' : ''}: -o wide`, 'muted'),
          } as const,
        ]
      : []),
  ];
}

function table(subnets: readonly SubnetProjection[], inBlocks: boolean): Block {
  return {
    kind: 'table',
    indent: 2,
    columns: [
      { title: 'AZ' },
      { title: 'SUBNET' },
      { title: 'FREE IPs', align: 'right' },
      { title: 'NEED', align: 'right' },
      { title: 'AFTER', align: 'right' },
      { title: 'FLOOR', align: 'right', drop: 3 },
      ...(inBlocks
        ? ([
            { title: '/28', align: 'right' },
            { title: 'NEED', align: 'right' },
            { title: 'AFTER', align: 'right' },
            { title: 'FLOOR', align: 'right', drop: 3 },
          ] as const)
        : []),
      { title: 'VERDICT', flexible: true, below: true },
      { title: '', drop: 4 },
    ],
    rows: subnets.map((s) => cells(s, inBlocks)),
  };
}

function cells(subnet: SubnetProjection, inBlocks: boolean): Cell[] {
  const { addresses, blocks } = subnet;
  const { mark, tone } = VERDICTS[subnet.verdict];
  const why = subnet.reasons[0] ?? 'fits';
  return [
    shortZone(subnet.availabilityZone),
    subnet.subnetId,
    ...stock(addresses),
    ...(inBlocks ? (blocks ? stock(blocks) : ['', '', '', '']) : []),
    span(`${mark} ${why}`, tone),
    { bar: barOf(subnet) },
  ];
}

function stock(of: SubnetProjection['addresses']): Cell[] {
  const short = least(of.after) < 0;
  return [
    count(of.before),
    bounded(of.need),
    short ? span(bounded(of.after), 'error') : bounded(of.after),
    of.floor === null ? '' : count(of.floor),
  ];
}

/** What is left of what is free now; what is asked for beyond it. */
function barOf({ addresses }: SubnetProjection): Bar {
  const left = Math.max(least(addresses.after), 0);
  const over = Math.max(-least(addresses.after), 0);
  return {
    total: Math.max(addresses.before, addresses.before - least(addresses.after), 1),
    segments: [
      { value: Math.max(addresses.before - left, 0), fill: 'asked' },
      { value: over, fill: 'over' },
      { value: left, fill: 'free' },
    ],
  };
}

function least(n: Bounded): number {
  return typeof n === 'number' ? n : n.min;
}
