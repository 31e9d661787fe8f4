/** Gives a section up that gets nowhere, however long the whole takes. */
import type { Collecting } from './define-collector.ts';
import { CollectFailure } from './failure.ts';

export interface Stall {
  /** Milliseconds without progress after which a section is given up. */
  readonly ms: number;
  /** Grows with every request of the section that ends. */
  readonly progressOf: (section: string) => number;
}

const TICK_MS = 1000;

/**
 * A context whose signal fires when the section makes no progress. Counted in ticks: a process that was stopped has not
 * waited. A section that waits for another one waits as long as that makes progress.
 */
export function watchProgress(
  section: string,
  { ms, progressOf }: Stall,
  all: Collecting,
): { readonly ctx: Collecting; readonly stop: () => void } {
  const own = new AbortController();
  let waiting = 0;
  let idle = 0;
  let seen = -1;
  const tick = Math.min(TICK_MS, ms / 4);
  const timer = setInterval(() => {
    const progress = progressOf(section);
    idle = waiting > 0 || progress !== seen ? 0 : idle + tick;
    seen = progress;
    if (idle < ms) return;
    clearInterval(timer);
    own.abort(new CollectFailure('timeout', `no progress for ${ms / 1000} s`));
  }, tick);
  const patient = async <T>(work: Promise<T>): Promise<T> => {
    waiting++;
    try {
      return await work;
    } finally {
      waiting--;
    }
  };
  return {
    ctx: {
      ...all,
      signal: AbortSignal.any([all.signal, own.signal]),
      section: (name) => patient(all.section(name)),
      need: (name) => patient(all.need(name)),
    },
    stop: () => clearInterval(timer),
  };
}
