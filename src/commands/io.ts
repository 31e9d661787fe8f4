/** Where commands read and write: streams, terminal facts, output targets, files written whole or not at all. */
import { appendFileSync, existsSync, readFileSync, realpathSync } from 'node:fs';
import { resolve } from 'node:path';
import type { OutputFlags } from '../cli/options.ts';
import type { AnyReport, ReportKind } from '../inspect/contract/kinds.ts';
import { commandLine, refusalOf as unprintable } from '../inspect/shell.ts';
import { formatNames, type Presentable, refusalOf, standsAlone, write } from '../render/format/index.ts';
import { sanitize } from '../render/sanitize.ts';
import { TOOL } from '../tool.ts';
import { UsageError } from './exit-code.ts';
import { reasonOf } from './system-error.ts';

export interface Io {
  readonly stdin: NodeJS.ReadableStream & { readonly isTTY?: boolean };
  readonly stdout: NodeJS.WritableStream & { readonly isTTY?: boolean; readonly columns?: number };
  readonly stderr: NodeJS.WritableStream & { readonly isTTY?: boolean; readonly columns?: number };
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Ways past the streams of the process, which take time to load; absent where the streams are others. */
  readonly direct?:
    | {
        /** Writes to standard output at once, and hands back what it does not take yet. */
        readonly write: (text: string) => Uint8Array;
        /** By file descriptor; false where there certainly is no terminal. */
        readonly mayBeTerminal: (descriptor: 1 | 2) => boolean;
      }
    | undefined;
  /** What was typed behind the program's name. */
  readonly typed?: readonly string[];
  /** The program's name as it was called: `vpccni` unless told, or `kubectl vpccni`. */
  readonly calledAs?: string;
  /** The wall clock, milliseconds since 1970; the machine's own unless given. */
  readonly now?: () => number;
}

interface Target {
  readonly format: string;
  readonly file?: string | undefined;
}

/** Where a report of this kind goes. @throws UsageError naming a format that does not exist or does not write it. */
export function outputTargets(flags: OutputFlags, kind: ReportKind): readonly Target[] {
  const given = flags.output?.length ? flags.output : [formatNames([kind])[0]!];
  const targets = given.map((o) => {
    const at = o.indexOf('=');
    const format = at < 0 ? o : o.slice(0, at);
    const refusal = refusalOf(format, kind);
    if (refusal !== undefined) throw new UsageError(refusal);
    if (at === o.length - 1) throw new UsageError(`-o ${o} names no file; leave "=" out to write to standard output`);
    const file = at < 0 ? '-' : o.slice(at + 1);
    return file === '-' ? { format } : { format, file };
  });
  refuseMixtures(targets);
  return targets;
}

/** A pipeline reads JSON or XML whole: two reports in one place would be neither. */
function refuseMixtures(targets: readonly Target[]): void {
  for (const [i, { format, file }] of targets.entries()) {
    const other = targets.slice(0, i).find((t) => placeOf(t) === placeOf({ format, file }));
    if (!other || !(file !== undefined || standsAlone(format) || standsAlone(other.format))) continue;
    const where = file === undefined ? 'standard output' : file;
    throw new UsageError(
      `-o ${other.format} and -o ${format} would both be in ${where}: give one of them a file of its own, as -o ${format}=FILE`,
    );
  }
}

/** One file may be spelt in many ways. */
function placeOf({ file }: Target): string | undefined {
  if (file === undefined) return undefined;
  const path = resolve(file);
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}

/** Renders a report to every target asked for: standard output, or files that appear whole. */
export async function writeReport<R extends AnyReport>(
  io: Io,
  flags: OutputFlags,
  presentable: Presentable<R>,
): Promise<void> {
  for (const target of outputTargets(flags, presentable.report.kind)) {
    const terminal = target.file === undefined;
    const { text, jobSummary } = await write(target.format, presentable, {
      color: colorWanted(io, flags, terminal),
      ascii: flags.ascii ?? asciiOnly(io),
      width: terminalWidth(io),
      headers: flags.headers ?? true,
      now: now(io),
      invocation: invocationOf(io),
    });
    if (target.file === undefined) await writeOut(io, text);
    else await (await import('./write-file.ts')).writeFileWhole(target.file, text);
    if (jobSummary !== undefined && io.env.GITHUB_STEP_SUMMARY) addTo(io.env.GITHUB_STEP_SUMMARY, jobSummary);
  }
}

/** The file a report is about: the snapshot given. */
export function fileOf({ from }: { readonly from?: string }): string | undefined {
  return from === '-' ? undefined : from;
}

/** Adds to a file that a CI runner shows below the job. */
function addTo(path: string, text: string): void {
  try {
    appendFileSync(path, `${text}\n`);
  } catch (error) {
    throw new UsageError(`cannot write ${path}: ${reasonOf(error)}`);
  }
}

