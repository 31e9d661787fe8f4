/** Tables as aligned columns without rules. The only user of cli-table3. */
import Table from 'cli-table3';
import { type Bars, type Block, type Cell, type Column, isBar, isBars, type Span, spansOf } from '../blocks.ts';
import type { Theme } from '../theme.ts';
import { paintBar, paintText } from './paint.ts';
import { inLines, type TextOptions, wrap } from './text.ts';
import { textWidth } from './width.ts';

/** Between columns; where nothing else makes a table fit, one blank will do. */
const GAP = { natural: 2, least: 1 } as const;
/** Bars take what is left; where nothing is, they shrink before a line sticks out. */
const BAR = { least: 4, natural: 8, max: 40 } as const;
/** A column goes before names are cut below the second; where none can go, they are cut down to the first. */
const FLEXIBLE = { narrowest: 8, readable: 20 } as const;
const NO_RULES = Object.fromEntries(
  [
    'top',
    'top-mid',
    'top-left',
    'top-right',
    'bottom',
    'bottom-mid',
    'bottom-left',
    'bottom-right',
    'left',
    'left-mid',
    'mid',
    'mid-mid',
    'right',
    'right-mid',
  ].map((k) => [k, '']),
);
/** The library's time grows with the square of the rows; the widths are fixed, so pieces fit under each other. */
const ROWS_AT_ONCE = 50;
/** Beyond the table: what stands below a row belongs to it. */
const BELOW = 4;

/** `said` holds the notes of the tables before, which are not told again. */
export function renderTable(
  block: Extract<Block, { kind: 'table' }>,
  options: TextOptions,
  said: Set<string> = new Set(),
): string[] {
  const { theme, headers } = options;
  const indent = block.indent ?? 0;
  const grid = fitting(block, options, indent);
  const { columns, rows } = grid;
  const widths = columnWidths(grid, options, indent);
  const lower = rows.map((row) => row.map((cell, i) => (columns[i]!.below ? longer(cell, widths[i]!) : undefined)));
  const head = headers ? [columns.map((c) => theme.paint(c.title, 'muted'))] : [];
  const body = rows.map((row, r) =>
    row.map((cell, i) => {
      const moved = lower[r]![i];
      return paintCell(moved ? firstWord(moved) : cell, widths[i]!, columns[i]!, theme);
    }),
  );
  const lines = layOut([...head, ...body], grid, widths, theme).map((line) => ' '.repeat(indent) + line);
  const below = (r: number) =>
    (lower[r] ?? []).flatMap((text) => (text ? wrap(text, theme, indent + BELOW, indent + BELOW) : []));
  const notes = columns.flatMap(({ note }) => (note === undefined || said.has(note) || !headers ? [] : [note]));
  for (const note of notes) said.add(note);
  const fits = sum(widths) + grid.gap * (columns.length - 1) + indent <= theme.width;
  return [
    ...(fits ? lines.flatMap((line, at) => [line, ...below(at - head.length)]) : stacked(grid, options, indent)),
    ...notes.flatMap((text) => wrap({ text, tone: 'muted' }, theme, indent, indent + 2)),
  ];
}

/** Rows under each other, each value behind the title of its column: no line has room for a whole row. */
function stacked({ columns, rows }: Grid, { theme, headers }: TextOptions, indent: number): string[] {
  const hang = indent + 2;
  return rows.flatMap((row) => {
    const lines: string[][] = [[]];
    for (const [i, cell] of row.entries()) {
      const { title } = columns[i]!;
      const named = headers && title !== '' ? [{ text: `${title} `, tone: 'muted' } as const] : [];
      const text = isBar(cell) || isBars(cell) ? undefined : spansOf(cell);
      const value = isBars(cell)
        ? paintBars(cell, Math.min(fullWidth(cell), theme.width - hang), theme)
        : paintText(text ?? '', theme) || paintCell(cell, BAR.natural, columns[i]!, theme);
      if (value.trim() === '') continue;
      const whole = paintText(named, theme) + value;
      const starts = lines.length === 1 && lines[0]!.length === 0;
      if (!text || textWidth(whole) <= theme.width - (starts ? indent : hang)) lines.at(-1)!.push(whole);
      else lines.push(wrap([...named, ...text], theme, hang, hang + 2), []);
    }
    return lines.flatMap((texts, i) => (i % 2 === 1 ? texts : inLines(texts, theme, i === 0 ? indent : hang, hang)));
  });
}

