/** Maps as pictures: a cell a block, with who holds it to hover over and to walk through by keyboard. */
import type { Block } from '../blocks.ts';
import { escapeHtml } from './escape.ts';
import { LOOKS, rect } from './fills.ts';

type MapBlock = Extract<Block, { kind: 'map' }>;

const CELL = 14;
const STEP = 16;
const PER_LINE = 32;
const GAP = 6;
const LABEL = 128;
/** Beyond so many cells each is no stop for the tabulator any more; the list below the picture has them all. */
const STOPS = 256;

export function mapHtml({ cells, labels, titles }: MapBlock): string {
  const lines = Math.ceil(cells.length / PER_LINE);
  const columns = Math.min(cells.length, PER_LINE);
  const width = LABEL + columns * STEP + Math.floor((columns - 1) / 16) * GAP;
  const caption = lines * STEP + 14;
  const rows = Array.from(
    { length: lines },
    (_, line) =>
      `<text x="0" y="${line * STEP + 11}" class="label">${escapeHtml(labels[line * PER_LINE] ?? '')} #${line * PER_LINE}</text>`,
  );
  const drawn = cells.map((fill, i) => {
    const column = i % PER_LINE;
    const x = LABEL + column * STEP + Math.floor(column / 16) * GAP;
    const y = Math.floor(i / PER_LINE) * STEP;
    const text = escapeHtml(titleOf(cells, labels, titles, i));
    const { letter } = LOOKS[fill];
    const mark = letter ? `<text x="${x + CELL / 2}" y="${y + 11}" class="mark">${letter}</text>` : '';
    const tip = cells.length <= STOPS ? `<text x="0" y="${caption}" class="tip">${text}</text>` : '';
    const stop = cells.length <= STOPS ? ` tabindex="0" role="img" aria-label="${text}"` : '';
    return `<g class="cell"${stop}><title>${text}</title>${rect(fill, x, y, CELL, CELL)}${mark}${tip}</g>`;
  });
  const what = escapeHtml(`Map of ${cells.length} blocks: ${countsOf(cells)}`);
  const role = cells.length <= STOPS ? 'group' : 'img';
  return `<div class="scroll" tabindex="0" role="group" aria-label="${what}"><svg class="map" role="${role}" aria-label="${what}" width="${width}" height="${caption + 6}" viewBox="0 0 ${width} ${caption + 6}">${rows.join('')}${drawn.join('')}</svg></div>${list(cells, labels, titles)}`;
}

function titleOf(
  cells: MapBlock['cells'],
  labels: readonly string[],
  titles: readonly string[] | undefined,
  i: number,
): string {
  const who = titles?.[i] ?? '';
  return `#${i} ${labels[i] ?? ''}/28: ${LOOKS[cells[i]!].words}${who === '' ? '' : `, ${who}`}`;
}

/** The same as text, for those who read pages without pictures, or print them. */
function list(cells: MapBlock['cells'], labels: readonly string[], titles: readonly string[] | undefined): string {
  const held = cells.map((_, i) => i).filter((i) => (titles?.[i] ?? '') !== '');
  if (held.length === 0) return '';
  const items = held.map((i) => `<li>${escapeHtml(titleOf(cells, labels, titles, i))}</li>`).join('');
  return `<details><summary>Who sits in each of ${held.length} blocks</summary><ul>${items}</ul></details>`;
}

function countsOf(cells: MapBlock['cells']): string {
  const counts = new Map<string, number>();
  for (const fill of cells) counts.set(LOOKS[fill].words, (counts.get(LOOKS[fill].words) ?? 0) + 1);
  return [...counts].map(([words, n]) => `${n} ${words}`).join(', ');
}
