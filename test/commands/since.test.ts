import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { main } from '../../src/cli.ts';
import type { Inspection } from '../../src/inspect/contract/report.ts';
import { calm } from '../support/calm.ts';
import { shop } from '../support/shop.ts';
import { ago } from '../support/snapshot-builder.ts';
import { fakeIo } from './fake-io.ts';

let dir: string;
const at = (seconds: number, of = shop()) => JSON.stringify({ ...of, collectedAt: ago(seconds) });

beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'since-'));
  writeFileSync(join(dir, 'a.json'), at(86_400));
  writeFileSync(join(dir, 'b.json.gz'), gzipSync(at(7200)));
  writeFileSync(join(dir, 'c.json'), at(3600, calm()));
  writeFileSync(join(dir, 'd.json'), '{"kind":"Inspection"}');
  writeFileSync(join(dir, 'notes.txt'), 'not read');
});
afterAll(() => rmSync(dir, { recursive: true }));

async function inspect(...args: string[]) {
  const io = fakeIo({ stdin: JSON.stringify(shop()) });
  process.exitCode = undefined;
  await main(['inspect', '--from', '-', ...args], io);
  const code = Number(process.exitCode ?? 0);
  process.exitCode = undefined;
  const out = io.out();
  return { code, out, err: io.err(), since: () => (JSON.parse(out) as Inspection).since };
}

describe('inspect --since', () => {
  it('compares with a file, compressed or not', async () => {
    expect((await inspect('--since', join(dir, 'b.json.gz'), '-o', 'json')).since()).toMatchObject({
      base: { collectedAt: ago(7200) },
      changes: [],
      findings: { new: [], gone: [] },
      runways: [],
    });
    expect((await inspect('--since', join(dir, 'a.json'))).out).toMatch(
      /CHANGED SINCE +2026-10-31 12:00 UTC, 24 h before/,
    );
    expect((await inspect('-o', 'json')).since()).toBeUndefined();
  });

  it('ends with the change that explains most, and with what lasts shortest', async () => {
    const older = at(7200).replaceAll('"WARM_PREFIX_TARGET":"1"', '"WARM_PREFIX_TARGET":"2"');
    writeFileSync(join(dir, 'set.json'), older);
    const { out } = await inspect('--since', join(dir, 'set.json'));
    rmSync(join(dir, 'set.json'));
    const last = out.trimEnd().split('\n').slice(-14).join('\n');
    expect(last).toMatch(/^ {2}changed {2}WARM_PREFIX_TARGET of aws-node was 2 and is 1/m);
    const paced = (await inspect('--since', dir)).out.trimEnd().split('\n').slice(-14).join('\n');
    expect(paced).toMatch(/^ {2}lasts {2}\/28 of subnet-0b20000000000000a: none left/m);
    expect(paced).not.toMatch(/changed {2}/);
  });

  it('takes the snapshots of this cluster from a folder, and says what it leaves out', async () => {
    const { since, err, code } = await inspect('--since', dir, '-o', 'json');
    expect([code, since()?.snapshots]).toEqual([0, [ago(86_400), ago(7200), ago(0)]]);
    expect(since()?.runways.length).toBeGreaterThan(0);
    expect(err).toMatch(/c\.json is left out: it is a snapshot of .*cluster\/calm, not of .*cluster\/shop/);
    expect(err).toMatch(/d\.json is left out: not a vpccni snapshot/);
    expect(err).not.toContain('notes.txt');
    expect((await inspect('--since', dir, '-q')).err).toBe('');
  });

  it('names a file once, and one of two that were taken at the same moment', async () => {
    writeFileSync(join(dir, 'e.json'), '');
    writeFileSync(join(dir, 'f.json'), at(86_400));
    const { code, err } = await inspect('--since', dir);
    rmSync(join(dir, 'e.json'));
    rmSync(join(dir, 'f.json'));
    expect(code).toBe(0);
    expect(err).toMatch(/e\.json is left out: it is empty$/m);
    expect(err).toMatch(/f\.json is left out: it was taken at the same moment as another one$/m);
  });

  it.each([
    ['nowhere.json', /cannot read .*nowhere\.json: no such file/],
    ['c.json', /c\.json: it is a snapshot of/],
    ['d.json', /d\.json: not a vpccni snapshot/],
  ])('refuses %s', async (file, message) => {
    const { code, err, out } = await inspect('--since', join(dir, file));
    expect([code, out]).toEqual([2, '']);
    expect(err).toMatch(message);
  });

  it('refuses one that is not older', async () => {
    const file = join(dir, 'e.json');
    writeFileSync(file, at(0));
    const { code, err } = await inspect('--since', file);
    rmSync(file);
    expect([code, err]).toEqual([2, expect.stringContaining('it is not older than')]);
  });
});

describe('inspect --history', () => {
  it('reads the pace from a Prometheus, with a token it never shows', async () => {
    const asked: (string | undefined)[] = [];
    const server = createServer((request, response) => {
      asked.push(request.headers.authorization);
      const blocks = request.url?.includes('blocks');
      const now = Date.parse(ago(0)) / 1000;
      const values = Array.from({ length: 12 }, (_, i) => [now - 86_400 * (i + 1), String(blocks ? 3 : 139 + 10 * i)]);
      response.end(
        JSON.stringify({
          status: 'success',
          data: { result: [{ metric: { subnet: 'subnet-0b20000000000000a' }, values }] },
        }),
      );
    });
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    const token = join(dir, 'token');
    writeFileSync(token, 's3cret\n');
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const { since, out } = await inspect('--history', url, '--history-token-file', token, '-o', 'json');
    server.close();
    expect(asked).toEqual(['Bearer s3cret', 'Bearer s3cret']);
    expect(out).not.toContain('s3cret');
    // 129 free now, ten fewer each day.
    const runway = since()?.runways.find((r) => r.subnetId === 'subnet-0b20000000000000a' && r.of === 'addresses');
    expect([since()?.history, runway?.trend, runway?.now]).toEqual([url, 'shrinking', 129]);
    expect(runway?.daysLeft).toBeCloseTo(12.9, 6);
  });

  it('is unknown where it does not answer, and the report says why', async () => {
    const { code, since } = await inspect('--history', 'http://127.0.0.1:9', '-o', 'json');
    expect([code, since()?.runways, since()?.notCompared]).toEqual([
      0,
      [],
      ['the history was not read: 127.0.0.1:9: connection refused'],
    ]);
    const screen = (await inspect('--history', 'http://127.0.0.1:9')).out;
    expect(screen.replaceAll(/\s+/g, ' ')).toContain(
      'RUNWAY unknown: the history was not read: 127.0.0.1:9: connection refused',
    );
    // beside an older snapshot it stands first of what was not compared
    const { since: both, out } = await inspect(
      '--since',
      join(dir, 'b.json.gz'),
      '--history',
      'http://127.0.0.1:9',
      '-o',
      'json',
    );
    expect([out.length > 0, both()?.notCompared[0]]).toEqual([
      true,
      expect.stringContaining('the history was not read'),
    ]);
    expect((await inspect('--history', 'prometheus')).code).toBe(2);
    expect((await inspect('--history-token-file', join(dir, 'token'))).code).toBe(2);
  });

  it('shows nothing of the user and password that its URL holds', async () => {
    const { out } = await inspect('--history', 'http://me:s3cret@127.0.0.1:9/p');
    expect(out).toContain('--history http://127.0.0.1:9/p');
    expect(out).not.toMatch(/s3cret|me:/);
  });
});
