/** The commands of a fix as the screen shows them: whole, at column 0, a long row of the same one cut. */

import type { Fix } from '../../../inspect/contract/finding.ts';
import { count } from '../../../inspect/contract/words.ts';
import { type Block, span } from '../../blocks.ts';

const SAME_SHOWN = 3;
/** Lines of a document that still fit the short screen. */
const LINES_SHOWN = 12;

/** Never cut inside a command: a part of one is worse than none. */
export function commandsShown({ commands, steps = [] }: Pick<Fix, 'commands' | 'steps'>, wide: boolean): Block[] {
  if (steps.length === 0) return rowsShown(commands, wide);
  let from = 0;
  return steps.flatMap((step, i) => {
    const title: Block = { kind: 'line', hang: 3, text: [`${i + 1}. `, step.title] };
    const own = commands.slice(from, from + step.commands);
    from += step.commands;
    return [title, ...rowsShown(own, wide)];
  });
}

function rowsShown(commands: readonly string[], wide: boolean): Block[] {
  const blocks: Block[] = [];
  for (const row of rowsOfTheSame(commands)) {
    const shown = row.slice(0, row.length > SAME_SHOWN + 1 ? SAME_SHOWN : row.length);
    const long = !wide && shown.some((c) => c.split('\n').length > LINES_SHOWN);
    if (long) blocks.push(more(`${count(row.length)} longer ${row.length === 1 ? 'command' : 'commands'}`));
    else blocks.push({ kind: 'commands', commands: shown });
    if (!long && shown.length < row.length) blocks.push(more(`and ${count(row.length - shown.length)} more of these`));
  }
  return blocks;
}

function more(what: string): Block {
  return { kind: 'line', indent: 2, text: span(`${what}: -o commands=fix.sh`, 'muted') };
}

/** Commands in a row that do the same to another object. */
function rowsOfTheSame(commands: readonly string[]): string[][] {
  const rows: string[][] = [];
  for (const command of commands) {
    const row = rows.at(-1);
    if (row && doTheSame(row[0]!, command)) row.push(command);
    else rows.push([command]);
  }
  return rows;
}

/** They differ in one argument, or in the node and instance of a node that is replaced. */
function doTheSame(a: string, b: string): boolean {
  const left = a.split(' ');
  const right = b.split(' ');
  if (left.length !== right.length) return false;
  const off = left.flatMap((w, i) => (w === right[i] ? [] : [`${w} ${right[i]}`]));
  return off.length <= 1 || new Set(off).size <= 2;
}

/** What a fix changes and risks, to be read before its commands: in the default colour. */
export function minding({ changes, risk }: Fix): string {
  return ` · ${[changes, ...(risk ? [`Risk: ${risk}`] : [])].join(' ')}`;
}
