/** The first file that runs: answers what needs no program, and loads the program for everything else. */
import { readFileSync } from 'node:fs';
import { calledAs } from './cli/called-as.ts';
import { EXIT } from './commands/exit-code.ts';
import type { Io } from './commands/io.ts';
import { mayBeTerminal, writeNow } from './commands/standard-output.ts';
import { loadCompiled } from './load-compiled.ts';

/** `name` is how it was called: `vpccni`, or `kubectl vpccni`. */
export async function start(argv: readonly string[], name: string): Promise<void> {
  const command = commandToExplain(argv);
  const texts = command === undefined ? {} : shippedHelp();
  if (command !== undefined && Object.hasOwn(texts, command)) return print(calledAs(name, texts[command]!));
  const [first] = argv;
  if (first === '__complete') {
    const { complete } = await import('./cli/complete.ts');
    return print(await complete(argv.slice(1), process));
  }
  const { main } = programFor(first);
  await main(argv, processIo(), name);
  // All output is written. What was given up (a retry that waits, a plugin) must not keep the program.
  setTimeout(() => process.exit(), 250).unref();
}

/** Commands that shells and scripts call in loops are files of their own: reading one takes less than finding twenty. */
function programFor(command: string | undefined): typeof import('./cli.ts') {
  return loadCompiled(command === 'maxpods' || command === 'explain' ? command : 'cli');
}

/** The command whose help is asked for in so many words, '' for the program's; undefined where anything else is asked. */
function commandToExplain([first, second, ...more]: readonly string[]): string | undefined {
  if (first === undefined || more.length > 0) return undefined;
  const asks = (word: string) => word === '--help' || word === '-h';
  if (second === undefined) return asks(first) || first === 'help' ? '' : undefined;
  if (first === 'help') return second;
  return asks(second) ? first : undefined;
}

/** By command, as the build wrote it; nothing where there was no build. */
function shippedHelp(): Readonly<Record<string, string>> {
  try {
    return JSON.parse(readFileSync(new URL('./help.json', import.meta.url), 'utf8'));
  } catch {
    return {};
  }
}

/** Straight to the descriptor; a reader that went away has had enough. */
function print(text: string): void {
  try {
    const rest = writeNow(text);
    if (rest.length > 0) process.stdout.write(rest);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EPIPE') return;
    process.stderr.write(
      `vpccni: cannot write to standard output (${(error as NodeJS.ErrnoException).code ?? 'unknown error'})\n`,
    );
    process.exitCode = EXIT.usage;
  }
}

/** The process as commands see it: what is asked of a stream that is no terminal is answered without the stream. */
function processIo(): Io {
  return {
    get stdin() {
      return process.stdin;
    },
    get stdout() {
      return process.stdout;
    },
    get stderr() {
      return process.stderr;
    },
    env: process.env,
    direct: { write: writeNow, mayBeTerminal },
  };
}
