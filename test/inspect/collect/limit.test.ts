import { describe, expect, it } from 'vitest';
import { limit } from '../../../src/inspect/collect/limit.ts';

describe('limit', () => {
  it('runs at most so many tasks at once, all of them, in order', async () => {
    const turn = limit(3);
    const started: number[] = [];
    let running = 0;
    let peak = 0;
    const results = await Promise.all(
      Array.from({ length: 10 }, (_, i) =>
        turn(async () => {
          started.push(i);
          peak = Math.max(peak, ++running);
          await new Promise((r) => setTimeout(r, 1));
          running--;
          return i * i;
        }),
      ),
    );
    expect(peak).toBe(3);
    expect(started).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(results[9]).toBe(81);
  });

  it('goes on after a task that fails', async () => {
    const turn = limit(1);
    const failed = turn(async () => Promise.reject(new Error('no')));
    const after = turn(async () => 'yes');
    await expect(failed).rejects.toThrow('no');
    expect(await after).toBe('yes');
  });
});
