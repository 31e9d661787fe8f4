import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { alignedRanges } from '../../src/calc/aligned-ranges.ts';

const may = (text: string) => [...text].map((c) => c === '.');

describe('aligned ranges', () => {
  it.each<[string, number, string]>([
    ['........', 5, '0+4 4+1'],
    ['#.......', 4, '4+4'],
    ['#.......', 7, '4+4 2+2 1+1'],
    ['.#.#.#.#', 3, '0+1 2+1 4+1'],
    ['..#.....', 3, '0+2 3+1'],
    ['##', 1, ''],
    ['...', 9, '0+2 2+1'],
  ])('%s, %i wanted: %s', (blocks, want, ranges) =>
    expect(
      alignedRanges(may(blocks), want)
        .map((r) => `${r.first}+${r.blocks}`)
        .join(' '),
    ).toBe(ranges),
  );

  it('are aligned, apart, free, and as many blocks as there are', () => {
    fc.assert(
      fc.property(
        fc.array(fc.boolean(), { minLength: 1, maxLength: 64 }),
        fc.integer({ min: 1, max: 70 }),
        (open, want) => {
          const taken = new Set<number>();
          for (const { first, blocks } of alignedRanges(open, want)) {
            expect(Number.isInteger(Math.log2(blocks)) && first % blocks === 0).toBe(true);
            for (let i = first; i < first + blocks; i++) {
              expect(open[i] && !taken.has(i)).toBe(true);
              taken.add(i);
            }
          }
          expect(taken.size).toBe(Math.min(want, open.filter(Boolean).length));
        },
      ),
    );
  });
});
