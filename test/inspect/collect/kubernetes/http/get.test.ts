import http from 'node:http';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import { DEFAULT_LIMITS, get } from '../../../../../src/inspect/collect/kubernetes/http/get.ts';
import { type FakeServer, fakeServer } from '../fake-server.ts';

let server: FakeServer | undefined;
afterEach(() => server?.close());

/** Text that packs badly, so that it comes in many pieces. */
const text = (length: number) => {
  let state = 1;
  return Array.from({ length }, () => {
    state = (state * 48271) % 2147483647;
    return String.fromCharCode(32 + (state % 90));
  }).join('');
};

async function bodyOf(body: string, packed: boolean, likely: number): Promise<Buffer> {
  server = await fakeServer(
    (_asked, response) => {
      response.writeHead(200, packed ? { 'content-encoding': 'gzip' } : {});
      const bytes = packed ? gzipSync(body) : Buffer.from(body);
      const half = Math.floor(bytes.length / 2);
      response.write(bytes.subarray(0, half));
      setTimeout(() => response.end(bytes.subarray(half)), 20);
    },
    { plain: true },
  );
  const reply = await get(
    new URL(`${server.url}/`),
    { agent: new http.Agent(), headers: {} },
    DEFAULT_LIMITS,
    new AbortController().signal,
    { bytes: 4096, hear: () => {}, likely },
  );
  return reply.body;
}

describe('a body', () => {
  it.each([
    [0, true],
    [1, true],
    [400_000, true],
    [400_000, false],
    [0, false],
  ])('of %i bytes, packed %s, is whole whatever was likely', async (length, packed) => {
    const body = text(length);
    for (const likely of [0, 1, 300_000, 900_000, 5_000_000, 1e12]) {
      expect((await bodyOf(body, packed, likely)).equals(Buffer.from(body)), String(likely)).toBe(true);
      await server?.close();
    }
  });

  it('of the likely size is unpacked into one buffer of that size', async () => {
    const body = text(400_000);
    const bytes = await bodyOf(body, true, 400_000);
    expect(bytes.buffer.byteLength).toBe(450_000);
  });
});