/** The text, where it takes more than the width. */
function longer(cell: Cell, width: number): readonly Span[] | undefined {
  if (isBar(cell) || isBars(cell)) return undefined;
  const spans = spansOf(cell);
  return textWidth(spans.map((s) => s.text).join('')) > width ? spans : undefined;
}

function firstWord([first]: readonly Span[]): Span {
  return { text: first!.text.split(' ')[0]!, tone: first!.tone };
}

/** A line a row: the widths are given, and no cell holds a line break. */
function layOut(
  rows: readonly (readonly string[])[],
  { columns, gap }: Grid,
  widths: readonly number[],
  theme: Theme,
): string[] {
  const pieces = Array.from({ length: Math.ceil(rows.length / ROWS_AT_ONCE) }, (_, i) =>
    rows.slice(i * ROWS_AT_ONCE, (i + 1) * ROWS_AT_ONCE),
  );
  return pieces.flatMap((piece) => {
    const table = new Table({
      chars: { ...NO_RULES, middle: ' '.repeat(gap) },
      style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [], compact: true },
      colWidths: [...widths],
      colAligns: columns.map((c) => c.align ?? 'left'),
      truncate: theme.glyphs.ellipsis,
    });
    table.push(...piece.map((cells) => [...cells]));
    return table.toString().split('\n');
  });
}

function paintCell(cell: Cell, width: number, { flexible }: Column, theme: Theme): string {
  if (isBars(cell)) return paintBars(cell, width, theme);
  if (!isBar(cell)) return paintText(flexible ? cut(spansOf(cell), width, theme) : cell, theme);
  const label = cell.bar.label ? ` ${paintText(cell.bar.label, theme)}` : '';
  return paintBar(cell.bar, Math.max(width - textWidth(label), 1), theme) + label;
}

/** Cut between words, with an ellipsis; a lone word, such as an id, is left to be cut anywhere. */
function cut(spans: readonly Span[], width: number, theme: Theme): readonly Span[] {
  const { ellipsis } = theme.glyphs;
  if (textWidth(spans.map((s) => s.text).join('')) <= width) return spans;
  const kept: Span[] = [];
  let room = width - 1 - ellipsis.length;
  for (const { text, tone } of spans) {
    let end = 0;
    for (const { index, 0: word } of text.matchAll(/[^ ]+/g))
      if (textWidth(text.slice(0, index + word.length)) <= room) end = index + word.length;
    kept.push({ text: text.slice(0, end), tone });
    room -= textWidth(text);
    if (end < text.trimEnd().length) break;
  }
  const whole = kept.map((s) => s.text).join('');
  if (textWidth(whole) < width / 2) return spans;
  const last = kept.pop()!;
  return [...kept, { ...last, text: `${last.text.replace(/[,;:]$/, '')} ${ellipsis}` }];
}

/** Bars of one length, a blank between two. Where a bar is shorter than it has stretches, the longest of them are drawn. */
function paintBars({ bars }: Bars, width: number, theme: Theme): string {
  const room = Math.floor((width - (bars.length - 1)) / Math.max(bars.length, 1));
  const cells = Math.max(Math.min(room, Math.max(...bars.map((bar) => bar.total))), 1);
  return bars
    .map((bar) => {
      const longest = [...bar.segments].sort((a, b) => b.value - a.value).slice(0, cells);
      const segments = bar.segments.filter((segment) => longest.includes(segment));
      const drawn = paintBar({ ...bar, segments }, cells, theme);
      return drawn + ' '.repeat(Math.max(cells - textWidth(drawn), 0));
    })
    .join(' ');
}

/** One cell for each unit of each bar. */
function fullWidth({ bars }: Bars): number {
  return sum(bars.map((bar) => bar.total)) + bars.length - 1;
}

