/** Runs a command line: builds the tree, hands over to the command, turns what went wrong into a line and an exit code. */
import { CommanderError } from 'commander';
import { COMMANDS } from './cli/index.ts';
import { buildProgram } from './cli/program.ts';
import { EXIT } from './commands/exit-code.ts';
import { hearStreams } from './commands/hear-streams.ts';
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
    get stdout() {
      return heard.stdout();
    },
    get stderr() {
      return heard.stderr();
    },
    env: io.env,
    direct: io.direct,
    typed: argv,
    calledAs: name,
    now: io.now,
  };
  const heard = hearStreams(io, setExit);
  try {
    const words = understood(argv);
    const program = await buildProgram({ io: own, name, setExit, say: (text) => own.stdout.write(text) }, words[0]);
    await program.parseAsync([...words], { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError) setExit(error.exitCode === 0 ? EXIT.ok : EXIT.usage);
    else setExit(await (await import('./commands/report-error.ts')).reportError(error, own, argv.includes('--debug')));
  }
}

/** `help CMD` as `CMD --help`; of an unknown command nothing but its name, so that asking for its help names the near ones. */
function understood(argv: readonly string[]): readonly string[] {
  const [first, ...rest] = argv;
  const words = first === 'help' && rest.length > 0 ? [rest[0]!, '--help'] : argv;
  const [command] = words;
  if (command === undefined || command.startsWith('-') || command === 'help') return words;
  return COMMANDS.some(({ name }) => name === command) ? words : [command];
}
