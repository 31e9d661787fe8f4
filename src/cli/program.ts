/** The command tree: whole for help, completion and unknown words; otherwise only the command that is asked for. */
import { Command } from 'commander';
import type { Io } from '../commands/io.ts';
import { versionText } from '../commands/version.ts';
import { sanitizeLines } from '../render/sanitize.ts';
import { calledAs } from './called-as.ts';
import type { Command as TypedCommand } from './commander.ts';
import type { CommandFile, Runs } from './define-command.ts';
import { COMMANDS } from './index.ts';
import { EXIT_CODES } from './options.ts';

/** What the tree needs of its surroundings. */
export interface Surroundings {
  readonly io: Io;
  /** How it was called: `vpccni`, or `kubectl vpccni`. */
  readonly name: string;
  readonly setExit: (code: number) => void;
  /** Takes help and version; errors go to the `Io` at once. */
  readonly say: (text: string) => void;
}

export async function buildProgram(around: Surroundings, asked?: string): Promise<Command> {
  const { io, name, setExit, say } = around;
  const program = new Command('vpccni')
    .description('Read-only diagnostics and capacity planning for EKS clusters on the Amazon VPC CNI')
    .version(versionText().trimEnd(), '-V, --version', 'version, age of the instance data, modelled VPC CNI')
    .showHelpAfterError(false)
    .showSuggestionAfterError(true)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => say(calledAs(name, text)),
      writeErr: (text) => io.stderr.write(sanitizeLines(calledAs(name, text))),
      outputError: (text, write) => write(text.replace(/^error: /, 'vpccni: ').replace(TOO_MANY, hintOf(program))),
      getOutHelpWidth: () => HELP_WIDTH,
      getErrHelpWidth: () => HELP_WIDTH,
    })
    .addHelpText('after', EXIT_CODES);
  const runs: Runs =
    <A extends unknown[]>(load: () => Promise<CommandFile<A>>) =>
    async (...args: A) =>
      setExit(await (await load()).run(io, ...args));

  const alone = COMMANDS.filter((command) => command.name === asked);
  for (const command of alone.length > 0 ? alone : COMMANDS)
    (await command.load()).define(program.command(command.name) as unknown as TypedCommand, runs);
  return program;
}

const TOO_MANY = /too many arguments for '([^']*)'\. Expected 0 arguments but got \d+\./;

/** A command takes no words: a cluster, as `inspect` takes one, is given to the others by its flag. */
function hintOf(program: Command) {
  return (_: string, name: string): string => {
    const options = program.commands.find((c) => c.name() === name)?.options ?? [];
    const flags = options.flatMap(({ long }) => (long === '--cluster' || long === '--subnet' ? `${long} NAME` : []));
    const hint = flags.length > 0 ? `; write ${flags.join(' or ')}` : '';
    return `${name} takes flags and no words${hint}`;
  };
}

/** The same on every terminal, because help is written when the program is built. */
const HELP_WIDTH = 80;
