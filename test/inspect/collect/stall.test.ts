import { describe, expect, it } from 'vitest';
import type { Collecting } from '../../../src/inspect/collect/define-collector.ts';
import { watchProgress } from '../../../src/inspect/collect/stall.ts';

const pause = (ms: number) => new Promise((later) => setTimeout(later, ms));

function collecting(section: Promise<unknown> = Promise.resolve(undefined)): Collecting {
  return { signal: new AbortController().signal, section: () => section as never, need: () => section as never };
}

describe('a section without progress', () => {
  it('is given up, with what it was', async () => {
    const { ctx, stop } = watchProgress('pods', { ms: 100, progressOf: () => 3 }, collecting());
    await pause(500);
    stop();
    expect(ctx.signal.reason).toMatchObject({ kind: 'timeout', message: 'no progress for 0.1 s' });
  });

  it('is not one whose requests go on ending', async () => {
    let n = 0;
    const { ctx, stop } = watchProgress('pods', { ms: 100, progressOf: () => n++ }, collecting());
    await pause(400);
    stop();
    expect(ctx.signal.aborted).toBe(false);
  });

  it('is not one that waits for another section', async () => {
    const other = pause(400);
    const { ctx, stop } = watchProgress('pods', { ms: 100, progressOf: () => 0 }, collecting(other));
    await ctx.section('nodes');
    expect(ctx.signal.aborted).toBe(false);
    await pause(400);
    stop();
    expect(ctx.signal.aborted).toBe(true);
  });

  it('is not one of a process that was stopped', async () => {
    const { ctx, stop } = watchProgress('pods', { ms: 400, progressOf: () => 0 }, collecting());
    const until = performance.now() + 1000;
    while (performance.now() < until);
    await pause(20);
    stop();
    expect(ctx.signal.aborted).toBe(false);
  });

  it('ends when the whole is given up', () => {
    const all = new AbortController();
    const { ctx, stop } = watchProgress(
      'pods',
      { ms: 1000, progressOf: () => 0 },
      { ...collecting(), signal: all.signal },
    );
    all.abort(new Error('interrupted'));
    stop();
    expect(ctx.signal.reason).toMatchObject({ message: 'interrupted' });
  });
});
