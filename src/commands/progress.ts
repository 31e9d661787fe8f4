/** What is going on, on stderr: a spinner on a terminal, nothing elsewhere. The only user of ora. */
import type { Io, OutputFlags } from './io.ts';

export interface Progress {
  readonly update: (text: string) => void;
  readonly stop: () => void;
}

const SILENT: Progress = { update: () => {}, stop: () => {} };

/** A spinner only where a person watches: stderr is a terminal that has a width (ora never ends at 0), not in CI, not `--quiet`. */
export async function startProgress(io: Io, flags: OutputFlags, text: string): Promise<Progress> {
  if (flags.quiet || io.stderr.isTTY !== true || !io.stderr.columns || io.env.CI) return SILENT;
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
