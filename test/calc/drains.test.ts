import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type HeldBlock, smallestDrain } from '../../src/calc/drains.ts';

const held = (...holders: readonly (readonly number[])[]): HeldBlock[] =>
  holders.map((h, block) => ({ block, holders: h }));

describe('the smallest set of nodes to drain', () => {
  it('is the node that alone sits in most blocks', () => {
    const blocks = held([0], [0], [1], [1], [1]);
    expect(smallestDrain(blocks, [3, 9], 3)).toEqual({
      holders: [1],
      frees: [2, 3, 4],
      cost: 9,
      optimal: true,
      atLeast: 1,
    });
    expect(smallestDrain(blocks, [3, 9], 2)).toMatchObject({ holders: [0], cost: 3 });
  });

  it('takes nodes that share their blocks together, where a ranking of single nodes finds nothing', () => {
    const blocks = held([0, 1], [0, 1], [0, 1], [2]);
    expect(smallestDrain(blocks, [1, 1, 1], 3)).toMatchObject({ holders: [0, 1], frees: [0, 1, 2] });
    expect(smallestDrain(blocks, [1, 1, 1], 1)).toMatchObject({ holders: [2] });
  });

  it('does without a node that looks best by itself', () => {
    // 0 alone frees two; but four need 1 and 2, and they alone do.
    const blocks = held([0], [0], [1, 2], [1, 2], [1, 2], [1, 2]);
    expect(smallestDrain(blocks, [0, 0, 0], 4)).toMatchObject({ holders: [1, 2], optimal: true });
  });

  it('is none where all nodes together free less, or nothing is wanted', () => {
    expect(smallestDrain(held([0], [1]), [0, 0], 3)).toBeUndefined();
    expect(smallestDrain([], [], 1)).toBeUndefined();
    expect(smallestDrain(held([0]), [0], 0)).toBeUndefined();
  });

  it('says what it does not know, when it may not search', () => {
    const blocks = held([0, 1, 2], [0, 3, 4], [1, 3, 5], [2, 4, 5], [0, 5, 6], [1, 4, 6], [2, 3, 6]);
    const quick = smallestDrain(blocks, Array(7).fill(1), 3, 0)!;
    const exact = smallestDrain(blocks, Array(7).fill(1), 3)!;
    expect(exact.optimal).toBe(true);
    expect(quick.atLeast).toBeLessThanOrEqual(exact.holders.length);
    expect(quick.holders.length).toBeGreaterThanOrEqual(exact.holders.length);
    expect(quick.optimal).toBe(quick.atLeast === quick.holders.length);
  });
});

/** Every set of holders, the smallest and then the one with the fewest pods. */
function bruteForce(blocks: readonly HeldBlock[], pods: readonly number[], want: number) {
  let best: { size: number; pods: number } | undefined;
  for (let set = 0; set < 2 ** pods.length; set++) {
    const leaving = pods.map((_, i) => i).filter((i) => (set >> i) & 1);
    if (blocks.filter((b) => b.holders.every((h) => leaving.includes(h))).length < want) continue;
    const candidate = { size: leaving.length, pods: leaving.reduce((n, i) => n + pods[i]!, 0) };
    if (!best || candidate.size < best.size || (candidate.size === best.size && candidate.pods < best.pods))
      best = candidate;
  }
  return best;
}

const subnets = fc.integer({ min: 1, max: 9 }).chain((nodes) =>
  fc.record({
    blocks: fc
      .array(fc.uniqueArray(fc.nat(nodes - 1), { minLength: 1, maxLength: Math.min(nodes, 4) }), {
        minLength: 1,
        maxLength: 14,
      })
      .map((b) => held(...b)),
    pods: fc.array(fc.nat(20), { minLength: nodes, maxLength: nodes }),
    want: fc.integer({ min: 1, max: 8 }),
  }),
);

describe('against every set there is', () => {
  it('agrees on size and pods on 1,000 random subnets, and its bound holds without a search', () => {
    fc.assert(
      fc.property(subnets, ({ blocks, pods, want }) => {
        const expected = bruteForce(blocks, pods, want);
        const found = smallestDrain(blocks, pods, want);
        expect(found && { size: found.holders.length, pods: found.cost }).toEqual(expected);
        if (!found || !expected) return;
        expect(found.optimal).toBe(true);
        expect(found.frees.length).toBeGreaterThanOrEqual(want);
        const free = blocks.filter((b) => b.holders.every((h) => found.holders.includes(h))).map((b) => b.block);
        expect(found.frees).toEqual(free);
        const quick = smallestDrain(blocks, pods, want, 0)!;
        expect(quick.atLeast).toBeLessThanOrEqual(expected.size);
        expect(quick.holders.length).toBeGreaterThanOrEqual(expected.size);
      }),
      { numRuns: 1000, seed: 13 },
    );
  }, 60_000);
});
