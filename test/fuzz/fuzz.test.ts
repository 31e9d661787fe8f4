/**
 * Readers and writers given garbage: files, configurations, changes, ranges and quantities. Whatever it is, the answer is a result
 * or one line that says what is wrong, within a second, with nothing in it that moves a cursor and no command that runs data.
 * 5,000 cases in the normal run, 100,000 by `npm run fuzz`; the same in every run.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { afterAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { loadCatalog } from '../../src/calc/catalog/index.ts';
import { formatCidr, parseCidr, parseIpv4 } from '../../src/calc/cidr.ts';
import { ipv6RangeHolds, parseIpv6 } from '../../src/calc/ipv6.ts';
import { parseCniVersion } from '../../src/calc/maxpods/index.ts';
import { parsePodList } from '../../src/calc/pod-timeline/index.ts';
import { CONFIGURATION_EXAMPLE } from '../../src/commands/configuration/example.ts';
import { parseConfiguration } from '../../src/commands/configuration/parse.ts';
import { EXIT, UsageError } from '../../src/commands/exit-code.ts';
import type { Io } from '../../src/commands/io.ts';
import { layChanges, readChanges } from '../../src/commands/projection/read-changes.ts';
import { readJsonInput } from '../../src/commands/read-input.ts';
import { reportError } from '../../src/commands/report-error.ts';
import { Run } from '../../src/inspect/facts/define-fact.ts';
import { DEFAULT_POLICY } from '../../src/inspect/policy.ts';
import { parseScenario } from '../../src/inspect/projection/scenarios/index.ts';
import { ScenarioError } from '../../src/inspect/projection/scenarios/scenario.ts';
import { buildInspection } from '../../src/inspect/report/inspection.ts';
import { cpuMillis, memoryBytes } from '../../src/inspect/snapshot/pod-requests.ts';
import { type ClusterSnapshot, parseSnapshot, SnapshotError } from '../../src/inspect/snapshot.ts';
import { formatNames, render } from '../../src/render/format/index.ts';
import { inspectView } from '../../src/render/view/inspect.ts';
import { CASES } from '../inspect/checks/cases/index.ts';
import { unpacked } from '../support/change-world.ts';
import { CANARY, HOSTILE } from '../support/hostile.ts';
import { MANIFESTS } from '../support/manifests.ts';
import { type Dice, dice, type Json, mutated } from '../support/mutations.ts';

const CASES_RUN = Number(process.env.FUZZ_CASES ?? 5000);
const SEED = Number(process.env.FUZZ_SEED ?? 20_261_126);
/** Of every hundred cases. What is dear is tried less. */
const SHARE = { snapshots: 20, reports: 6, scripts: 3, configurations: 21, changes: 15, texts: 35 } as const;
const HANG_MS = 1000;

const catalog = await loadCatalog();
const snapshots = Object.values(CASES).flatMap((c) => c.fires.map((f) => JSON.stringify(f.of)));
const deep: Json = JSON.parse(`${'['.repeat(200)}${']'.repeat(200)}`);
const odd: readonly Json[] = [
  ...HOSTILE.map((h) => h.replaceAll('@', 'x')),
  ...[null, true, false, -1, 0, 1e308, -1e308, 2 ** 53, 0.5, 4294967296],
  ...['', ' ', '0.0.0.0/0', '::/0', '10.0.0.0/33', '255.255.255.255/32', '9999-99-99T99:99:99Z', 'garbage'],
  ...['__proto__', 'constructor', 'hasOwnProperty', '\ud800', '\u0000', 'a'.repeat(70_000), '1e999', 'NaN', '-0'],
  ...[[], {}, [null], [[]], { a: [] }, deep, { toString: null, valueOf: null }],
  JSON.parse('{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}'),
];

/** What is wrong with the input, as opposed to with us. */
const REFUSALS = [UsageError, SnapshotError, ScenarioError];
/** Nothing but line feeds below the blank; no direction mark, no half of a character. */
const UNSEEN = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]|\p{Surrogate}/u;

/** Runs a case: its result, or undefined where it was refused properly. */
async function attempt<T>(what: string, run: () => T | Promise<T>): Promise<T | undefined> {
  const before = process.cpuUsage();
  try {
    return await run();
  } catch (error) {
    const stderr = new PassThrough();
    const refused = REFUSALS.some((kind) => error instanceof kind);
    const code = reportError(
      refused ? new UsageError((error as Error).message) : error,
      { stderr } as unknown as Io,
      false,
    );
    const said = String(stderr.read());
    if (!refused) throw new Error(`${what}: ${(error as Error).stack}`);
    expect([what, code, said.trimEnd().includes('\n'), UNSEEN.test(said)]).toEqual([what, EXIT.usage, false, false]);
    return undefined;
  } finally {
    const { user, system } = process.cpuUsage(before);
    expect(
      `${what} took ${(user + system) / 1000 < HANG_MS ? 'less than a second' : `${(user + system) / 1000} ms`}`,
    ).toBe(`${what} took less than a second`);
  }
}

