import type { Io } from '../commands/io.ts';
import type { Command } from './commander.ts';

/** A file under `commands`: options in, exit code out. */
export interface CommandFile<A extends unknown[]> {
  readonly run: (io: Io, ...args: A) => Promise<number>;
}

/** Turns a lazy import of a command's file into what commander calls. */
export type Runs = <A extends unknown[]>(load: () => Promise<CommandFile<A>>) => (...args: A) => Promise<void>;

/** Gives a command its arguments, flags, help and action. */
export type DefineCommand = (command: Command, runs: Runs) => void;
