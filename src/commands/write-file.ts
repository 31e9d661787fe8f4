/** Files that appear whole or not at all. What is no regular file (a pipe, a device) is written to, never replaced. */
import { randomBytes } from 'node:crypto';
import { unlinkSync } from 'node:fs';
import { lstat, open, readlink, realpath, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { Readable } from 'node:stream';
import { EXIT, UsageError } from './exit-code.ts';
import { reasonOf } from './system-error.ts';

/** What a snapshot tells is for its owner to pass on. */
const OWNER_ONLY = 0o600;
const FOR_ALL = 0o666;

/** `.gz` names are compressed. `secret`: only the owner may read a file that did not exist. @throws UsageError */
export async function writeFileWhole(
  path: string,
  text: string | Iterable<string>,
  { secret = false }: { readonly secret?: boolean } = {},
): Promise<void> {
  try {
    const pieces = typeof text === 'string' ? [text] : text;
    const bytes = path.endsWith('.gz') ? await compressed(pieces) : pieces;
    const present = await statOf(path);
    if (present && !present.isFile()) await writeInto(path, bytes);
    else if (isOfSystem(path)) await writeInto(path, bytes);
    else await replace(await targetOf(path), bytes, present?.mode, secret ? OWNER_ONLY : FOR_ALL);
  } catch (error) {
    throw new UsageError(`cannot write ${path}: ${reasonOf(error)}`);
  }
}

async function statOf(path: string) {
  try {
    return await stat(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Names of open streams (`/dev/stdout`, `>(…)`) lead to files that others hold open: a new file would not reach them. */
function isOfSystem(path: string): boolean {
  return /^\/(?:dev|proc)\//.test(resolve(path));
}

type Bytes = Iterable<string> | AsyncIterable<Uint8Array>;

async function writeInto(path: string, bytes: Bytes): Promise<void> {
  const file = await open(path, 'w');
  try {
    await writeFile(file, bytes);
  } finally {
    await file.close();
  }
}

/** What a path means through its links, the last of which may lead to a file that is not there yet. */
async function targetOf(path: string): Promise<string> {
  let target = resolve(path);
  for (let hops = 0; hops < 40; hops++) {
    const found = await lstat(target).catch(() => undefined);
    if (!found?.isSymbolicLink()) return join(await realpath(dirname(target)), basename(target));
    target = resolve(dirname(target), await readlink(target));
  }
  throw new Error('too many links');
}

/** Under a name nobody can foresee, opened only where nothing stands; its mode is that of the file it replaces. */
async function replace(target: string, bytes: Bytes, mode: number | undefined, fresh: number): Promise<void> {
  const temporary = join(dirname(target), `.${basename(target).slice(0, 100)}.${randomBytes(8).toString('hex')}.tmp`);
  const file = await open(temporary, 'wx', mode === undefined ? fresh : OWNER_ONLY);
  const release = removedOnSignal(temporary);
  try {
    try {
      await writeFile(file, bytes);
      if (mode !== undefined) await file.chmod(mode & 0o7777);
    } finally {
      await file.close();
    }
    await rename(temporary, target);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  } finally {
    release();
  }
}

/** A signal while a file is half written ends the program, and takes the half along. */
function removedOnSignal(temporary: string): () => void {
  const end = (exitCode: number) => () => {
    try {
      unlinkSync(temporary);
    } catch {
      // It has its name already.
    }
    process.exit(exitCode);
  };
  const handlers = [
    ['SIGINT', end(EXIT.interrupted)],
    ['SIGTERM', end(EXIT.terminated)],
    ['SIGHUP', end(129)],
  ] as const;
  for (const [signal, handler] of handlers) process.once(signal, handler);
  return () => {
    for (const [signal, handler] of handlers) process.off(signal, handler);
  };
}

async function compressed(pieces: Iterable<string>): Promise<AsyncIterable<Uint8Array>> {
  return Readable.from(pieces, { objectMode: false }).pipe((await import('node:zlib')).createGzip());
}
