import { PassThrough, Readable } from 'node:stream';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { startProgress } from '../../src/commands/progress.ts';

afterEach(() => {
  vi.useRealTimers();
});

const io = () => {
  const written: string[] = [];
  const stderr = new PassThrough();
  stderr.on('data', (d) => written.push(String(d)));
  return { io: { stdin: Readable.from([]), stdout: new PassThrough(), stderr, env: {} }, written };
};

describe('progress where nobody watches', () => {
  it('is a line every ten seconds, of where it is then', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    const { io: to, written } = io();
    const progress = await startProgress(to, {}, 'asking');
    vi.advanceTimersByTime(9_000);
    progress.update('pods 500, page 1');
    progress.update('pods 61,500, page 123');
    vi.advanceTimersByTime(2_000);
    progress.stop();
    vi.advanceTimersByTime(60_000);
    await new Promise((later) => setImmediate(later));
    expect(written).toEqual(['vpccni: pods 61,500, page 123\n']);
  });

  it('is nothing with --quiet', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    const { io: to, written } = io();
    await startProgress(to, { quiet: true }, 'asking');
    vi.advanceTimersByTime(60_000);
    expect(written).toEqual([]);
  });
});
