/** Maps: cells in lines of a power of two, in groups of sixteen, so that a cell can be counted off and pointed at. */
import type { Block, BlockFill } from '../blocks.ts';
import type { Theme } from '../theme.ts';

type MapBlock = Extract<Block, { kind: 'map' }>;

/** Cells between two gaps. */
const GROUP = 16;
const WIDEST = 64;
const GAP = 2;

export function renderMap({ cells, labels, mostLines, indent = 0 }: MapBlock, theme: Theme): readonly string[] {
  const labelWidth = Math.max(...labels.map((l) => l.length), 0);
  const numberWidth = String(Math.max(cells.length - 1, 0)).length + 1;
  const perLine = columnsFor(theme.width - indent - labelWidth - numberWidth - 2 * GAP);
  const scale = scaleFor(cells.length, perLine * mostLines);
  const drawn = scaled(cells, scale);
  const lines = Array.from({ length: Math.ceil(drawn.length / perLine) }, (_, line) => {
    const first = line * perLine;
    const label = theme.paint((labels[first * scale] ?? '').padEnd(labelWidth), 'plain');
    const number = theme.paint(`#${first * scale}`.padEnd(numberWidth), 'muted');
    return `${label}${' '.repeat(GAP)}${number}${' '.repeat(GAP)}${groups(drawn.slice(first, first + perLine), theme)}`;
  });
  return scale === 1 ? lines : [...lines, theme.paint(`each cell stands for ${scale} blocks`, 'muted')];
}

function columnsFor(room: number): number {
  let columns = WIDEST;
  while (columns > GROUP / 2 && columns + Math.ceil(columns / GROUP) - 1 > room) columns /= 2;
  return columns;
}

/** Cells that one stands for: a power of two. */
function scaleFor(cells: number, room: number): number {
  let scale = 1;
  while (Math.ceil(cells / scale) > room) scale *= 2;
  return scale;
}

const OPEN: ReadonlySet<BlockFill> = new Set<BlockFill>(['open', 'kept-for-prefixes']);

/** Several cells as one: what they are where they are all the same; else whether some of them are free, else the most. */
export function scaled(cells: readonly BlockFill[], scale: number): readonly BlockFill[] {
  if (scale === 1) return cells;
  return Array.from({ length: Math.ceil(cells.length / scale) }, (_, i): BlockFill => {
    const some = cells.slice(i * scale, (i + 1) * scale);
    if (some.every((c) => c === some[0])) return some[0]!;
    if (some.some((c) => OPEN.has(c))) return 'mixed';
    const counts = new Map<BlockFill, number>();
    for (const c of some) counts.set(c, (counts.get(c) ?? 0) + 1);
    return [...counts].sort((a, b) => b[1] - a[1])[0]![0];
  });
}

function groups(cells: readonly BlockFill[], theme: Theme): string {
  const parts: string[] = [];
  for (let i = 0; i < cells.length; i += GROUP)
    parts.push(
      cells
        .slice(i, i + GROUP)
        .map((c) => theme.fill(c, 1))
        .join(''),
    );
  return parts.join(' ');
}
