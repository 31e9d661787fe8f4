/** Blocks → GitHub Markdown. Whatever the cluster's users wrote stays text: no link, no mention, no HTML, no way out of a cell. */
import { type Bar, type Block, type Cell, isBar, isBars, NO_BREAK, spansOf, type Text } from './blocks.ts';
import { sanitize, sanitizeLines } from './sanitize.ts';
import { renderMap } from './text/map.ts';
import { createTheme } from './theme.ts';
import { toAscii } from './to-ascii.ts';

export interface MarkdownOptions {
  readonly ascii: boolean;
}

export function renderMarkdown(blocks: readonly Block[], options: MarkdownOptions): string {
  const parts = blocks.flatMap((block) => part(block, options)).filter((text) => text.trim() !== '');
  const text = parts.join('\n\n');
  return `${options.ascii ? toAscii(text) : text}\n`;
}

function part(block: Block, options: MarkdownOptions): readonly string[] {
  switch (block.kind) {
    case 'blank':
      return [];
    case 'heading':
      return [`### ${escapeMarkdown(block.text)}`, ...(block.note === undefined ? [] : [textOf(block.note)])];
    case 'line':
      return [lineStart(textOf(block.text))];
    case 'table':
      return [tableOf(block)];
    case 'commands':
      return block.commands.length === 0 ? [] : [fenced(block.commands.map(sanitizeLines).join('\n'), 'sh')];
    case 'verbatim':
      return [fenced(sanitizeLines(block.text), '')];
    case 'map':
      return mapOf(block, options);
  }
}

/** How many cells of each sort, and the picture as text. */
function mapOf(block: Extract<Block, { kind: 'map' }>, { ascii }: MarkdownOptions): string[] {
  const counts = new Map<string, number>();
  for (const fill of block.cells) counts.set(fill, (counts.get(fill) ?? 0) + 1);
  const figures = [...counts]
    .map(([fill, n]) => `${n} ${fill === 'open' ? 'free' : fill.replaceAll('-', ' ')}`)
    .join(', ');
  const theme = createTheme({ color: false, ascii, width: MAP_WIDTH });
  return [
    figures,
    fenced(
      renderMap({ ...block, indent: 0 }, theme)
        .map(sanitize)
        .join('\n'),
      '',
    ),
  ];
}
const MAP_WIDTH = 100;

function tableOf({ columns, rows }: Extract<Block, { kind: 'table' }>): string {
  const shown = columns.map((column, i) => ({ column, i })).filter(({ column }) => column.only !== 'wide');
  const row = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [
    row(shown.map(({ column }) => escapeMarkdown(column.title))),
    row(shown.map(({ column }) => (column.align === 'right' ? '---:' : '---'))),
    ...rows.map((cells) => row(shown.map(({ i }) => cellText(cells[i] ?? '')))),
  ].join('\n');
}

function cellText(cell: Cell): string {
  if (isBars(cell)) return cell.bars.map(barText).join(' ');
  return isBar(cell) ? barText(cell.bar) : textOf(cell);
}

/** The figures of a bar: what it is filled with, of how much. */
function barText({ segments, total, label }: Bar): string {
  const filled = segments.filter(({ value, fill }) => value > 0 && fill !== 'free');
  const words = filled.map(({ value, fill }) => `${value} ${fill}`);
  return [...(words.length > 0 ? [`${words.join(', ')} of ${total}`] : []), ...(label ? [textOf(label)] : [])].join(
    ' ',
  );
}

function textOf(text: Text): string {
  return spansOf(text)
    .map((span) => {
      const escaped = escapeMarkdown(span.text.replaceAll(NO_BREAK, ' '));
      return span.tone === 'strong' && escaped.trim() === escaped && escaped !== '' ? `**${escaped}**` : escaped;
    })
    .join('');
}

/**
 * Text that GitHub shows as it stands. Punctuation that Markdown or its tables read is escaped; `@name`, `#12`, `GH-12` and
 * addresses of pages, which GitHub links after Markdown is read, are broken by an empty comment.
 */
export function escapeMarkdown(text: string): string {
  return sanitize(text)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replace(/[\\`*_{}[\]|~$#]/g, '\\$&')
    .replace(/@(?=\w)|\\#(?=\w)|GH-(?=\d)|www\.|:(?=\/\/)|\b(?:mailto|xmpp):/gi, `$&${NOTHING}`);
}
const NOTHING = '<!-- -->';

/** A line that would start a list, a rule or a heading is text. */
function lineStart(line: string): string {
  const text = line.trim();
  return text.replace(/^([-+=])/, '\\$1').replace(/^(\d+)([.)])(?=\s|$)/, '$1\\$2');
}

/** A fence longer than any run of backticks inside. */
function fenced(text: string, language: string): string {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = '`'.repeat(longest + 1);
  return `${fence}${language}\n${text}\n${fence}`;
}
