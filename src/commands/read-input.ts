/** Files and standard input, read within bounds: a hostile or mistaken file is refused in one line before memory runs out. */
import { open } from 'node:fs/promises';
import { promisify } from 'node:util';
import { UsageError } from './exit-code.ts';
import type { Io } from './io.ts';
import { reasonOf } from './system-error.ts';

const MIB = 1024 * 1024;
/** A cluster of 10,000 nodes and 300,000 pods takes some 150 MiB; V8 holds no text of more than 512 MiB. */
const MOST_BYTES = 384 * MIB;
/** JSON of ours shrinks to a tenth; what shrinks to a hundredth was made to explode. */
const MOST_RATIO = 100;
const UNPACKED_ANYWAY = 32 * MIB;
/** Objects deeper than 64 levels are dropped by themselves; beyond this the parser itself would take all memory. */
const DEEPEST = 10_000;

/** Reads a file, or standard input for `-`; gzip is recognised by its first bytes, a byte order mark is left out. */
export async function readInput(io: Io, path: string): Promise<string> {
  const bytes = await readBytes(io, path);
  const gzipped = bytes[0] === 0x1f && bytes[1] === 0x8b;
  try {
    const text = gzipped ? await unpack(bytes) : bytes;
    const mark = text[0] === 0xef && text[1] === 0xbb && text[2] === 0xbf;
    return text.toString('utf8', mark ? 3 : 0);
  } catch (error) {
    throw new UsageError(`cannot read ${calledOf(path)}: ${reasonOf(error)}`);
  }
}

/** Parses JSON from a file or standard input. @throws UsageError with the file's name and what is wrong. */
export async function readJsonInput(io: Io, path: string): Promise<unknown> {
  const text = await readInput(io, path);
  const called = calledOf(path);
  if (!/\S/.test(text)) throw new UsageError(`${called} is empty`);
  if (isTooDeep(text)) throw new UsageError(`${called} is nested deeper than ${DEEPEST} levels`);
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new UsageError(`${called} is not JSON: ${reasonOf(error)}`);
  }
}

/** Brackets outside strings, counted before anything recursive meets them. */
export function isTooDeep(text: string): boolean {
  let depth = 0;
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (c === QUOTE) i = endOfString(text, i);
    else if (c === OPEN_BRACKET || c === OPEN_BRACE) {
      if (++depth > DEEPEST) return true;
    } else if (c === CLOSE_BRACKET || c === CLOSE_BRACE) depth--;
  }
  return false;
}
const [QUOTE, BACKSLASH, OPEN_BRACKET, CLOSE_BRACKET, OPEN_BRACE, CLOSE_BRACE] = [34, 92, 91, 93, 123, 125];

/** The place of the closing quote; the end of the text where there is none. */
function endOfString(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); end >= 0; end = text.indexOf('"', end + 1)) {
    let slashes = 0;
    while (text.charCodeAt(end - 1 - slashes) === BACKSLASH) slashes++;
    if (slashes % 2 === 0) return end;
  }
  return text.length;
}

async function readBytes(io: Io, path: string): Promise<Buffer> {
  if (path === '-') return collect(io.stdin, path);
  try {
    const file = await open(path, 'r');
    try {
      return await collect(file.createReadStream({ autoClose: false, highWaterMark: MIB }), path);
    } finally {
      await file.close();
    }
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError(`cannot read ${path}: ${reasonOf(error)}`);
  }
}

async function collect(stream: AsyncIterable<Buffer | string>, path: string): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stream) {
    const bytes = Buffer.from(chunk as Buffer);
    size += bytes.length;
    if (size > MOST_BYTES) throw new UsageError(`${calledOf(path)} is larger than ${MOST_BYTES / MIB} MiB`);
    chunks.push(bytes);
  }
  return Buffer.concat(chunks, size);
}

/** zlib is loaded only by the commands that meet a compressed file: most starts need none of it. */
async function unpack(bytes: Buffer): Promise<Buffer> {
  const most = Math.min(MOST_BYTES, Math.max(UNPACKED_ANYWAY, bytes.length * MOST_RATIO));
  const { gunzip } = await import('node:zlib');
  try {
    return await promisify(gunzip)(bytes, { maxOutputLength: most });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE')
      throw new Error(`it unpacks to more than ${most / MIB} MiB`.replace(/\.\d+/, ''));
    throw error;
  }
}

function calledOf(path: string): string {
  return path === '-' ? 'standard input' : path;
}
