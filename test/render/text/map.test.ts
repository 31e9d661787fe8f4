import { describe, expect, it } from 'vitest';
import type { BlockFill } from '../../../src/render/blocks.ts';
import { renderMap, scaled } from '../../../src/render/text/map.ts';
import { createTheme } from '../../../src/render/theme.ts';

const map = (count: number, width: number, mostLines = 16, color = false) => {
  const cells = Array.from(
    { length: count },
    (_, i): BlockFill => (i === 0 ? 'reserved' : i % 4 === 1 ? 'full' : 'open'),
  );
  const labels = cells.map((_, i) => `10.0.${Math.floor(i / 16)}.${(i % 16) * 16}`);
  return renderMap({ kind: 'map', cells, labels, mostLines }, createTheme({ color, ascii: true, width }));
};

describe('a map', () => {
  it('breaks into lines of a power of two, numbered, in groups of sixteen', () => {
    const lines = map(64, 60);
    expect(lines).toHaveLength(2);
    expect(lines[0]).toMatch(/^10\.0\.0\.0 +#0 +R\*\.\.\.\*\.\.\.\*\.\.\.\*\.\. \.\*/);
    expect(lines[1]).toMatch(/^10\.0\.2\.0 +#32 +/);
    expect(map(64, 120)).toHaveLength(1);
  });

  it.each([40, 60, 80, 100, 140])('fits %i columns', (width) => {
    for (const count of [1, 8, 64, 128, 512, 4096])
      for (const line of map(count, width)) expect(line.length).toBeLessThanOrEqual(width);
  });

  it('is scaled where it would be too long, and says how far', () => {
    const lines = map(4096, 100);
    expect(lines).toHaveLength(17);
    expect(lines.at(-1)).toBe('each cell stands for 4 blocks');
    expect(lines[1]).toContain('#256');
    expect(map(4096, 100, Number.POSITIVE_INFINITY)).toHaveLength(64);
  });

  it('tells cells apart without colour, and colours them where it may', () => {
    expect(new Set(map(16, 80).join('')).size).toBeGreaterThan(4);
    expect(map(16, 80, 16, true).join('')).toContain('\u001b[');
  });
});

describe('several cells as one', () => {
  it('are what all of them are, else free in part, else the most', () => {
    const cells: BlockFill[] = ['open', 'open', 'open', 'full', 'full', 'prefix', 'full', 'full', 'kept'];
    expect(scaled(cells, 2)).toEqual(['open', 'mixed', 'full', 'full', 'kept']);
    expect(scaled(['full', 'full', 'prefix', 'full'], 4)).toEqual(['full']);
    expect(scaled(cells, 1)).toBe(cells);
  });
});
