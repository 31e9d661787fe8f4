import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { main } from '../../src/cli.ts';
import type { Gate, Plan } from '../../src/inspect/contract/plan.ts';
import { shop } from '../support/shop.ts';
import { denied } from '../support/snapshot-builder.ts';
import { fakeIo } from './fake-io.ts';

afterEach(() => {
  process.exitCode = undefined;
});

async function vpccni(words: readonly string[], snapshot = shop(), now?: number) {
  const io = { ...fakeIo({ stdin: JSON.stringify(snapshot) }), ...(now === undefined ? {} : { now: () => now }) };
  await main([...words.slice(0, 1), '--from', '-', ...words.slice(1)], io);
  return { code: Number(process.exitCode ?? 0), out: io.out(), err: io.err() };
}

/** The shop is a snapshot of this moment. */
const FRESH = Date.parse('2026-11-01T12:30:00Z');

async function gate(words: readonly string[], snapshot = shop()) {
  return vpccni(['gate', ...words], snapshot, FRESH);
}

describe('scenarios', () => {
  it('bind the flags behind them', async () => {
    const { out } = await vpccni([
      'plan',
      'nodes=2',
      '--instance',
      'm5.large',
      'nodes=+1',
      '--instance=c6g.xlarge',
      '--pods-per-node',
      '7',
      'today',
      '-o',
      'json',
    ]);
    const plan = JSON.parse(out) as Plan;
    expect(plan.scenarios.map((s) => s.id)).toEqual([
      'nodes=+2 --instance m5.large',
      'nodes=+1 --instance c6g.xlarge --pods-per-node 7',
      'today',
    ]);
    expect(plan.scenarios[1]!.density).toMatchObject({ pods: 7, source: 'asked' });
  });

  it.each([
    [['tomorrow'], /there is no scenario "tomorrow"; there are today/],
    [['upgrad'], /there is no scenario "upgrad"; did you mean upgrade\?/],
    [['today', '--pod-cidr', '10.0.0.0/16'], /overlaps subnet-/],
    [['node=+9'], /did you mean nodes\?/],
    [['--instance', 'm5.large', 'nodes=1'], /--instance stands behind the scenario/],
    [['nodes=0'], /no number from 1/],
    [['nodes=1', '--instance', 'nope.large'], /no such instance type/],
    [['nodes=1', '--nodegroup', 'nowhere'], /the cluster has/],
    [['today', '--patterns', 'custom+ipv6'], /--patterns/],
    [['today', '--density', 'much'], /--density/],
    [['today', '--pod-cidr', '100.64.0.0/27'], /too small|no IPv4 range/],
    [['today', '--pod-subnet', 'eu-west-1a'], /ZONE=CIDR/],
  ])('%j is an error of usage', async (words, message) => {
    const { code, err, out } = await vpccni(['plan', ...words]);
    expect(err).toMatch(message);
    expect([code, out]).toEqual([2, '']);
  });

  it('are tried under every pair where asked, the one in force first', async () => {
    const { out } = await vpccni(['plan', 'today', '--patterns', 'all', '--pod-cidr', '100.72.0.0/16', '-o', 'json']);
    const { scenarios } = JSON.parse(out) as Plan;
    expect(scenarios).toHaveLength(10);
    expect(scenarios[0]!.current).toBe(true);
    expect(new Set(scenarios.map((s) => s.pattern)).size).toBe(4);
  });
});

