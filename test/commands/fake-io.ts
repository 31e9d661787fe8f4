import { PassThrough, Readable } from 'node:stream';
import type { Io } from '../../src/commands/io.ts';

export interface FakeIo extends Io {
  readonly out: () => string;
  readonly err: () => string;
}

/** Streams in memory; `stdin` is what standard input holds. */
export function fakeIo({
  stdin = '',
  env = {},
}: {
  readonly stdin?: string | Buffer;
  readonly env?: Io['env'];
} = {}): FakeIo {
  const stdout = new PassThrough({ highWaterMark: 2 ** 26 });
  const stderr = new PassThrough({ highWaterMark: 2 ** 20 });
  const text = (stream: PassThrough) => String(stream.read() ?? '');
  return {
    stdin: Readable.from([stdin]),
    stdout,
    stderr,
    env: { COLUMNS: '100', ...env },
    now: () => Date.parse('2026-11-28T09:00:00Z'),
    out: () => text(stdout),
    err: () => text(stderr),
  };
}
