/** Files and standard input, read within bounds: a hostile or mistaken file is refused in one line before memory runs out. */
import { open } from 'node:fs/promises';
import { promisify } from 'node:util';
import { UsageError } from './exit-code.ts';
import type { Io } from './io.ts';
import { JsonMembers } from './json-members.ts';
import { reasonOf } from './system-error.ts';

const MIB = 1024 * 1024;
/** What is unpacked and split at a time. */
const PIECE = MIB / 4;
/** A cluster of 10,000 nodes and 300,000 pods takes some 150 MiB; V8 holds no text of more than 512 MiB. */
const MOST_BYTES = 384 * MIB;
/** JSON of ours shrinks to a tenth; what shrinks to a hundredth was made to explode. */
const MOST_RATIO = 100;
const UNPACKED_ANYWAY = 32 * MIB;
/** Objects deeper than 64 levels are dropped by themselves; beyond this the parser itself would take all memory. */
const DEEPEST = 10_000;

/** Reads a file, or standard input for `-`; gzip is recognised by its first bytes, so is UTF-16; a byte order mark is left out. */
export async function readInput(io: Io, path: string): Promise<string> {
  return textOf(await readBytes(io, path), path);
}

/** Parses JSON from a file or standard input. @throws UsageError with the file's name and what is wrong. */
export async function readJsonInput(io: Io, path: string): Promise<unknown> {
  return parseJson(await readBytes(io, path), path);
}

/** Parses the bytes of a file, packed or not. @throws UsageError with the file's name and what is wrong. */
export async function parseJson(bytes: Buffer, path: string): Promise<unknown> {
  const text = await textOf(bytes, path);
  const called = calledOf(path);
  if (!/\S/.test(text)) throw new UsageError(`${called} is empty`);
  if (isTooDeep(text)) throw new UsageError(`${called} is nested deeper than ${DEEPEST} levels`);
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new UsageError(`${called} is not JSON: ${reasonOf(error)}`);
  }
}

/**
 * Gives the members of a JSON object one by one, so that a large file is never in memory as a whole. False where it cannot be
 * read so, for whatever reason; parsing all of it then tells what is wrong.
 */
export async function parseMembers(bytes: Buffer, take: (name: string, value: unknown) => void): Promise<boolean> {
  const members = new JsonMembers(take, DEEPEST);
  let size = 0;
  try {
    for await (const piece of isGzip(bytes) ? unpacking(bytes) : pieces(bytes)) {
      size += piece.length;
      if (size > mostUnpacked(bytes)) return false;
      members.push(piece);
    }
  } catch {
    return false;
  }
  return members.isWhole;
}

async function textOf(bytes: Buffer, path: string): Promise<string> {
  try {
    const text = isGzip(bytes) ? await unpack(bytes) : bytes;
    return decoded(text);
  } catch (error) {
    throw new UsageError(`cannot read ${calledOf(path)}: ${reasonOf(error)}`);
  }
}

/** UTF-8, or UTF-16 with its mark: what Windows PowerShell writes where output is sent to a file. */
function decoded(text: Buffer): string {
  if (text[0] === 0xff && text[1] === 0xfe) return text.toString('utf16le', 2);
  if (text[0] === 0xfe && text[1] === 0xff && text.length % 2 === 0)
    return Buffer.from(text).swap16().toString('utf16le', 2);
  const mark = text[0] === 0xef && text[1] === 0xbb && text[2] === 0xbf;
  return text.toString('utf8', mark ? 3 : 0);
}

function isGzip(bytes: Buffer): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b;
}

function* pieces(bytes: Buffer): Generator<Buffer> {
  for (let at = 0; at < bytes.length; at += PIECE) yield bytes.subarray(at, at + PIECE);
}

/** Whether brackets outside strings stand deeper than that, counted before anything recursive meets them. */
export function isTooDeep(text: string): boolean {
  return walk(text, 0, (depth) => depth > DEEPEST) < text.length;
}

/** The place behind the JSON object or array that begins at or after `start`; the end of the text where none ends. */
export function endOfValue(text: string, start: number): number {
  const last = walk(text, start, (depth, opens) => !opens && depth <= 0);
  return Math.min(last + 1, text.length);
}

/** The place of the first bracket outside strings at which it may stop, told the depth from there on; else the end of the text. */
function walk(text: string, start: number, stopsAt: (depth: number, opens: boolean) => boolean): number {
  let depth = 0;
  for (let i = start; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (c === QUOTE) {
      i = endOfString(text, i);
      continue;
    }
    const opens = c === OPEN_BRACKET || c === OPEN_BRACE;
    if (!opens && c !== CLOSE_BRACKET && c !== CLOSE_BRACE) continue;
    depth += opens ? 1 : -1;
    if (stopsAt(depth, opens)) return i;
  }
  return text.length;
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

/** The bytes of a file or of standard input, within bounds. @throws UsageError */
export async function readBytes(io: Io, path: string): Promise<Buffer> {
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

function mostUnpacked(bytes: Buffer): number {
  return Math.min(MOST_BYTES, Math.max(UNPACKED_ANYWAY, bytes.length * MOST_RATIO));
}

/** zlib is loaded only by the commands that meet a compressed file: most starts need none of it. */
async function unpack(bytes: Buffer): Promise<Buffer> {
  const most = mostUnpacked(bytes);
  const { gunzip } = await import('node:zlib');
  try {
    return await promisify(gunzip)(bytes, { maxOutputLength: most });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE')
      throw new Error(`it unpacks to more than ${most / MIB} MiB`.replace(/\.\d+/, ''));
    throw error;
  }
}

async function* unpacking(bytes: Buffer): AsyncGenerator<Buffer> {
  const { createGunzip } = await import('node:zlib');
  const stream = createGunzip({ chunkSize: PIECE });
  stream.end(bytes);
  yield* stream;
}

function calledOf(path: string): string {
  return path === '-' ? 'standard input' : path;
}
