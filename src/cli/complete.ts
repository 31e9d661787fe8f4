/** What may follow on a command line, in the words of Cobra's completion, which kubectl and our scripts read. */
import type { Command, Option } from 'commander';
import { valuesFor } from '../commands/completion/values.ts';
import type { Io } from '../commands/io.ts';
import { COMMANDS } from './index.ts';
import { FORMATS } from './options.ts';
import { buildProgram } from './program.ts';

/** Sums of these end the answer. */
const NO_SPACE = 2;
const NO_FILES = 4;

/** How PowerShell since 7.3 hands on a word that is not begun; the releases before make it empty. */
const EMPTY = '""';

interface Candidate {
  readonly value: string;
  readonly about?: string | undefined;
}

/** `words` are those behind the program's name, the one under the cursor last, '' where it is not begun. */
export async function complete(words: readonly string[], io: Io): Promise<string> {
  const before = words.slice(0, -1);
  const under = words.at(-1) ?? '';
  const typed = under === EMPTY ? '' : under;
  const program = await buildProgram({ io, name: 'vpccni', setExit: () => {}, say: () => {} }, before[0]);
  const [name, ...rest] = before;
  if (name === undefined) return answer(topLevel(program, typed, false));
  if (name === 'help') return answer(rest.length > 0 ? [] : topLevel(program, typed, true));
  const command = program.commands.find((each) => each.name() === name);
  if (!command) return answer([]);

  const last = rest.at(-1);
  const pending = last === undefined ? undefined : optionOf(command, last);
  if (pending && takesValue(pending)) return ofOption(pending, '', typed, words, io);
  const equals = /^(--[\w-]+)=([\s\S]*)$/.exec(typed);
  const inline = equals ? optionOf(command, equals[1]!) : undefined;
  if (inline && equals) return ofOption(inline, `${equals[1]}=`, equals[2]!, words, io);
  if (typed.startsWith('-')) return answer(flags(command, typed));
  const argument = argumentAt(command, rest);
  if (!argument) return answer([]);
  return argument.argChoices
    ? ofChoices(argument.argChoices, '', typed)
    : ofName(argument.name(), '', typed, words, io);
}

function topLevel(program: Command, typed: string, afterHelp: boolean): readonly Candidate[] {
  const commands = COMMANDS.map(({ name }): Candidate => ({ value: name, about: about(program, name) }));
  const own = afterHelp
    ? []
    : [{ value: 'help', about: 'help of a command' }, ...(typed.startsWith('-') ? flags(program, typed) : [])];
  return [...commands, ...own].filter(({ value }) => value.startsWith(typed));
}

function about(program: Command, name: string): string | undefined {
  return program.commands.find((command) => command.name() === name)?.description();
}

function flags(command: Command, typed: string): readonly Candidate[] {
  const own = command.options.filter((option) => !option.hidden && option.long);
  return [
    ...own.map((option) => ({ value: option.long!, about: option.description })),
    { value: '--help', about: 'help' },
  ].filter(({ value }) => value.startsWith(typed));
}

function optionOf(command: Command, word: string): Option | undefined {
  return command.options.find((option) => option.long === word || option.short === word);
}

function takesValue(option: Option): boolean {
  return option.required || option.optional;
}

/** The argument that the word under the cursor would be; the last one where it takes any number. */
function argumentAt(command: Command, rest: readonly string[]): Command['registeredArguments'][number] | undefined {
  let position = 0;
  for (let i = 0; i < rest.length; i++) {
    const word = rest[i]!;
    const option = word.startsWith('-') ? optionOf(command, word) : undefined;
    if (option && takesValue(option)) i++;
    else if (!word.startsWith('-')) position++;
  }
  const all = command.registeredArguments;
  return all[position] ?? (all.at(-1)?.variadic ? all.at(-1) : undefined);
}

async function ofOption(
  option: Option,
  head: string,
  typed: string,
  words: readonly string[],
  io: Io,
): Promise<string> {
  const formats = FORMATS.get(option);
  if (formats && typed.includes('=')) return answer([], 0);
  const choices = formats ?? option.argChoices;
  return choices ? ofChoices(choices, head, typed) : ofName(option.long!, head, typed, words, io);
}

function ofChoices(choices: readonly string[], head: string, typed: string): string {
  return answer(choices.filter((choice) => choice.startsWith(typed)).map((choice) => ({ value: head + choice })));
}

async function ofName(name: string, head: string, typed: string, words: readonly string[], io: Io): Promise<string> {
  const found = await valuesFor(name, typed, words, io.env);
  const directive = (found.open ? NO_SPACE : 0) + (found.files ? 0 : NO_FILES);
  return answer(
    found.values.map((value) => ({ value: head + value })),
    directive,
  );
}

function answer(candidates: readonly Candidate[], directive = NO_FILES): string {
  return [...candidates.map(({ value, about }) => (about ? `${value}\t${about}` : value)), `:${directive}`, ''].join(
    '\n',
  );
}
