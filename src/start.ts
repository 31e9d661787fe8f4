/** The first file that runs: answers what needs no program, and loads the program for everything else. */
import { readFileSync, writeSync } from 'node:fs';
import { calledAs } from './cli/called-as.ts';

/** `name` is how it was called: `vpccni`, or `kubectl vpccni`. */
export async function start(argv: readonly string[], name: string): Promise<void> {
  const command = commandToExplain(argv);
  const texts = command === undefined ? {} : shippedHelp();
  if (command !== undefined && Object.hasOwn(texts, command)) return print(calledAs(name, texts[command]!));
  if (argv[0] === '__complete') {
    const { complete } = await import('./cli/complete.ts');
    return print(await complete(argv.slice(1), process));
  }
  const { main } = await import('./cli.ts');
  await main(argv, process, name);
  // All output is written. What was given up (a retry that waits, a plugin) must not keep the program.
  setTimeout(() => process.exit(), 250).unref();
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

/** Straight to the descriptor: the streams of `process` take longer to load than a short text to write. */
function print(text: string): void {
  let rest = Buffer.from(text);
  try {
    while (rest.length > 0) rest = rest.subarray(writeSync(1, rest));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // A pipe that is full for now: the stream waits. A reader that went away has had enough.
    if (code === 'EAGAIN') process.stdout.write(rest);
    else if (code !== 'EPIPE') {
      process.stderr.write(`vpccni: cannot write to standard output (${code ?? 'unknown error'})\n`);
      process.exitCode = 2;
    }
  }
}