const pick = <T>(roll: Dice, from: readonly T[]): T => from[roll(from.length)]!;

/** A text cut, doubled, or with a character of it replaced. */
function garbled(text: string, roll: Dice): string {
  const at = roll(text.length + 1);
  const other = () => pick(roll, [...'[]{}",:\\\u0000\u202e&*!|>%@-#?0/.', '\ud800', '\u001b[31m', '\n', '\t', '']);
  switch (roll(5)) {
    case 0:
      return text.slice(0, at);
    case 1:
      return text.slice(0, at) + text.slice(roll(at + 1));
    case 2:
      return text.slice(0, at) + other() + text.slice(at + 1);
    case 3:
      return text.slice(0, at) + pick(roll, HOSTILE) + text.slice(at);
    default:
      return text.slice(0, at) + other().repeat(roll(200)) + text.slice(at);
  }
}

/** A snapshot in which up to four things are other than they should be; undefined where the reader refuses it. */
async function hostileSnapshot(roll: Dice, what: string): Promise<ClusterSnapshot | undefined> {
  let document = JSON.parse(pick(roll, snapshots)) as Json;
  for (let n = roll(4); n >= 0; n--) document = mutated(document, roll, odd);
  return attempt(what, () => parseSnapshot(document));
}

const io = (text: string): Io => ({
  stdin: Readable.from([Buffer.from(text)]),
  stdout: new PassThrough(),
  stderr: new PassThrough(),
  env: {},
});

async function each(share: keyof typeof SHARE, run: (roll: Dice, what: string) => Promise<unknown>): Promise<void> {
  const cases = Math.round((CASES_RUN * SHARE[share]) / 100);
  for (let i = 0; i < cases; i++) await run(dice(SEED + i * 7919 + share.length), `${share} ${i}`);
}

