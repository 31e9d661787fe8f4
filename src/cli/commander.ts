/**
 * Commander, whose types know what is declared: after `.option('--seed <n>', '…', natural)` an action is given `seed?: number`.
 * A flag is written once, where it is declared; the rest of the program names the type that follows from it. Types alone: what
 * runs is commander.
 */
import type * as typed from '@commander-js/extra-typings';
import { Argument as PlainArgument, Option as PlainOption } from 'commander';

export const Argument = PlainArgument as unknown as typeof typed.Argument;
export const Option = PlainOption as unknown as typeof typed.Option;

type Values = typed.OptionValues;
// biome-ignore lint/complexity/noBannedTypes: a command without flags, as the typings say it
type None = {};

/** A command with arguments A and flags F. */
export type Command<A extends unknown[] = [], F extends Values = None> = typed.Command<A, F>;

/** The flags of a command by what declares them; a caller other than commander may leave out those with a default. */
export type FlagsOf<D> = D extends (command: Command) => typed.Command<infer _A, infer F, infer _G>
  ? Readonly<Partial<F>>
  : never;

/** Makes of flags that several commands have something that adds them to any command. */
export function shared<S extends Values>(
  declare: (command: Command) => Command<[], S>,
): <A extends unknown[], F extends Values>(command: Command<A, F>) => Command<A, F & S> {
  return (command) => declare(command as never) as never;
}
