/**
 * Blocks → one HTML page that needs nothing beside itself: no script, no picture or font from elsewhere. A policy in it
 * forbids to load any.
 */
import { type Block, type Cell, type Column, isBar, isBars, type Legend } from './blocks.ts';
import { barHtml, barsHtml } from './html/bar.ts';
import { escapeHtml, htmlOf, plainOf } from './html/escape.ts';
import { LOOKS, PATTERNS, rect } from './html/fills.ts';
import { mapHtml } from './html/map.ts';
import { STYLE } from './html/style.ts';
import { sanitizeLines } from './sanitize.ts';

/** The first line of the blocks is the page's heading. `made` says by what and when. */
export function renderHtml(blocks: readonly Block[], made: string): string {
  const at = blocks.findIndex((b) => b.kind === 'line');
  const first = blocks[at];
  const heading = first?.kind === 'line' ? first.text : 'vpccni';
  const rest = blocks.filter((_, i) => i !== at);
  const sections = rest.flatMap((b) => (b.kind === 'heading' && !b.sub ? [b.text] : []));
  let section = 0;
  const body = rest
    .map((b) => (b.kind === 'heading' ? headingHtml(b, b.sub ? undefined : section++) : blockHtml(b)))
    .join('\n');
  const title = escapeHtml(plainOf(heading).slice(0, 120));
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${title}</title>
<style>${STYLE}</style>
</head>
<body>
${PATTERNS}
<header>
<h1>${htmlOf(heading)}</h1>
${navigation(sections)}
</header>
<main>
${body}
</main>
<footer>${escapeHtml(made)}</footer>
</body>
</html>
`;
}

function navigation(sections: readonly string[]): string {
  if (sections.length < 3) return '';
  const links = sections.map((text, i) => `<li><a href="#s${i}">${escapeHtml(text)}</a></li>`).join('');
  return `<nav aria-label="Sections"><details><summary>${sections.length} sections</summary><ul>${links}</ul></details></nav>`;
}

function headingHtml(block: Extract<Block, { kind: 'heading' }>, section: number | undefined): string {
  const note = block.note === undefined ? '' : `<p>${htmlOf(block.note)}</p>`;
  const text = escapeHtml(block.text);
  const heading = section === undefined ? `<h3>${text}</h3>` : `<h2 id="s${section}">${text}</h2>`;
  return `${heading}${note}${legendHtml(block.legend)}`;
}

function legendHtml(legend: readonly Legend[] | undefined): string {
  if (!legend || legend.length === 0) return '';
  const items = legend.map(({ fill, label }) => {
    const { letter } = LOOKS[fill];
    const mark = letter ? `<text x="7" y="11" class="mark">${letter}</text>` : '';
    return `<li><svg class="map" width="14" height="14" aria-hidden="true"><g>${rect(fill, 0, 0, 14, 14)}${mark}</g></svg>${escapeHtml(label)}</li>`;
  });
  return `<ul class="legend">${items.join('')}</ul>`;
}

function blockHtml(block: Exclude<Block, { kind: 'heading' }>): string {
  switch (block.kind) {
    case 'blank':
      return '';
    case 'line': {
      const indent = block.indent ? ` style="margin-left:${Math.min(block.indent, 12) * 0.5}em"` : '';
      return plainOf(block.text).trim() === '' ? '' : `<p${indent}>${htmlOf(block.text)}</p>`;
    }
    case 'table':
      return tableHtml(block);
    case 'commands':
      return block.commands.map((c) => pre(c, '')).join('\n');
    case 'verbatim':
      return pre(block.text, ' class="text"');
    case 'map':
      return mapHtml(block);
  }
}

/** One click selects all of it; long lines are shown broken and copied whole. */
function pre(text: string, attributes: string): string {
  return `<pre${attributes}>${sanitizeLines(text).split('\n').map(escapeHtml).join('\n')}</pre>`;
}

function tableHtml({ columns, rows }: Extract<Block, { kind: 'table' }>): string {
  const used = columns.map((_, i) => rows.some((r) => !isEmpty(r[i] ?? '')));
  const kept = columns.map((column, i) => ({ column, i })).filter(({ column, i }) => used[i] || column.title !== '');
  const head = kept.map(({ column }) => {
    const text = column.title === '' ? '<span class="hidden">share</span>' : escapeHtml(column.title);
    return `<th scope="col"${classOf(column)}>${text}</th>`;
  });
  const body = rows.map(
    (row) => `<tr>${kept.map(({ column, i }) => `<td${classOf(column)}>${cellHtml(row[i] ?? '')}</td>`).join('')}</tr>`,
  );
  return `<div class="scroll" tabindex="0" role="group" aria-label="Table"><table><thead><tr>${head.join('')}</tr></thead><tbody>${body.join('')}</tbody></table></div>`;
}

function classOf({ align, flexible }: Column): string {
  if (align === 'right') return ' class="n"';
  return flexible ? '' : ' class="k"';
}

function cellHtml(cell: Cell): string {
  if (isBars(cell)) return barsHtml(cell);
  return isBar(cell) ? barHtml(cell.bar) : htmlOf(cell);
}

function isEmpty(cell: Cell): boolean {
  return !isBars(cell) && !isBar(cell) && plainOf(cell).trim() === '';
}
