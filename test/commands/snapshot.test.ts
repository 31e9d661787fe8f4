import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { NoVerdictError, UsageError } from '../../src/commands/exit-code.ts';
import { loadSnapshot } from '../../src/commands/load-snapshot.ts';
import { run } from '../../src/commands/snapshot.ts';
import { snapshotPieces } from '../../src/inspect/snapshot/serialize.ts';
import { type ClusterSnapshot, parseSnapshot, SECTION_NAMES } from '../../src/inspect/snapshot.ts';
import { shop } from '../support/shop.ts';
import { denied } from '../support/snapshot-builder.ts';
import { fakeIo } from './fake-io.ts';

const dir = mkdtempSync(join(tmpdir(), 'vpccni-snapshot-'));
afterAll(() => rmSync(dir, { recursive: true }));

const textOf = (snapshot: ClusterSnapshot) => [...snapshotPieces(snapshot)].join('');
const TEXT = textOf(shop());
const file = (name: string, content: string | Buffer) => {
  writeFileSync(join(dir, name), content);
  return join(dir, name);
};
const plain = file('shop.json', TEXT);

describe('loading a snapshot', () => {
  it('reads a file, a compressed one, and standard input', async () => {
    const whole = parseSnapshot(JSON.parse(TEXT));
    expect(await loadSnapshot(fakeIo(), { from: plain })).toEqual(whole);
    expect(await loadSnapshot(fakeIo(), { from: file('shop.json.gz', gzipSync(TEXT)) })).toEqual(whole);
    expect(await loadSnapshot(fakeIo({ stdin: gzipSync(TEXT) }), { from: '-' })).toEqual(whole);
  });

  it.each([
    ['', 'standard input is empty'],
    ['{', 'standard input is not JSON'],
    ['[]', 'standard input: not a vpccni snapshot: not a JSON object'],
    ['{"a":1}', '"kind" is not "ClusterSnapshot"'],
    ['{"kind":"ClusterSnapshot","schemaVersion":999}', 'newer than this vpccni reads'],
    [TEXT.replace('"status":"ok"', '"status":"fine"'), 'not a valid vpccni snapshot'],
  ])('refuses in one line what is none: %#', async (stdin, says) => {
    const refused = loadSnapshot(fakeIo({ stdin }), { from: '-' });
    await expect(refused).rejects.toThrow(UsageError);
    await expect(refused).rejects.toThrow(says);
    await expect(refused).rejects.toSatisfy((e: Error) => !e.message.includes('\n'));
  });

  it('refuses a file that is not there, two sources, and another cluster’s file', async () => {
    await expect(loadSnapshot(fakeIo(), { from: join(dir, 'none.json') })).rejects.toThrow('no such file');
    await expect(loadSnapshot(fakeIo(), { from: plain, demo: true })).rejects.toThrow('give one');
    await expect(loadSnapshot(fakeIo(), { from: plain, cluster: 'other' })).rejects.toThrow('not of other');
  });

  it('has no verdict where neither side answers', async () => {
    vi.stubEnv('AWS_ENDPOINT_URL', 'http://127.0.0.1:9');
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'x');
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'x');
    vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true');
    const io = fakeIo({ env: { KUBECONFIG: '/dev/null' } });
    const nothing = loadSnapshot(io, { cluster: 'none', region: 'us-east-1', timeout: '60s' });
    await expect(nothing).rejects.toThrow(NoVerdictError);
    await expect(nothing).rejects.toThrow(/cannot reach 127\.0\.0\.1:9: connection refused.*there is no kubeconfig/);
    expect(io.out()).toBe('');
    vi.unstubAllEnvs();
  }, 120_000);
});

describe('vpccni snapshot', () => {
  it('writes a file that reads back the same, whole or compressed', async () => {
    const out = join(dir, 'out.json');
    expect(await run(fakeIo(), undefined, { from: plain, output: [`json=${out}`, `json=${out}.gz`] })).toBe(0);
    const written = readFileSync(out, 'utf8');
    expect(JSON.parse(written)).toEqual(JSON.parse(TEXT));
    expect(gunzipSync(readFileSync(`${out}.gz`)).toString() === written).toBe(true);
    expect(readdirSync(dir).filter((f) => f.endsWith('.tmp'))).toEqual([]);
  });

  it('prints itself as JSON, one section a line', async () => {
    const io = fakeIo();
    await run(io, undefined, { from: plain, output: ['json'] });
    const text = io.out();
    expect(JSON.parse(text)).toEqual(JSON.parse(TEXT));
    // the head's five lines and the braces besides
    expect(text.split('\n').length).toBeLessThan(SECTION_NAMES.length + 12);
  });

  it('redacts on request', async () => {
    const out = join(dir, 'red.json');
    await run(fakeIo(), undefined, { from: plain, redact: true, output: [`json=${out}`] });
    const redacted = readFileSync(out, 'utf8');
    expect(JSON.parse(redacted).redacted).toBe(true);
    for (const id of TEXT.match(/\b(?:subnet|eni|i|vpc)-[0-9a-f]{17}\b/g) ?? []) expect(redacted).not.toContain(id);
  });

  it('shows what it holds and what it lacks', async () => {
    const from = file('denied.json', textOf(shop({ networkInterfaces: denied('ec2:DescribeNetworkInterfaces') })));
    const io = fakeIo();
    await run(io, undefined, { from });
    const screen = io.out();
    expect(screen).toMatch(/networkInterfaces +denied +ec2:DescribeNetworkInterfaces was denied/);
    expect(screen).toContain(`${SECTION_NAMES.length - 1} of ${SECTION_NAMES.length} sections whole`);
    for (const line of screen.split('\n')) expect(line.length).toBeLessThanOrEqual(100);
  });

  it('does not let a gap go unnoticed beside a file', async () => {
    const from = file('denied.json', textOf(shop({ networkInterfaces: denied('ec2:DescribeNetworkInterfaces') })));
    const io = fakeIo();
    await run(io, undefined, { from, output: [`json=${join(dir, 'o.json')}`] });
    expect(io.err()).toBe(
      `vpccni: 1 of ${SECTION_NAMES.length} sections are not whole: networkInterfaces denied; -o table tells why\n`,
    );
    const quiet = fakeIo();
    await run(quiet, undefined, { from, quiet: true, output: [`json=${join(dir, 'o.json')}`] });
    expect(quiet.err()).toBe('');
  });
});
