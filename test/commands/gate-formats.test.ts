/** One gate, four ways it can end, the same in every format it can be written in. */
import { afterEach, describe, expect, it } from 'vitest';
import { main } from '../../src/cli.ts';
import type { Gate } from '../../src/inspect/contract/plan.ts';
import type { ClusterSnapshot } from '../../src/inspect/snapshot.ts';
import { World } from '../inspect/checks/world.ts';
import { denied } from '../support/snapshot-builder.ts';
import { fakeIo } from './fake-io.ts';

const FORMATS = ['table', 'json', 'yaml', 'csv', 'markdown', 'junit', 'github', 'sarif'];
const FRESH = Date.parse('2026-11-01T12:30:00Z');

afterEach(() => {
  process.exitCode = undefined;
});

async function gate(of: ClusterSnapshot, words: readonly string[], format: string) {
  process.exitCode = undefined;
  const io = { ...fakeIo({ stdin: JSON.stringify(of) }), now: () => FRESH };
  await main(['gate', '--from', '-', ...words, '-o', format], io);
  return { code: Number(process.exitCode ?? 0), out: io.out(), last: io.err().trim().split('\n').at(-1) ?? '' };
}

/** A /24 with a node of 20 addresses: 231 are free, eleven more nodes. */
const roomy = () =>
  new World()
    .subnet('subnet-a', '10.0.0.0/24', 'eu-west-1a')
    .node('n', { home: 'subnet-a', primary: 9, further: [9], running: 5 });

/** 87 addresses and one whole block are free: see docs/projection.md. */
const broken = () =>
  new World()
    .subnet('subnet-a', '10.0.0.0/25', 'eu-west-1a')
    .foreign('eni-other', 'subnet-a', 3, {}, 17)
    .node('n', { home: 'subnet-a', primary: 2, prefixes: true, running: 5, maxPods: 110 });

const ENDS: readonly [string, () => ClusterSnapshot, readonly string[], number, RegExp, string | undefined][] = [
  ['a change that fits', () => roomy().snapshot(), ['nodes=+10'], 0, /pass · exit 0/, undefined],
  ['one that lacks addresses', () => roomy().snapshot(), ['nodes=+12'], 1, /short of 9 addresses/, 'SUB002'],
  [
    'one that lacks /28 blocks alone',
    () => broken().snapshot({ env: { ENABLE_PREFIX_DELEGATION: 'true' } }),
    ['nodes=+1'],
    1,
    /short of 2 \/28 blocks/,
    'PFX002',
  ],
  [
    'one of which a part cannot be seen',
    () => roomy().snapshot({ networkInterfaces: denied('ec2:DescribeNetworkInterfaces') }),
    ['nodes=+1'],
    3,
    /incomplete · exit 3.*ec2:DescribeNetworkInterfaces/,
    undefined,
  ],
];

describe.each(ENDS)('%s', (_, of, words, code, reason, finding) => {
  it.each(FORMATS)('ends the same as %s', async (format) => {
    const { code: exit, last, out } = await gate(of(), words, format);
    expect(exit).toBe(code);
    expect(last).toMatch(reason);
    // annotations speak of what is wrong only
    if (format !== 'github' || code === 1) expect(out.length).toBeGreaterThan(0);
    if (code === 1) expect(out.replace(/\s+/g, ' ')).toMatch(reason);
  });

  it('says so in its JSON', async () => {
    const { out } = await gate(of(), words, 'json');
    const report = JSON.parse(out) as Gate;
    expect(report.exitCode).toBe(code);
    expect(report.findings.filter((f) => f.severity === 'error').map((f) => f.code)).toEqual(
      finding === undefined ? [] : [finding],
    );
  });
});