const folder = mkdtempSync(join(tmpdir(), 'fuzz-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The report of a hostile snapshot in one format; undefined where the file was refused. */
async function written(format: string, roll: Dice, what: string): Promise<string | undefined> {
  const snapshot = await hostileSnapshot(roll, what);
  if (!snapshot) return undefined;
  const made = await attempt(`${what} as ${format}`, async () => {
    const tool = { name: 'vpccni', version: '0.0.0' };
    const report = buildInspection(new Run(snapshot, catalog), DEFAULT_POLICY, tool, { kind: 'snapshot' });
    const options = { color: false, ascii: roll(2) === 0, width: 40 + roll(120), headers: true };
    return render(
      format,
      { report, view: inspectView },
      { ...options, now: Date.parse(snapshot.collectedAt), invocation: 'vpccni inspect' },
    );
  });
  return made?.text;
}

describe('fuzz', () => {
  const timeout = 60_000 + CASES_RUN * 40;

  it(
    'no file brings the reader of snapshots down, nor reaches a prototype',
    async () => {
      await each('snapshots', async (roll, what) => {
        if (roll(3) > 0) return hostileSnapshot(roll, what);
        const text = garbled(pick(roll, snapshots), roll);
        return attempt(what, async () => parseSnapshot(await readJsonInput(io(text), '-')));
      });
      expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
    },
    timeout,
  );

  it(
    'no snapshot brings a report or a format down, or gets an unseen character through',
    async () => {
      const formats = formatNames(['Inspection']);
      await each('reports', async (roll, what) => {
        const format = pick(roll, formats);
        const text = await written(format, roll, what);
        if (text !== undefined) expect(`${what} ${format} ${UNSEEN.exec(text)?.[0] ?? ''}`).toBe(`${what} ${format} `);
      });
    },
    timeout,
  );

  it(
    'no script of fixes runs what came with the data',
    async () => {
      const canary = join(folder, 'canary');
      const stubs = ['aws', 'kubectl', 'helm', 'jq', 'xargs', 'sed', 'cat', 'mktemp', 'sleep'];
      const env = {
        PATH: '/nonexistent',
        [`BASH_FUNC_${CANARY}%%`]: `() { echo x > '${canary}'; }`,
        ...Object.fromEntries(stubs.map((stub) => [`BASH_FUNC_${stub}%%`, '() { :; }'])),
      };
      const bash = spawnSync('sh', ['-c', 'command -v bash'], { encoding: 'utf8' }).stdout.trim();
      await each('scripts', async (roll, what) => {
        const script = await written('commands', roll, what);
        if (script === undefined) return;
        const names = /^# sections: (.*)$/m.exec(script)?.[1]?.split(' ') ?? [];
        const { stderr } = spawnSync(bash, ['-s', '--', ...names], {
          input: script,
          env,
          cwd: folder,
          encoding: 'utf8',
          timeout: 5000,
        });
        expect(`${what} ${/syntax error|unexpected|unmatched/i.exec(stderr)?.[0] ?? ''}`).toBe(`${what} `);
        expect(`${what} ${existsSync(canary)}`).toBe(`${what} false`);
      });
    },
    timeout,
  );

  it(
    'no .vpccni.yaml brings its reader down',
    async () => {
      const bombs = [
        'a: &a [x]\nb: *a',
        `a: &a [${'x,'.repeat(9)}]\nb: &b [${'*a,'.repeat(9)}]\nc: &c [${'*b,'.repeat(9)}]\nd: [${'*c,'.repeat(9)}]`,
        '['.repeat(3000),
        `${'- '.repeat(500)}x`,
        '? {a: b}\n: c',
        '!!js/function x',
        '%YAML 9.9\n---\n',
        '<<: {a: 1}',
        '0: 1',
        '- 1',
        '"',
      ];
      await each('configurations', (roll, what) => {
        let text =
          roll(8) === 0
            ? pick(roll, bombs)
            : CONFIGURATION_EXAMPLE.replace(/^# ?(?=[a-z- ])/gm, roll(2) === 0 ? '' : '# ');
        for (let n = roll(4); n >= 0; n--) text = garbled(text, roll);
        return attempt(what, () => parseConfiguration('.vpccni.yaml', text));
      });
    },
    timeout,
  );

  it(
    'no change brings its readers down',
    async () => {
      const over = parseSnapshot(JSON.parse(unpacked('odd/snapshot.json')));
      const manifests = MANIFESTS.split('---\n').filter((m) => m.trim() !== '');
      const plan = unpacked('odd/plan-targeted.json');
      await each('changes', (roll, what) => {
        const kind = roll(6);
        let text = kind === 0 ? plan : manifests.slice(roll(manifests.length)).join('---\n');
        if (kind < 3) {
          let value = JSON.parse(kind === 0 ? plan : JSON.stringify(parse(pick(roll, manifests)))) as Json;
          for (let n = roll(3); n >= 0; n--) value = mutated(value, roll, odd);
          text = JSON.stringify(value);
        } else for (let n = roll(3); n >= 0; n--) text = garbled(text, roll);
        return attempt(what, async () => layChanges(io(''), await readChanges(io(text), ['-']), over));
      });
    },
    timeout,
  );

  it(
    'no text is read as a range, a quantity, a version or a scenario that is none',
    async () => {
      const sound = [
        '10.0.0.0/16',
        '255.255.255.255',
        '2600:1f18::/56',
        '::ffff:10.0.0.1',
        '500m',
        '1.5Gi',
        '1e3',
        '1.20.4-eksbuild.1',
        '0..58:2',
        '0,5,9',
        'nodes=+9',
        'growth=10%/mo',
        'to=custom+prefix',
        '9007199254740993',
      ];
      await each('texts', async (roll, what) => {
        let text = roll(6) === 0 ? (JSON.stringify(pick(roll, odd)) ?? '').slice(0, 70_000) : pick(roll, sound);
        for (let n = roll(3); n >= 0; n--) text = garbled(text, roll);
        await attempt(what, () => {
          const cidr = parseCidr(text);
          if (cidr) expect(parseCidr(formatCidr(cidr))).toEqual(cidr);
          const address = parseIpv4(text);
          if (address !== undefined) expect(address >= 0 && address < 2 ** 32 && Number.isInteger(address)).toBe(true);
          const six = parseIpv6(text);
          if (six !== undefined) expect(six >= 0n && six < 2n ** 128n).toBe(true);
          expect(typeof ipv6RangeHolds(text, 1n)).toBe('boolean');
          for (const quantity of [cpuMillis(text), memoryBytes(text)])
            expect(quantity === undefined || (Number.isFinite(quantity) && quantity >= 0)).toBe(true);
          parseCniVersion(text);
          parsePodList(text);
          parseScenario(text, {});
        });
      });
    },
    timeout,
  );
});
