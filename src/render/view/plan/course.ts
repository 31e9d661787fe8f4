/** Free addresses, and blocks where prefixes are taken, over nodes added or days: a row a subnet, its course drawn behind it. */
import type { Course, ScenarioResult } from '../../../inspect/contract/plan.ts';
import { count } from '../../../inspect/contract/words.ts';
import { type Block, type Cell, type Column, span } from '../../blocks.ts';

export function courseBlocks({ course }: ScenarioResult): Block[] {
  if (!course) return [];
  const inBlocks = course.subnets.flatMap(({ subnetId, blocks }) => (blocks ? [{ subnetId, free: blocks }] : []));
  const inAddresses = course.subnets.flatMap(({ subnetId, addresses, blocks }) =>
    blocks ? [] : [{ subnetId, free: addresses }],
  );
  return [...chart('/28', course, inBlocks), ...chart('addresses', course, inAddresses)];
}

interface Row {
  readonly subnetId: string;
  readonly free: readonly number[];
}

function chart(what: string, { unit, steps }: Course, rows: readonly Row[]): Block[] {
  if (rows.length === 0) return [];
  const lead = unit === 'nodes' ? 'nodes added' : 'days from now';
  return [
    { kind: 'line', indent: 2, text: span(`free ${what} by ${lead}`, 'muted') },
    {
      kind: 'table',
      indent: 2,
      columns: [{ title: 'SUBNET' }, ...steps.map(stepColumn), { title: '', drop: 2 }],
      rows: rows.map(({ subnetId, free }): Cell[] => [
        subnetId,
        ...free.map((n) => (n < 0 ? span(count(n), 'error') : count(n))),
        drawn(free),
      ]),
    },
  ];
}

/** Where there is no room for every step, every other one goes; the first and the last stay. */
function stepColumn(step: number, i: number, steps: readonly number[]): Column {
  const between = i % 2 === 1 && i < steps.length - 1;
  return { title: count(step), align: 'right', ...(between ? { drop: 1 } : {}) };
}

const HEIGHTS = '▁▂▃▄▅▆▇█';

/** A glyph a step, the highest where most is free; `!` where it is short. */
function drawn(free: readonly number[]): string {
  const most = Math.max(...free, 1);
  return free.map((n) => (n < 0 ? '!' : HEIGHTS[Math.round((n / most) * (HEIGHTS.length - 1))])).join('');
}