/** `--color` > `NO_COLOR` > `FORCE_COLOR` > a terminal that is not `dumb`. Files get colour only when told to. */
export function colorWanted(io: Io, flags: OutputFlags, terminal: boolean): boolean {
  if (flags.color === false || flags.color === 'never') return false;
  if (flags.color === 'always') return true;
  if (!terminal || io.env.NO_COLOR) return false;
  if (io.env.FORCE_COLOR) return io.env.FORCE_COLOR !== '0' && io.env.FORCE_COLOR !== 'false';
  return (io.direct?.mayBeTerminal(1) ?? true) && io.stdout.isTTY === true && io.env.TERM !== 'dumb';
}

/** One line for the user beside the report. What the cluster or a file wrote in it cannot move a cursor. */
export function tell(io: Pick<Io, 'stderr'>, text: string): void {
  io.stderr.write(`${TOOL.name}: ${sanitize(text)}\n`);
}

/** The wall clock, milliseconds since 1970. */
export function now(io: Pick<Io, 'now'>): number {
  return io.now?.() ?? Date.now();
}

/** A user and password in a URL: no screen and no file shows them again. */
const LOGIN_IN_URL = /(https?:\/\/)[^/?#\s]*@/gi;

/** What the user typed, without `-o` and what URLs log in with: what a command that he types next begins with. */
export function invocationOf({ typed = [], calledAs = TOOL.name }: Pick<Io, 'typed' | 'calledAs'>): string {
  const kept = typed.filter((word, i) => !/^(-o|--output)/.test(word) && !/^(-o|--output)$/.test(typed[i - 1] ?? ''));
  const line = [
    calledAs,
    ...(kept.length > 0 ? [commandLine(...kept.map((word) => word.replace(LOGIN_IN_URL, '$1')))] : []),
  ].join(' ');
  return unprintable(line) === undefined ? line : calledAs;
}

/** `COLUMNS`, the terminal behind stdout or, where that is a pipe, behind stderr, else 100. */
export function terminalWidth(io: Io): number {
  return columnsTold(io) ?? columnsOf(io, 1) ?? columnsOf(io, 2) ?? 100;
}

/** `COLUMNS`, or the terminal behind stderr. What is kept in a file is searched: nothing of it is cut. */
export function widthOfErrors(io: Io): number {
  return columnsTold(io) ?? columnsOf(io, 2) ?? Number.MAX_SAFE_INTEGER;
}

function columnsTold({ env }: Io): number | undefined {
  const columns = Number(env.COLUMNS);
  return Number.isInteger(columns) && columns >= 20 ? columns : undefined;
}

function columnsOf(io: Io, descriptor: 1 | 2): number | undefined {
  if (!(io.direct?.mayBeTerminal(descriptor) ?? true)) return undefined;
  return (descriptor === 1 ? io.stdout : io.stderr).columns;
}

/** True for a terminal that shows nothing else: `TERM=dumb`, or a locale of C or POSIX by the first of the three that is set. */
export function asciiOnly({ env }: Pick<Io, 'env'>): boolean {
  const locale = env.LC_ALL || env.LC_CTYPE || env.LANG;
  return env.TERM === 'dumb' || locale === 'C' || locale === 'POSIX';
}

/** Writes to standard output and waits until it is taken; a reader that went away ends the writing quietly. */
export async function writeOut(io: Io, text: string | Iterable<string>): Promise<void> {
  for (const piece of typeof text === 'string' ? [text] : text) if (!(await taken(io, piece))) return;
}

/** Whether somebody reads on. */
function taken(io: Io, text: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    // A closed pipe is told twice, to the callback and as an event; the event would end the process.
    const settle = (error?: Error | null) => {
      if (error && (error as NodeJS.ErrnoException).code !== 'EPIPE')
        reject(new UsageError(`cannot write to standard output: ${reasonOf(error)}`));
      else resolve(!error);
    };
    let rest: string | Uint8Array = text;
    try {
      rest = io.direct?.write(text) ?? text;
    } catch (error) {
      return settle(error as Error);
    }
    if (rest.length === 0) return resolve(true);
    io.stdout.once('error', settle);
    io.stdout.write(rest, (error) => {
      if (!error) io.stdout.removeListener('error', settle);
      settle(error);
    });
  });
}

/** A file shipped beside the bundle, whose chunks lie one folder deeper; run from the sources it lies in `data`. */
export function readShipped(name: string): Buffer {
  const places = ['./', '../', '../../data/'].map((folder) => new URL(folder + name, import.meta.url));
  const found = places.find((url) => existsSync(url));
  if (!found) throw new UsageError(`${name} is not part of this build; run "npm run build" in the folder of vpccni`);
  return readFileSync(found);
}
