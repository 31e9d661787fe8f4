/** One GET, its body whole and unpacked, with limits on time and size. Nothing here is ever written to the server. */
import http from 'node:http';
import https from 'node:https';
import type { Readable } from 'node:stream';
import type { SecureContext } from 'node:tls';
import { createGunzip } from 'node:zlib';

export interface GetTarget {
  readonly agent: http.Agent;
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  readonly secureContext?: SecureContext;
  readonly serverName?: string;
  readonly insecure?: boolean;
}

export interface Reply {
  readonly status: number;
  readonly contentType: string;
  readonly retryAfter?: string;
  readonly location?: string;
  /** Unpacked, in UTF-8. */
  readonly body: Buffer;
}

/** The server took longer than allowed to accept a connection, or fell silent. */
export class TimeoutError extends Error {
  readonly phase: 'connect' | 'reply';

  constructor(phase: 'connect' | 'reply', seconds: number) {
    super(phase === 'connect' ? `no connection within ${seconds} s` : `no answer for ${seconds} s`);
    this.phase = phase;
  }
}

export class TooLargeError extends Error {}

export interface GetLimits {
  readonly connectMs: number;
  /** Longest silence once connected. The API server gives a list 60 s at most (`--request-timeout`). */
  readonly idleMs: number;
  /** Unpacked. */
  readonly maxBytes: number;
}

export const DEFAULT_LIMITS: GetLimits = { connectMs: 10_000, idleMs: 30_000, maxBytes: 256 * 1024 * 1024 };

/** Hears the beginning of a body, unpacked, while the rest is still coming; not of one that is shorter. */
export interface HeadListener {
  readonly bytes: number;
  readonly hear: (status: number, head: Buffer) => void;
  /** Bytes that the body will have, unpacked, as far as one can tell: it is put together in one piece of that size. */
  readonly likely?: number;
}

/** @throws TimeoutError, TooLargeError, or what `node:https` and `node:zlib` throw */
export async function get(
  url: URL,
  target: GetTarget,
  limits: GetLimits,
  signal: AbortSignal,
  head?: HeadListener,
): Promise<Reply> {
  const request = open(url, target, signal);
  const watch = watchSilence(request, limits);
  try {
    const response = await new Promise<http.IncomingMessage>((resolve, reject) => {
      request.once('error', reject);
      request.once('response', resolve);
      request.end();
    });
    const { headers } = response;
    return {
      status: response.statusCode ?? 0,
      contentType: (headers['content-type'] ?? '').split(';')[0]!.trim().toLowerCase(),
      ...(headers['retry-after'] ? { retryAfter: headers['retry-after'] } : {}),
      ...(headers.location ? { location: headers.location } : {}),
      body: await readAll(response, headers['content-encoding'] === 'gzip', limits.maxBytes, head),
    };
  } catch (error) {
    request.destroy();
    // Node reports a request destroyed in the middle of a reply as a reset connection.
    throw watch.silence() ?? error;
  } finally {
    watch.stop();
  }
}

function open(url: URL, target: GetTarget, signal: AbortSignal): http.ClientRequest {
  const options: https.RequestOptions = {
    method: 'GET',
    agent: target.agent,
    headers: { 'accept-encoding': 'gzip', ...(target.headers as http.OutgoingHttpHeaders) },
    signal,
    ...(target.secureContext ? { secureContext: target.secureContext } : {}),
    ...(target.serverName ? { servername: target.serverName } : {}),
    ...(target.insecure ? { rejectUnauthorized: false } : {}),
  };
  return url.protocol === 'http:' ? http.request(url, options) : https.request(url, options);
}

/**
 * Counts silence in ticks, not by the clock: while this process is stopped or busy nobody listens, and what the peer sent
 * meanwhile waits in the socket. A tick without a byte counts one; a byte begins anew.
 */
function watchSilence(
  request: http.ClientRequest,
  limits: GetLimits,
): { silence: () => TimeoutError | undefined; stop: () => void } {
  let silence: TimeoutError | undefined;
  let quiet = 0;
  let seen = -1;
  const tick = Math.min(TICK_MS, limits.connectMs / 4, limits.idleMs / 4);
  const give = (phase: 'connect' | 'reply', ms: number) => {
    silence = new TimeoutError(phase, ms / 1000);
    clearInterval(timer);
    request.destroy(silence);
  };
  const timer = setInterval(() => {
    const { socket } = request;
    const connected = socket !== null && socket !== undefined && !socket.connecting;
    const bytes = connected ? socket.bytesRead : -1;
    quiet = bytes === seen ? quiet + tick : 0;
    seen = bytes;
    if (!connected && quiet >= limits.connectMs) give('connect', limits.connectMs);
    else if (connected && quiet >= limits.idleMs) give('reply', limits.idleMs);
  }, tick);
  return { silence: () => silence, stop: () => clearInterval(timer) };
}

const TICK_MS = 1000;

async function readAll(
  response: http.IncomingMessage,
  packed: boolean,
  maxBytes: number,
  head: HeadListener | undefined,
): Promise<Buffer> {
  const source: Readable = packed ? unpack(response, head?.likely ?? 0) : response;
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of source as AsyncIterable<Buffer>) {
    const before = size;
    size += chunk.length;
    if (head && before < head.bytes && size >= head.bytes)
      head.hear(response.statusCode ?? 0, Buffer.concat([...chunks, chunk], head.bytes));
    if (size > maxBytes) {
      response.destroy();
      throw new TooLargeError(`more than ${Math.round(maxBytes / 1024 / 1024)} MiB in one reply`);
    }
    chunks.push(chunk);
  }
  return joined(chunks, size);
}

/** Without a copy where the pieces lie one behind the other, as those of one unpacker's buffer do. */
function joined(chunks: readonly Buffer[], size: number): Buffer {
  const [first] = chunks;
  let end = first?.byteOffset ?? 0;
  for (const chunk of chunks) {
    if (chunk.buffer !== first!.buffer || chunk.byteOffset !== end) return Buffer.concat(chunks, size);
    end += chunk.length;
  }
  return first ? Buffer.from(first.buffer, first.byteOffset, size) : EMPTY;
}

const EMPTY = Buffer.alloc(0);

/** A page has some megabytes; in the 16 KiB of the default each piece would cost more than its unpacking. */
const LEAST_PIECE = 256 * 1024;
const LARGEST_PIECE = 16 * 1024 * 1024;

/** Into one buffer with room for an eighth more than is likely. */
function unpack(response: http.IncomingMessage, likely: number): Readable {
  const room = likely + Math.ceil(likely / 8);
  const gunzip = createGunzip({ chunkSize: Math.min(Math.max(room, LEAST_PIECE), LARGEST_PIECE) });
  response.once('error', (e) => gunzip.destroy(e));
  response.once('aborted', () => gunzip.destroy(new Error('socket hang up')));
  return response.pipe(gunzip);
}
