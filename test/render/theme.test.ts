import { describe, expect, it } from 'vitest';
import { PALETTE } from '../../src/render/theme.ts';

/** Red, green and blue of an entry of the 256-colour palette: a 6×6×6 cube from 16 on, then 24 greys (xterm). */
function rgb(entry: number): readonly [number, number, number] {
  if (entry >= 232) {
    const grey = 8 + 10 * (entry - 232);
    return [grey, grey, grey];
  }
  const level = (n: number) => (n === 0 ? 0 : 55 + 40 * n);
  const n = entry - 16;
  return [level(Math.floor(n / 36)), level(Math.floor(n / 6) % 6), level(n % 6)];
}

/** WCAG 2.1: relative luminance and contrast ratio. */
function luminance(colour: readonly number[]): number {
  const [r, g, b] = colour.map((c) => {
    const share = c / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r! + 0.7152 * g! + 0.0722 * b!;
}

function contrast(a: readonly number[], b: readonly number[]): number {
  const [high, low] = [luminance(a), luminance(b)].sort((x, y) => y - x);
  return (high! + 0.05) / (low! + 0.05);
}

const BACKGROUNDS = { black: [0, 0, 0], white: [255, 255, 255], 'Solarized Light': [253, 246, 227] } as const;

describe.each(Object.entries(PALETTE))('the colour for %s', (_, entry) => {
  it('is of the fixed part of the palette', () => {
    expect(entry).toBeGreaterThanOrEqual(16);
  });

  it.each(Object.entries(BACKGROUNDS))('stands out on %s', (__, background) => {
    expect(contrast(rgb(entry), background)).toBeGreaterThanOrEqual(3);
  });
});
