/** Bars as pictures. The numbers are in their description: nothing is told by length alone. */
import type { Bar, Bars } from '../blocks.ts';
import { escapeHtml, htmlOf } from './escape.ts';
import { LOOKS, rect } from './fills.ts';

const WIDTH = 200;
const HEIGHT = 14;

export function barHtml(bar: Bar): string {
  const label = bar.label === undefined ? '' : ` ${htmlOf(bar.label)}`;
  return `<span class="bar">${svg(bar, WIDTH)}${label}</span>`;
}

export function barsHtml({ bars }: Bars): string {
  const longest = Math.max(...bars.map((b) => b.total), 1);
  const width = Math.min(WIDTH / Math.max(bars.length, 1), longest * 8);
  return `<span class="bar">${bars.map((b) => svg(b, width)).join(' ')}</span>`;
}

function svg(bar: Bar, width: number): string {
  const present = bar.segments.filter((s) => s.value > 0);
  const sum = present.reduce((n, s) => n + s.value, 0);
  const total = Math.max(bar.total, sum, 1);
  const words = present.map((s) => `${s.value} ${LOOKS[s.fill].words}`);
  const text = escapeHtml(`${words.length > 0 ? words.join(', ') : 'nothing'} of ${bar.total}`);
  let at = 0;
  const parts = present.map((s) => {
    const from = at;
    at += (s.value / total) * width;
    return rect(s.fill, from, 0, at - from, HEIGHT);
  });
  return `<svg role="img" aria-label="${text}" width="${Math.round(width)}" height="${HEIGHT}" viewBox="0 0 ${width} ${HEIGHT}"><title>${text}</title><rect width="${width}" height="${HEIGHT}" class="f-free"/>${parts.join('')}</svg>`;
}
