/** Ends of streams that nobody waits for: help and errors that commander writes, a spinner. */
import { EXIT } from './exit-code.ts';
import type { Io } from './io.ts';

/** A reader that went away ends the writing quietly, whoever writes; a full disk does not. */
export function hearStreams(io: Io, setExit: (code: number) => void): void {
  io.stderr.on('error', () => {});
  io.stdout.on('error', (error: NodeJS.ErrnoException) => {
    // who waits for the end of a write hears of it himself
    if (error.code === 'EPIPE' || io.stdout.listenerCount('error') > 1) return;
    setExit(EXIT.usage);
    io.stderr.write(`vpccni: cannot write to standard output (${error.code ?? 'unknown error'})\n`);
  });
}
