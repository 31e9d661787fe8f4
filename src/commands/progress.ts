/** What is going on, on stderr: a spinner on a terminal, nothing elsewhere. The only user of ora. */
import type { OutputFlags } from '../cli/options.ts';
import { type Io, tell } from './io.ts';

export interface Progress {
  readonly update: (text: string) => void;
  readonly stop: () => void;
}

const SILENT: Progress = { update: () => {}, stop: () => {} };

/** How often a reader of a log hears that it goes on. */
const LINE_EVERY_MS = 10_000;

/**
 * A spinner where a person watches: stderr is a terminal that has a width (ora never ends at 0), not in CI. Elsewhere a line
 * every ten seconds, so that a log shows what takes long. Nothing with `--quiet`.
 */
export async function startProgress(io: Io, flags: OutputFlags, text: string): Promise<Progress> {
  if (flags.quiet) return SILENT;
  if (io.stderr.isTTY !== true || !io.stderr.columns || io.env.CI) return lines(io, text);
  const { default: ora } = await import('ora');
  const spinner = ora({
    text,
    stream: io.stderr as NodeJS.WriteStream,
    color: io.env.NO_COLOR ? false : 'cyan',
  }).start();
  return {
    update: (t) => {
      spinner.text = t;
    },
    stop: () => spinner.stop(),
  };
}

function lines(io: Io, text: string): Progress {
  let latest = text;
  const timer = setInterval(() => tell(io, latest), LINE_EVERY_MS);
  timer.unref();
  return {
    update: (t) => {
      latest = t;
    },
    stop: () => clearInterval(timer),
  };
}
