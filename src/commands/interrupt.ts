/** Ctrl-C and SIGTERM while something is being collected: an orderly end with the exit code shells expect. */
import { EXIT, Interrupted } from './exit-code.ts';

/** Time for open connections and plugins to end on their own. */
const GRACE_MS = 500;

/** Runs work that is told by its signal to stop. @throws Interrupted when it was */
export async function interruptible<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const stop = new AbortController();
  const end = (exitCode: Interrupted['exitCode']) => () => {
    if (stop.signal.aborted) process.exit(exitCode);
    stop.abort(new Interrupted(exitCode));
    setTimeout(() => process.exit(exitCode), GRACE_MS).unref();
  };
  const handlers = [
    ['SIGINT', end(EXIT.interrupted)],
    ['SIGTERM', end(EXIT.terminated)],
  ] as const;
  for (const [signal, handler] of handlers) process.on(signal, handler);
  try {
    return await work(stop.signal);
  } catch (error) {
    throw stop.signal.aborted ? stop.signal.reason : error;
  } finally {
    for (const [signal, handler] of handlers) process.off(signal, handler);
  }
}
