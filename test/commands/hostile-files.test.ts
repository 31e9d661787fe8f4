/** What is read and written may be anything: bombs, pipes, devices, links. */
import { spawn, spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { UsageError } from '../../src/commands/exit-code.ts';
import { isTooDeep, readJsonInput } from '../../src/commands/read-input.ts';
import { writeFileWhole } from '../../src/commands/write-file.ts';

const root = mkdtempSync(join(tmpdir(), 'hostile-'));
let folder = root;
beforeEach(() => {
  folder = mkdtempSync(join(root, 'case-'));
});
afterAll(() => rmSync(root, { recursive: true, force: true }));
const at = (name: string) => join(folder, name);

const bin = join(import.meta.dirname, '../../bin/vpccni.js');
const sh = (script: string) =>
  spawnSync('bash', ['-o', 'pipefail', '-c', script], {
    encoding: 'utf8',
    cwd: folder,
    env: { ...process.env, VPCCNI: `${process.execPath} ${bin}` },
  });

const io = (input = '') => ({
  stdin: Readable.from([Buffer.from(input)]),
  stdout: new PassThrough(),
  stderr: new PassThrough(),
  env: {},
});

async function refusal(path: string, input = ''): Promise<string> {
  const started = performance.now();
  const error = await readJsonInput(io(input), path).catch((e: unknown) => e);
  expect(error).toBeInstanceOf(UsageError);
  expect(performance.now() - started).toBeLessThan(5000);
  const { message } = error as Error;
  expect(message).not.toContain('\n');
  return message;
}

describe('input', () => {
  it('is refused where a small file unpacks to a large one', async () => {
    writeFileSync(at('bomb.json.gz'), gzipSync(Buffer.alloc(64 << 20)));
    expect(await refusal(at('bomb.json.gz'))).toMatch(/bomb\.json\.gz: it unpacks to more than 32 MiB$/);
  });

  it('is refused where it is nested beyond all use', async () => {
    writeFileSync(at('deep.json'), '['.repeat(20 << 20));
    expect(await refusal(at('deep.json'))).toMatch(/deep\.json is nested deeper than 10000 levels$/);
  });

  it.each([
    ['[[{}]]', false],
    [`{"a":"${'['.repeat(20_000)}"}`, false],
    [`{"a":"\\"${'['.repeat(20_000)}"}`, false],
    [`{"a":"\\\\"${'['.repeat(20_000)}`, true],
    [`"${'['.repeat(20_000)}`, false],
    ['{"a":'.repeat(20_000), true],
    ['[],'.repeat(20_000), false],
  ])('counts only brackets outside strings: %.20s', (text, deep) => {
    expect(isTooDeep(text)).toBe(deep);
  });

  it.each([
    ['little endian', Buffer.from('\ufeff{"a":"ä"}', 'utf16le')],
    ['big endian', Buffer.from('\ufeff{"a":"ä"}', 'utf16le').swap16()],
  ])('may be UTF-16, %s, as Windows PowerShell writes it', async (_, bytes) => {
    writeFileSync(at('utf16.json'), bytes);
    expect(await readJsonInput(io(), at('utf16.json'))).toEqual({ a: 'ä' });
  });

  it('may begin with a byte order mark', async () => {
    writeFileSync(at('bom.json'), '\ufeff{"a":1}');
    expect(await readJsonInput(io(), at('bom.json'))).toEqual({ a: 1 });
    writeFileSync(at('bom.json.gz'), gzipSync('\ufeff{"a":1}'));
    expect(await readJsonInput(io(), at('bom.json.gz'))).toEqual({ a: 1 });
  });

  it.each(['', ' \n', '\u001b]0;pwn\u0007', '{"a":', 'NaN'])(
    'is refused in one line where it is no JSON: %j',
    async (text) => {
      await refusal('-', text);
    },
  );
});

describe('a file', () => {
  it('keeps its mode, and none of its temporary names stay', async () => {
    writeFileSync(at('old'), 'old');
    chmodSync(at('old'), 0o640);
    await writeFileWhole(at('old'), 'new');
    expect(readFileSync(at('old'), 'utf8')).toBe('new');
    expect(statSync(at('old')).mode & 0o777).toBe(0o640);
    expect(readdirSync(folder)).toEqual(['old']);
  });

  it('that is new and a snapshot is for its owner', async () => {
    await writeFileWhole(at('snapshot'), 'x', { secret: true });
    expect(statSync(at('snapshot')).mode & 0o777).toBe(0o600);
  });

  it('is replaced behind a link, which stays', async () => {
    writeFileSync(at('real'), 'old');
    symlinkSync('real', at('link'));
    symlinkSync('not-there-yet', at('dangling'));
    await writeFileWhole(at('link'), 'new');
    await writeFileWhole(at('dangling'), 'new');
    expect(lstatSync(at('link')).isSymbolicLink()).toBe(true);
    expect(lstatSync(at('dangling')).isSymbolicLink()).toBe(true);
    expect(readFileSync(at('real'), 'utf8')).toBe('new');
    expect(readFileSync(at('not-there-yet'), 'utf8')).toBe('new');
  });

  it('is not written through a temporary name that somebody foresaw', async () => {
    writeFileSync(at('victim'), 'victim');
    symlinkSync('victim', at(`out.${process.pid}.tmp`));
    await writeFileWhole(at('out'), 'new');
    expect(readFileSync(at('victim'), 'utf8')).toBe('victim');
  });

  it('that is a device is written to and stays one', async () => {
    await writeFileWhole('/dev/null', 'x');
    expect(lstatSync('/dev/null').isCharacterDevice()).toBe(true);
    await expect(writeFileWhole('/dev/full', 'x')).rejects.toThrow('cannot write /dev/full: no space left');
    expect(lstatSync('/dev/full').isCharacterDevice()).toBe(true);
  });

  it('that is a pipe is written to and stays one', async () => {
    sh('mkfifo pipe');
    const reader = spawn('cat', [at('pipe')], { stdio: ['ignore', 'pipe', 'ignore'] });
    const read = reader.stdout.setEncoding('utf8').toArray();
    await writeFileWhole(at('pipe'), 'through the pipe');
    expect((await read).join('')).toBe('through the pipe');
    expect(lstatSync(at('pipe')).isFIFO()).toBe(true);
  });

  it('in a folder that is not there is one line', async () => {
    await expect(writeFileWhole(at('no/such/file'), 'x')).rejects.toThrow(
      /cannot write .*: no such file or directory$/,
    );
  });
});

describe.skipIf(!existsSync(join(import.meta.dirname, '../../dist/start.js')))('the program', () => {
  it('ends quietly where nobody reads on', () => {
    const { stderr, stdout } = sh(
      '$VPCCNI --help | head -1; $VPCCNI inspect --demo | head -1; $VPCCNI --help | true; echo $?',
    );
    expect(stderr).toBe('');
    expect(stdout.trimEnd().endsWith('\n0')).toBe(true);
  });

  it('ends with its exit code where nobody reads its errors', () => {
    expect(sh('$VPCCNI inspect --from /no/such/file 2> >(true); echo $?').stdout).toBe('2\n');
  });

  it('says in one line that the disk is full', () => {
    const { stderr, status } = sh('$VPCCNI inspect --demo -o json > /dev/full');
    expect(stderr).toBe('vpccni: cannot write to standard output: no space left on the device\n');
    expect(status).toBe(2);
    expect(sh('$VPCCNI --help > /dev/full').status).toBe(2);
  });

  it('writes to what a shell opens for it', () => {
    const { stdout } = sh('$VPCCNI maxpods -i m5.large -o json=>(cat) -o table=/dev/null; sleep 0.2');
    expect(JSON.parse(stdout)).toMatchObject({ kind: 'MaxPods' });
  });

  it('shows no control character on any stream', () => {
    writeFileSync(at('x.json'), '\u001b]0;pwn\u0007');
    const { stderr } = sh(
      "$VPCCNI inspect --from x.json; $VPCCNI explain $'\\e[31mX\\u202e'; $VPCCNI inspect $'--\\e[2Jfoo'",
    );
    expect(stderr.split('\n').length).toBeGreaterThan(2);
    expect(stderr).toMatch(/^[\n\x20-\x7e]*$/);
  });

  it('refuses counts that no node reaches, and names longer than any, at once', () => {
    const started = performance.now();
    for (const flags of ['--max-pods 999999999', '--ipv4-per-eni 999999999', '--eni-limit 99999'])
      expect(sh(`$VPCCNI simulate --instance m5.large ${flags}`)).toMatchObject({
        status: 2,
        stderr: expect.stringMatching(/^vpccni: .*whole number, 0 to \d+\.\n$/),
      });
    expect(sh(`$VPCCNI maxpods -i ${'a'.repeat(100_000)}`).status).toBe(2);
    expect(performance.now() - started).toBeLessThan(20_000);
  });

  it('takes a credential plugin along when it is ended', async () => {
    const user = 'exec: {apiVersion: client.authentication.k8s.io/v1, command: ./plugin, interactiveMode: Never}';
    writeFileSync(at('plugin'), '#!/bin/sh\necho $$ > plugin.pid\nexec sleep 60\n', { mode: 0o755 });
    writeFileSync(
      at('config'),
      `{apiVersion: v1, kind: Config, current-context: x, contexts: [{name: x, context: {cluster: c, user: u}}], clusters: [{name: c, cluster: {server: "https://127.0.0.1:1"}}], users: [{name: u, user: {${user}}}]}`,
    );
    const program = spawn(process.execPath, [bin, 'inspect', '--no-aws', '--kubeconfig', at('config')], {
      cwd: folder,
    });
    const ended = new Promise((resolve) => program.once('exit', (code, signal) => resolve(code ?? signal)));
    while (!existsSync(at('plugin.pid')) || readFileSync(at('plugin.pid'), 'utf8') === '')
      await new Promise((later) => setTimeout(later, 50));
    const started = performance.now();
    program.kill('SIGTERM');
    expect(await ended).toBe(143);
    expect(performance.now() - started).toBeLessThan(3000);
    const pid = readFileSync(at('plugin.pid'), 'utf8').trim();
    // where nobody reaps it, what is left of it is a zombie
    const state = () =>
      existsSync(`/proc/${pid}/stat`) ? readFileSync(`/proc/${pid}/stat`, 'utf8').split(' ')[2] : 'Z';
    for (let i = 0; i < 40 && state() !== 'Z'; i++) await new Promise((later) => setTimeout(later, 50));
    expect(state()).toBe('Z');
  });

  it('ends with its report within a second of --timeout, whatever goes on', () => {
    const server = `require('http').createServer((q, r) => q.resume().on('end', () => r.writeHead(503).end('<Response><Errors><Error><Code>RequestLimitExceeded</Code></Error></Errors></Response>'))).listen(0, '127.0.0.1', function () { console.log(this.address().port) }); setTimeout(() => process.exit(), 20000)`;
    writeFileSync(at('throttle.cjs'), server);
    const { stdout, stderr } = sh(
      `${process.execPath} throttle.cjs > port & P=$!; until [ -s port ]; do sleep 0.1; done
       export AWS_ENDPOINT_URL=http://127.0.0.1:$(cat port) AWS_ACCESS_KEY_ID=a AWS_SECRET_ACCESS_KEY=b AWS_EC2_METADATA_DISABLED=true
       S=$(date +%s%N); $VPCCNI inspect prod --region eu-west-1 --no-kube --timeout 2s; echo "$? $(( ($(date +%s%N) - S) / 1000000 ))"; kill $P`,
    );
    const [code, ms] = stdout.trim().split(' ').map(Number);
    expect(code).toBe(3);
    expect(stderr).toMatch(/timeout: not finished within 2 s/);
    // the program's own start is in it, on a machine that may be busy
    expect(ms).toBeLessThan(6000);
  });
});
