/** A file of cases: one line each, the figures of its kind in the columns they fit. */

import type { Bounded, Range } from '../../../inspect/contract/report.ts';
import type { BatchItem, BatchSimulation } from '../../../inspect/contract/simulation.ts';
import { bounded, things } from '../../../inspect/contract/words.ts';
import { type Block, type Cell, type Column, span } from '../../blocks.ts';

const COLUMNS: readonly Column[] = [
  { title: 'CASE', flexible: true },
  { title: 'KIND' },
  { title: 'ENIs', align: 'right' },
  { title: 'HELD', align: 'right' },
  { title: 'WARM', align: 'right' },
  { title: 'WAIT', align: 'right' },
  { title: 'SUBNET', align: 'right' },
  { title: 'CALLS', align: 'right' },
  { title: '' },
];

export function batchView(report: BatchSimulation): readonly Block[] {
  const { items } = report;
  const ranges = items.filter((item) => !item.exact).length;
  return [
    {
      kind: 'line',
      text: [span(things(items.length, 'case'), 'strong'), ranges > 0 ? ` · ${ranges} with a range` : ''],
    },
    { kind: 'blank' },
    { kind: 'table', columns: COLUMNS, rows: items.map(row) },
    ...noteLines(items),
    { kind: 'blank' },
    { kind: 'line', text: span('HELD, WARM: addresses for pods · every field of a case: -o json', 'muted'), hang: 2 },
  ];
}

function row(item: BatchItem): readonly Cell[] {
  const last = item.kind === 'trace' ? lastStep(item) : item;
  return [
    item.id,
    item.kind,
    figure(last, 'enis', 'enisAttached', 'maxDataENIs'),
    figure(last, 'podIPsHeld', 'maxPodIPs'),
    figure(last, 'podIPsFree'),
    figure(last, 'podsWithoutIP', 'podsWaiting'),
    figure(last, 'subnetIPs', 'ipv4SubnetIPs'),
    calls(item.ec2Calls),
    mark(item),
  ];
}

function lastStep(item: BatchItem): Readonly<Record<string, unknown>> {
  const { steps } = item as BatchItem & { readonly steps?: readonly Readonly<Record<string, unknown>>[] };
  return steps?.at(-1) ?? {};
}

function figure(item: Readonly<Record<string, unknown>>, ...names: readonly string[]): string {
  const value = names.map((name) => item[name]).find((each) => each !== undefined);
  return isBounded(value) ? bounded(value) : '–';
}

function calls(value: unknown): string {
  if (typeof value !== 'object' || value === null) return '–';
  const counts = Object.values(value).filter(isBounded);
  const sum = (end: keyof Range) => counts.reduce<number>((n, c) => n + (typeof c === 'number' ? c : c[end]), 0);
  return bounded({ min: sum('min'), max: sum('max') });
}

function mark(item: BatchItem): Cell {
  if (item.nodeInitFails === true) return span('exits', 'error');
  return item.exact ? '' : span('range', 'warning');
}

const MOST_NAMES = 3;

/** Each reason once, with the cases it is about. */
function noteLines(items: readonly BatchItem[]): readonly Block[] {
  const concerns = new Map<string, string[]>();
  for (const item of items) {
    for (const note of [...(item.reasons ?? []), ...(item.notes ?? [])])
      concerns.set(note, [...(concerns.get(note) ?? []), item.id]);
  }
  if (concerns.size === 0) return [];
  const lines = [...concerns].map(([note, ids]): Block => {
    const more = ids.length > MOST_NAMES ? ` and ${ids.length - MOST_NAMES} more` : '';
    return { kind: 'line', text: [span(`${ids.slice(0, MOST_NAMES).join(', ')}${more}: `, 'muted'), note], hang: 2 };
  });
  return [{ kind: 'blank' }, ...lines];
}

function isBounded(value: unknown): value is Bounded {
  if (typeof value === 'number') return true;
  return typeof value === 'object' && value !== null && 'min' in value && 'max' in value;
}
