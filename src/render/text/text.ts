/** Blocks → lines of text: measures and wraps. Tables stand in `table.ts`, colours and bars in `paint.ts`. */
import { type Block, NO_BREAK, type Span, spansOf, type Text } from '../blocks.ts';
import { sanitize, sanitizeLines } from '../sanitize.ts';
import type { Theme } from '../theme.ts';
import { toAscii } from '../to-ascii.ts';
import { breakCommand } from './break-command.ts';
import { renderMap } from './map.ts';
import { textWidth } from './width.ts';

export interface TextOptions {
  readonly theme: Theme;
  /** Prints the columns marked `only: 'wide'`. */
  readonly wide: boolean;
  readonly headers: boolean;
}

/** Lays blocks out for a terminal. What aligns tables is loaded only where there is one. */
export async function renderText(blocks: readonly Block[], options: TextOptions): Promise<string> {
  const tables = blocks.some(({ kind }) => kind === 'table') ? await import('./table.ts') : undefined;
  const said = new Set<string>();
  return layOut(blocks, options, (block) => tables!.renderTable(block, options, said));
}

type LayOutTable = (block: Extract<Block, { kind: 'table' }>) => readonly string[];

/** The same with tables laid out by `table`. */
export function layOut(blocks: readonly Block[], options: TextOptions, table: LayOutTable): string {
  const lines = blocks.flatMap((b) => renderBlock(b, options, table)).map((l) => l.replace(/\s+$/, ''));
  return `${lines
    .join('\n')
    .replace(/\n{3,}/g, '\n\n')
    .replace(/^\n+|\n+$/g, '')}\n`;
}

function renderBlock(block: Block, options: TextOptions, table: LayOutTable): readonly string[] {
  const { theme } = options;
  const pad = ' '.repeat('indent' in block ? (block.indent ?? 0) : 0);
  switch (block.kind) {
    case 'blank':
      return [''];
    case 'heading':
      return ['', ...renderHeading(block, theme)];
    case 'line':
      return block.clip ? [clipped(block.text, theme, block.indent ?? 0)] : wrapBlock(block, theme);
    case 'table':
      return table(block);
    case 'commands':
      return block.commands.flatMap((c) => breakCommand(sanitizeLines(c), theme.width).split('\n'));
    case 'verbatim':
      return sanitizeLines(block.text)
        .split('\n')
        .map((l) => pad + l);
    case 'map':
      return renderMap(block, theme).map((l) => pad + l);
  }
}

function renderHeading(block: Extract<Block, { kind: 'heading' }>, theme: Theme): readonly string[] {
  const note = block.note ? ['   ', ...spansOf(block.note)] : [];
  const lines = wrap([{ text: block.text, tone: 'strong' }, ...note], theme, 0, 2);
  if (!block.legend) return lines;
  const legend = block.legend.map((l) => `${theme.fill(l.fill, 1)} ${theme.paint(l.label, 'muted')}`);
  const last = `${lines.at(-1)}   ${legend.join('  ')}`;
  return textWidth(last) <= theme.width ? [...lines.slice(0, -1), last] : [...lines, ...inLines(legend, theme, 2)];
}

/** Painted texts behind each other, two blanks apart, in as many lines as it takes. */
export function inLines(texts: readonly string[], { width }: Theme, indent: number, hang = indent): string[] {
  const lines: string[] = [];
  for (const text of texts) {
    const longer = `${lines.at(-1) ?? ''}  ${text}`;
    if (lines.length > 0 && textWidth(longer) <= width) lines[lines.length - 1] = longer;
    else lines.push(' '.repeat(lines.length === 0 ? indent : hang) + text);
  }
  return lines;
}

function wrapBlock(block: Extract<Block, { kind: 'line' }>, theme: Theme): string[] {
  return wrap(block.text, theme, block.indent ?? 0, (block.indent ?? 0) + (block.hang ?? 0));
}

