/** Runs a command line: builds the tree, hands over to the command, turns what went wrong into a line and an exit code. */
import { CommanderError } from 'commander';
import { COMMANDS } from './cli/index.ts';
import { buildProgram } from './cli/program.ts';
import { EXIT, Interrupted, NoVerdictError, UsageError } from './commands/exit-code.ts';
import type { Io } from './commands/io.ts';

/** Sets `process.exitCode`; never ends the process while output may still be under way. */
export async function main(argv: readonly string[], io: Io, name = 'vpccni'): Promise<void> {
  const setExit = (code: number) => {
    process.exitCode = code;
  };
  const own: Io = {
    get stdin() {
      return io.stdin;
    },
    stdout: io.stdout,
    stderr: io.stderr,
    env: io.env,
    typed: argv,
    now: io.now,
  };
  hearStreams(io, setExit);
  try {
    const words = understood(argv);
    const program = await buildProgram({ io: own, name, setExit, say: (text) => io.stdout.write(text) }, words[0]);
    await program.parseAsync([...words], { from: 'user' });
  } catch (error) {
    setExit(await report(error, io, argv.includes('--debug')));
  }
}

/** A reader that went away ends the writing quietly, whoever writes; a full disk does not. */
function hearStreams(io: Io, setExit: (code: number) => void): void {
  io.stderr.on('error', () => {});
  io.stdout.on('error', (error: NodeJS.ErrnoException) => {
    // who waits for the end of a write hears of it himself
    if (error.code === 'EPIPE' || io.stdout.listenerCount('error') > 1) return;
    setExit(EXIT.usage);
    io.stderr.write(`vpccni: cannot write to standard output (${error.code ?? 'unknown error'})\n`);
  });
}

/** `help CMD` as `CMD --help`; of an unknown command nothing but its name, so that asking for its help names the near ones. */
function understood(argv: readonly string[]): readonly string[] {
  const [first, ...rest] = argv;
  const words = first === 'help' && rest.length > 0 ? [rest[0]!, '--help'] : argv;
  const [command] = words;
  if (command === undefined || command.startsWith('-') || command === 'help') return words;
  return COMMANDS.some(({ name }) => name === command) ? words : [command];
}

/** One line on stderr and the right exit code; a stack only when asked for. */
async function report(error: unknown, io: Io, debug: boolean): Promise<number> {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  if (error instanceof Interrupted) return error.exitCode;
  const line = error instanceof Error ? error.message : String(error);
  const { errorText } = await import('./commands/error-text.ts');
  io.stderr.write(`vpccni: ${errorText(line)}\n`);
  if (debug && error instanceof Error) io.stderr.write(`${errorText(error.stack ?? '', true)}\n`);
  if (error instanceof UsageError) return EXIT.usage;
  if (error instanceof NoVerdictError) return EXIT.noVerdict;
  if (!debug) io.stderr.write('This is a defect of vpccni; run again with --debug and report it.\n');
  return EXIT.usage;
}
