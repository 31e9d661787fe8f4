/** Free addresses, or blocks, over nodes added or days: a row a subnet. */
import type { ScenarioResult } from '../../../inspect/contract/plan.ts';
import { count } from '../../../inspect/contract/words.ts';
import { type Block, type Cell, type Column, span } from '../../blocks.ts';

/** Where there is no room for every step, every other one goes; the first and the last stay. */
function stepColumn(step: number, i: number, steps: readonly number[]): Column {
  const between = i % 2 === 1 && i < steps.length - 1;
  return { title: count(step), align: 'right', ...(between ? { drop: 1 } : {}) };
}

export function courseBlocks({ course }: ScenarioResult): Block[] {
  if (!course || course.subnets.length === 0) return [];
  const inBlocks = course.subnets.some((s) => s.blocks !== null);
  const lead = course.unit === 'nodes' ? 'nodes added' : 'days from now';
  return [
    { kind: 'line', indent: 2, text: span(`free ${inBlocks ? '/28' : 'addresses'} by ${lead}`, 'muted') },
    {
      kind: 'table',
      indent: 2,
      columns: [{ title: 'SUBNET' }, ...course.steps.map(stepColumn)],
      rows: course.subnets.map((s): Cell[] => [
        s.subnetId,
        ...(s.blocks ?? s.addresses).map((n) => (n < 0 ? span(count(n), 'error') : count(n))),
      ]),
    },
  ];
}