describe('the gate', () => {
  it('fails with 1 by addresses and by blocks, in every format alike', async () => {
    for (const format of ['table', 'wide', 'json', 'yaml', 'csv', 'markdown', 'junit', 'github', 'sarif']) {
      process.exitCode = undefined;
      expect((await gate(['nodes=5000', '--instance', 'm5.24xlarge', '-o', format])).code, format).toBe(1);
    }
  });

  it('says verdict, code and reason last', async () => {
    const { err, out } = await gate(['today', '--min-free-ips', '1000000', '-o', 'json']);
    expect(err.trim().split('\n').at(-1)).toMatch(/^gate: fail · exit 1 · .*1000000/);
    const report = JSON.parse(out) as Gate;
    expect(report).toMatchObject({ kind: 'Gate', verdict: 'fail', exitCode: 1 });
    expect(report.findings.every((f) => f.code === 'SUB002' || f.code === 'PFX002')).toBe(true);
  });

  it('gives no verdict where it cannot see, and names the permission', async () => {
    const blind = shop({ networkInterfaces: denied('ec2:DescribeNetworkInterfaces'), nodes: denied('list nodes') });
    const { code, out } = await gate(['today', '-o', 'json'], blind);
    expect(code).toBe(3);
    expect(out).toContain('list nodes');
    process.exitCode = undefined;
    expect((await gate(['today', '--allow-incomplete'], blind)).code).toBe(0);
  });

  it('takes an old snapshot for no verdict, unless it fails anyway', async () => {
    const later = FRESH + 3 * 86_400_000;
    const old = await vpccni(
      ['gate', 'today', '--max-age', '2d', '--min-free-ips', '0', '--fail-on', 'error', '--suppress', 'PFX002,SUB002'],
      shop(),
      later,
    );
    expect([old.code, old.err]).toEqual([3, expect.stringContaining('more than --max-age')]);
    process.exitCode = undefined;
    expect((await vpccni(['gate', 'today', '--min-free-ips', '1000000'], shop(), later)).code).toBe(1);
  });

  it('fails only on what is new against a baseline', async () => {
    const file = join(mkdtempSync(join(tmpdir(), 'vpccni-')), 'known.json');
    const words = ['today', '--min-free-ips', '1000000'];
    expect((await gate([...words, '--write-baseline', file])).code).toBe(1);
    expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({ kind: 'Baseline' });
    process.exitCode = undefined;
    expect((await gate([...words, '--baseline', file])).code).not.toBe(1);
    writeFileSync(file, '{}');
    expect((await gate([...words, '--baseline', file])).code).toBe(2);
  });

  it('refuses a floor of days where nothing grows, also from its configuration', async () => {
    const file = join(mkdtempSync(join(tmpdir(), 'vpccni-')), 'c.yaml');
    writeFileSync(file, 'scenarios: [today]\nfloors: { minRunwayDays: 60 }\n');
    for (const words of [
      ['--config', file],
      ['today', '--min-runway', '60'],
    ]) {
      process.exitCode = undefined;
      const { code, err } = await gate(words);
      expect([code, err]).toEqual([2, expect.stringContaining('needs a growth')]);
    }
  });

  it('reads its configuration, and names the line of what it does not understand', async () => {
    const file = join(mkdtempSync(join(tmpdir(), 'vpccni-')), 'c.yaml');
    writeFileSync(
      file,
      'scenarios: [today]\nfloors: { minFreeIps: 1000000 }\nsuppressions:\n  - { id: "SUB002*", reason: known }\n  - { id: "PFX002*", reason: known }\n',
    );
    const { out } = await gate(['--config', file, '-o', 'json']);
    const report = JSON.parse(out) as Gate;
    expect(report.scenarios.map((s) => s.id)).toEqual(['today']);
    expect(report.findings).toEqual([]);
    expect(report.suppressed).toBeGreaterThan(0);
    writeFileSync(file, 'scenarioss: [today]\n');
    const bad = await gate(['--config', file]);
    expect([bad.code, bad.err]).toEqual([2, expect.stringContaining('did you mean scenarios?')]);
  });
});

describe('what was asked of a new node', () => {
  const assumed = async (...words: string[]) =>
    (JSON.parse((await vpccni(['plan', ...words, '-o', 'json'])).out) as Plan).scenarios[0]!.assumptions;

  it('is said to be cut where a node takes less', async () => {
    for (const flag of ['--pods-per-node', '--density'])
      expect(await assumed('nodes=+1', '--instance', 'm5.large', flag, '9999')).toContain(
        '9,999 pods with an address on a new node, as asked: a node takes 110, and so many are reckoned with',
      );
    expect(await assumed('nodes=+1', '--instance', 'm5.large', '--pods-per-node', '7')).toContain(
      '7 pods with an address on a new node, as asked',
    );
  });
});

describe('a stream of JSON objects', () => {
  const job = (name: string) =>
    JSON.stringify({
      apiVersion: 'batch/v1',
      kind: 'Job',
      metadata: { name },
      spec: { template: { spec: { containers: [{ name: 'a}"{' }] } } },
    });
  const over = async (text: string) => {
    const file = join(mkdtempSync(join(tmpdir(), 'change-')), 'stream.json');
    writeFileSync(file, text);
    const { code, out, err } = await vpccni(['plan', '--change', file, '-o', 'json']);
    return { code, err, effects: out === '' ? [] : (JSON.parse(out) as Plan).change?.effects.map((e) => e.address) };
  };

  it.each([
    ['on lines', `${job('a')}\n${job('b{')}\n`],
    ['without a break', job('a') + job('b{')],
    ['after one another over many lines', `\n${JSON.stringify(JSON.parse(job('a')), null, 2)}\n\n${job('b{')}`],
  ])('%s is read as that many documents', async (_, text) => {
    expect(await over(text)).toMatchObject({ code: 0, effects: ['Job/default/a', 'Job/default/b{'] });
  });

  it.each([`${job('a')}${job('b').slice(0, -1)}`, `${job('a')} ]`, `${job('a')}${job('b')}x`])(
    'that breaks off or goes on with something else is refused',
    async (text) => {
      const { code, err } = await over(text);
      expect([code, err]).toEqual([2, expect.stringContaining('not YAML')]);
    },
  );
});
