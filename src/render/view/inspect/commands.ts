/** The commands of a fix as the screen shows them: whole, at column 0, a long row of the same one cut. */

import { count } from '../../../inspect/contract/words.ts';
import { type Block, span } from '../../blocks.ts';

const SAME_SHOWN = 3;
/** Lines of a document that still fit the short screen. */
const LINES_SHOWN = 12;

/** Never cut inside a command: a part of one is worse than none. */
export function commandsShown(commands: readonly string[], wide: boolean): Block[] {
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

/** Commands in a row that differ in one word alone. */
function rowsOfTheSame(commands: readonly string[]): string[][] {
  const rows: string[][] = [];
  for (const command of commands) {
    const row = rows.at(-1);
    if (row && differInOneWord(row[0]!, command)) row.push(command);
    else rows.push([command]);
  }
  return rows;
}

function differInOneWord(a: string, b: string): boolean {
  const left = a.split(' ');
  const right = b.split(' ');
  return left.length === right.length && left.filter((w, i) => w !== right[i]).length <= 1;
}