interface Grid {
  /** Blanks between columns. */
  readonly gap: (typeof GAP)[keyof typeof GAP];
  readonly columns: readonly Column[];
  readonly rows: readonly (readonly Cell[])[];
}

/** The columns to print: those of this format, less the ones the terminal has no room for. */
function fitting(block: Extract<Block, { kind: 'table' }>, options: TextOptions, indent: number): Grid {
  let shown = block.columns.map((c, i) => ({ c, i })).filter(({ c }) => options.wide || c.only !== 'wide');
  for (;;) {
    const columns = shown.map(({ c }) => c);
    const rows = block.rows.map((r) => shown.map(({ i }) => r[i] ?? ''));
    const next = Math.max(...columns.map((c) => c.drop ?? 0));
    const grid = { columns, rows, gap: GAP.natural };
    const fits = (bar: number) => leastWidth(grid, bar, options) + indent <= options.theme.width;
    if (fits(BAR.natural)) return grid;
    if (next === 0) return fits(BAR.least) ? grid : { ...grid, gap: GAP.least };
    shown = shown.filter(({ c }) => c.drop !== next);
  }
}

/** What the table takes with its flexible columns as narrow as they stay readable, and bars of so many cells. */
function leastWidth({ columns, rows, gap }: Grid, bar: number, options: TextOptions): number {
  const natural = naturalWidths(columns, rows, options);
  const shrunk = (w: number, i: number) => (rows.some((r) => isBar(r[i]!)) ? w - BAR.natural + bar : w);
  const least = natural.map((w, i) => (columns[i]!.flexible ? Math.min(w, FLEXIBLE.readable) : shrunk(w, i)));
  return sum(least) + gap * (columns.length - 1);
}

function naturalWidths(columns: readonly Column[], rows: readonly (readonly Cell[])[], options: TextOptions): number[] {
  return columns.map((c, i) =>
    Math.max(options.headers ? textWidth(c.title) : 0, ...rows.map((r) => naturalWidth(r[i]!, options.theme)), 1),
  );
}

/** Natural widths, bars stretched to what is left, flexible columns narrowed (widest first) until the line fits. */
function columnWidths({ columns, rows, gap }: Grid, options: TextOptions, indent: number): number[] {
  const room = options.theme.width - indent - gap * (columns.length - 1);
  const isBarColumn = columns.map((_, i) => rows.some((r) => isBar(r[i]!) || isBars(r[i]!)));
  const widths = naturalWidths(columns, rows, options);
  let over = sum(widths) - room;
  while (over > 0) {
    const i = widestFlexible(columns, widths);
    if (i === undefined) break;
    widths[i]!--;
    over--;
  }
  const bar = isBarColumn.lastIndexOf(true);
  if (bar >= 0 && over > 0) widths[bar] = Math.max(widths[bar]! - over, BAR.least);
  const spare = room - sum(widths);
  if (bar >= 0 && spare > 0)
    widths[bar] = Math.min(widths[bar]! + spare, Math.max(widths[bar]!, longestBar(rows, bar)));
  return widths;
}

function longestBar(rows: readonly (readonly Cell[])[], column: number): number {
  return Math.max(...rows.map((r) => (isBars(r[column]!) ? fullWidth(r[column]) : BAR.max)));
}

function widestFlexible(columns: readonly Column[], widths: readonly number[]): number | undefined {
  let best: number | undefined;
  columns.forEach((c, i) => {
    if (c.flexible && widths[i]! > FLEXIBLE.narrowest && (best === undefined || widths[i]! > widths[best]!)) best = i;
  });
  return best;
}

function naturalWidth(cell: Cell, theme: Theme): number {
  if (isBars(cell)) return 2 * cell.bars.length - 1;
  if (isBar(cell)) return BAR.natural + (cell.bar.label ? 1 + textWidth(paintText(cell.bar.label, theme)) : 0);
  return textWidth(
    spansOf(cell)
      .map((s) => theme.paint(s.text, 'plain'))
      .join(''),
  );
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((a, b) => a + b, 0);
}
