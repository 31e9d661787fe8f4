/** Ends of streams that nobody waits for: help and errors that commander writes, a spinner. */
import { EXIT } from './exit-code.ts';
import type { Io } from './io.ts';

/** The streams of an `Io`, heard from their first use on: those of `process` are made when looked at, which takes time. */
export interface HeardStreams {
  readonly stdout: () => Io['stdout'];
  readonly stderr: () => Io['stderr'];
}

/** A reader that went away ends the writing quietly, whoever writes; a full disk does not. */
export function hearStreams(io: Io, setExit: (code: number) => void): HeardStreams {
  const stderr = once(() => io.stderr.on('error', () => {}));
  const stdout = once(() =>
    io.stdout.on('error', (error: NodeJS.ErrnoException) => {
      // who waits for the end of a write hears of it himself
      if (error.code === 'EPIPE' || io.stdout.listenerCount('error') > 1) return;
      setExit(EXIT.usage);
      stderr().write(`vpccni: cannot write to standard output (${error.code ?? 'unknown error'})\n`);
    }),
  );
  return { stdout, stderr };
}

function once<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => {
    made ??= make();
    return made;
  };
}
