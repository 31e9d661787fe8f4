/** Texts and bars in their colours and glyphs. */
import { type Bar, NO_BREAK, spansOf, type Text } from '../blocks.ts';
import { sanitize } from '../sanitize.ts';
import type { Theme } from '../theme.ts';

/** Paints a text, its user-written parts made safe. */
export function paintText(text: Text, theme: Theme): string {
  return spansOf(text)
    .map((s) => theme.paint(sanitize(s.text).replaceAll(NO_BREAK, ' '), s.tone))
    .join('');
}

export function paintBar(bar: Bar, cells: number, theme: Theme): string {
  return share(bar, cells)
    .map(({ fill, cells: n }) => theme.fill(fill, n))
    .join('');
}

/** Gives each stretch its cells: at least one where there is anything, rounding shared so that the sum is exact. */
function share(bar: Bar, cells: number): { readonly fill: Bar['segments'][number]['fill']; readonly cells: number }[] {
  const present = bar.segments.filter((s) => s.value > 0);
  const total = Math.max(
    bar.total,
    present.reduce((n, s) => n + s.value, 0),
    1,
  );
  let done = 0;
  let drawn = 0;
  return present.map((s, i) => {
    done += s.value;
    const left = present.length - 1 - i;
    const end = Math.min(Math.max(Math.round((done / total) * cells), drawn + 1), Math.max(cells - left, drawn + 1));
    const n = end - drawn;
    drawn = end;
    return { fill: s.fill, cells: n };
  });
}
