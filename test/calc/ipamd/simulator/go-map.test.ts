import { describe, expect, it } from 'vitest';
import { GoMap } from '../../../../src/calc/ipamd/simulator/go-map.ts';
import { seededRandom } from '../../../../src/calc/ipamd/simulator/random.ts';

function mapOf(size: number, seed = 1): { map: GoMap<{ n: number }>; items: { n: number }[] } {
  const map = new GoMap<{ n: number }>(seededRandom(seed));
  const items = Array.from({ length: size }, (_, n) => ({ n }));
  for (const item of items) map.add(item);
  return { map, items };
}

describe('GoMap', () => {
  it('walks every entry exactly once, whatever its size', () => {
    for (const size of [0, 1, 7, 8, 9, 14, 15, 28, 29, 64]) {
      const { map } = mapOf(size);
      expect(map.size).toBe(size);
      expect(
        map
          .walk()
          .map(({ n }) => n)
          .sort((a, b) => a - b),
      ).toEqual(Array.from({ length: size }, (_, n) => n));
      expect(map.walkCopy()).toHaveLength(size);
    }
  });

  it('meets the first of two entries first seven times in eight: the walk starts anywhere in a group of eight', () => {
    const { map } = mapOf(2);
    const walks = 8000;
    let first = 0;
    for (let walk = 0; walk < walks; walk++) if (map.walk()[0]?.n === 0) first += 1;
    expect(first / walks).toBeGreaterThan(0.85);
    expect(first / walks).toBeLessThan(0.9);
  });

  it('walks up to eight entries in the order they were added, turned around', () => {
    const { map } = mapOf(4);
    for (let walk = 0; walk < 50; walk++) {
      const order = map.walk().map(({ n }) => n);
      const start = order[0] ?? 0;
      expect(order).toEqual([0, 1, 2, 3].map((n) => (n + start) % 4));
    }
  });

  it('fills the place of a deleted entry first', () => {
    const { map, items } = mapOf(3);
    map.delete(items[0]!);
    const added = { n: 9 };
    map.add(added);
    const order = map.walk().map(({ n }) => n);
    expect(order.join('').repeat(2)).toContain('912');
  });

  it('stops at the first entry that satisfies the test', () => {
    const { map } = mapOf(20);
    expect(map.find(({ n }) => n === 13)?.n).toBe(13);
    expect(map.find(({ n }) => n > 20)).toBeUndefined();
    expect(map.some(({ n }) => n === 19)).toBe(true);
  });
});