/** On one line: what stands in brackets goes first, then the words that do not fit. */
function clipped(text: Text, theme: Theme, indent: number): string {
  const room = theme.width - indent;
  const bare = spansOf(text).map((s) => ({ ...s, text: s.text.replace(/ \([^()]*\)/g, '') }));
  const [whole, all] = [words(spansOf(text), theme), words(bare, theme)];
  const fitting = [whole, all].find((line) => line.reduce((n, w) => n + textWidth(w.text), 0) <= room);
  if (fitting) return ' '.repeat(indent) + paintLine(fitting, theme);
  let used = 0;
  const end = all.findIndex((w) => {
    used += textWidth(w.text);
    return used > room - 1 - theme.glyphs.ellipsis.length;
  });
  const kept = all.slice(0, Math.max(end, 1));
  while (kept.length > 1 && kept.at(-1)!.text.trim() === '') kept.pop();
  return ' '.repeat(indent) + paintLine([...kept, { text: ` ${theme.glyphs.ellipsis}`, tone: 'plain' }], theme);
}

/**
 * Wraps at blanks; what is longer than the line stands alone, further to the left where it must, and may stick out (an ARN must
 * stay copyable).
 */
export function wrap(text: Text, theme: Theme, indent: number, hang: number): string[] {
  const lines: Span[][] = [[]];
  const indents = [indent];
  let used = indent;
  for (const unit of units(words(spansOf(text), theme)).flatMap((u) => loosened(u, theme.width))) {
    const blank = unit[0]!.text.trim() === '';
    const width = unit.reduce((n, w) => n + textWidth(w.text), 0);
    if (used + width > theme.width && !blank && used > indents.at(-1)!) {
      if (isSeparator(lines.at(-1)!.findLast((w) => w.text.trim() !== ''))) dropLastWord(lines.at(-1)!);
      lines.push([]);
      used = Math.max(Math.min(hang, theme.width - width), 0);
      indents.push(used);
    }
    const line = lines[lines.length - 1]!;
    if (line.length === 0 && lines.length > 1 && (blank || isSeparator(unit[0]))) continue;
    line.push(...unit);
    used += width;
  }
  return lines.map((l, i) => ' '.repeat(indents[i]!) + paintLine(l, theme));
}

/** What no line is broken inside is broken all the same where no line has room for it. */
function loosened(unit: readonly Span[], room: number): Span[][] {
  if (unit.reduce((n, w) => n + textWidth(w.text), 0) <= room || !unit.some((w) => w.text.includes(NO_BREAK)))
    return [[...unit]];
  return units(
    unit.flatMap(({ text, tone }) =>
      text
        .split(NO_BREAK)
        .flatMap((word, i) => (i === 0 ? [word] : [' ', word]))
        .filter((word) => word !== '')
        .map((word) => ({ text: word, tone })),
    ),
  );
}

/** Words with nothing between them, of whatever tone, are one: a mark and its code, a label and its value. */
function units(all: readonly Span[]): Span[][] {
  const found: Span[][] = [];
  for (const word of all) {
    const last = found.at(-1);
    if (last && last[0]!.text.trim() !== '' && word.text.trim() !== '') last.push(word);
    else found.push([word]);
  }
  return found;
}

/**
 * Words of one tone as one stretch, so that coloured text can be searched; blanks at the end go before they are coloured,
 * since a terminal breaks the line at a coloured blank beyond its width.
 */
function paintLine(line: readonly Span[], theme: Theme): string {
  const end = line.findLastIndex((w) => w.text.trim() !== '') + 1;
  const stretches: { text: string; tone: Span['tone'] }[] = [];
  for (const { text, tone } of line.slice(0, end)) {
    const last = stretches.at(-1);
    if (last && last.tone === tone) last.text += text;
    else stretches.push({ text, tone });
  }
  const last = stretches.at(-1);
  if (last) last.text = last.text.trimEnd();
  return stretches.map((s) => theme.paint(s.text.replaceAll(NO_BREAK, ' '), s.tone)).join('');
}

/** A line that ends between two items needs no dot behind the first. */
function isSeparator(word: Span | undefined): boolean {
  return word?.text === '·' || word?.text === ASCII_DOT;
}
const ASCII_DOT = toAscii('·');

function dropLastWord(line: Span[]): void {
  while (line.length > 0 && line.pop()!.text.trim() === '');
}

function words(spans: readonly Span[], theme: Theme): Span[] {
  const ascii = theme.glyphs.arrow === '->';
  return spans.flatMap((s) => {
    const text = sanitize(s.text);
    return (ascii ? toAscii(text) : text)
      .split(/( +)/)
      .filter((w) => w !== '')
      .map((w) => ({ text: w, tone: s.tone }));
  });
}
