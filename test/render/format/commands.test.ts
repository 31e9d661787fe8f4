import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Finding } from '../../../src/inspect/contract/finding.ts';
import type { Inspection } from '../../../src/inspect/contract/report.ts';
import { DEFAULT_POLICY } from '../../../src/inspect/policy.ts';
import { buildInspection } from '../../../src/inspect/report/inspection.ts';
import { render } from '../../../src/render/format/index.ts';
import { shop } from '../../support/shop.ts';
import { runOf } from '../../support/snapshot-builder.ts';

let report: Inspection;
beforeAll(async () => {
  report = buildInspection(await runOf(shop()), DEFAULT_POLICY, { name: 'vpccni', version: '0' });
});

async function scriptOf(of: Inspection): Promise<string> {
  const options = { color: false, ascii: false, width: 100, headers: true, now: 0, invocation: 'vpccni inspect' };
  return (await render('commands', { report: of, view: () => [] }, options)).text;
}

/** Runs the script where `aws`, `kubectl` and `helm` only write down how they were called. */
function run(script: string, args: readonly string[]): { readonly code: number | null; readonly calls: string[] } {
  const folder = mkdtempSync(join(tmpdir(), 'vpccni-'));
  for (const name of ['aws', 'kubectl', 'helm']) {
    writeFileSync(join(folder, name), `#!/bin/sh\necho "${name} $*" >> "${folder}/calls"\n`);
    chmodSync(join(folder, name), 0o755);
  }
  writeFileSync(join(folder, 'fix.sh'), script);
  const { status } = spawnSync('bash', [join(folder, 'fix.sh'), ...args], {
    input: '',
    env: { PATH: `${folder}:/usr/bin:/bin`, HOME: folder },
  });
  const calls = existsSync(join(folder, 'calls')) ? readFileSync(join(folder, 'calls'), 'utf8').trim().split('\n') : [];
  return { code: status, calls };
}

const findingOf = (over: Partial<Finding>, commands: readonly string[]): Finding => ({
  ...report.findings[0]!,
  ...over,
  fixes: [{ title: 'a fix', commands, changes: 'something', effect: 'immediate', ...over.fixes?.[0] }],
});

describe('the script of fixes', () => {
  it('is ASCII: what runs it may be a terminal that shows nothing else', async () => {
    expect(await scriptOf(report)).toMatch(/^[\x00-\x7f]*$/);
  });

  it('runs nothing unless a section is named', async () => {
    expect(run(await scriptOf(report), [])).toEqual({ code: 0, calls: [] });
  });

  it('runs the sections named and no other, behind the setup', async () => {
    const findings = [
      findingOf({ id: 'LEK001:a', code: 'LEK001' }, ['aws ec2 one']),
      findingOf({ id: 'SUB001:b', code: 'SUB001' }, ['kubectl two']),
    ];
    const of = { ...report, setup: ['aws eks update-kubeconfig'], findings };
    expect(run(await scriptOf(of), ['SUB001'])).toEqual({
      code: 0,
      calls: ['aws eks update-kubeconfig', 'kubectl two'],
    });
    expect(run(await scriptOf(of), ['LEK001:a']).calls).toEqual(['aws eks update-kubeconfig', 'aws ec2 one']);
  });

  it('makes a loop of many commands that differ in one word', async () => {
    const row = Array.from({ length: 9 }, (_, i) => `aws ec2 delete-network-interface --network-interface-id eni-${i}`);
    const script = await scriptOf({ ...report, setup: [], findings: [findingOf({ code: 'LEK001' }, row)] });
    expect(script).toContain('for each in eni-0 eni-1');
    expect(run(script, ['LEK001']).calls).toEqual(row);
  });

  it('makes a loop of nodes that are replaced, and ends where one does not leave', async () => {
    const row = Array.from({ length: 9 }, (_, i) => [
      'kubectl wait --for=condition=Ready node -l pool=a',
      `kubectl drain n${i} --ignore-daemonsets`,
      `aws autoscaling end --instance-id i-${i}`,
      `kubectl wait --for=delete node n${i}`,
    ]);
    const script = await scriptOf({
      ...report,
      setup: [],
      findings: [
        findingOf(
          { code: 'MAX001' },
          row.map((c) => c.join(' && ')),
        ),
      ],
    });
    expect(script).toContain('for each in n0,i-0 n1,i-1');
    expect(run(script, ['MAX001']).calls).toEqual(row.flat());
    const fails = script.replace('kubectl drain', 'false drain');
    expect(run(fails, ['MAX001'])).toEqual({ code: 1, calls: [row[0]![0]] });
  });

  it('says each step of a fix that has steps, and ends at one that fails', async () => {
    const fix: Finding['fixes'][number] = {
      title: 'a fix',
      commands: ['aws one', 'aws two', 'false', 'aws three'],
      steps: [
        { title: 'Fetch', commands: 2 },
        { title: "Look: it's that", commands: 1 },
        { title: 'Do', commands: 1 },
      ],
      changes: 'something',
      effect: 'immediate',
    };
    const script = await scriptOf({
      ...report,
      setup: [],
      findings: [{ ...findingOf({ code: 'MAX001' }, []), fixes: [fix] }],
    });
    expect(script.match(/^printf .*'\d\. .*$/gm)).toHaveLength(3);
    expect(run(script, ['MAX001'])).toEqual({ code: 1, calls: ['aws one', 'aws two'] });
  });

  it.each([
    ['letters beyond ASCII', 'gr\u00fcn \u2026 \u00b7'],
    ['a refusal of ours', "x#refused y#'; touch canary; '"],
    ['a line end', 'a\ntouch canary\n'],
    ['a command', '$(touch canary) `touch canary`'],
  ])('is a script, and runs no data, with %s in titles, names and ids', async (_, text) => {
    const fix = { title: text, commands: ['aws ec2 one'], changes: text, effect: 'immediate', risk: text } as const;
    const finding = { ...findingOf({ id: `LEK001:${text}`, code: 'LEK001', message: text }, []), fixes: [fix] };
    const cluster = { ...report.cluster, name: text, region: text };
    const script = await scriptOf({ ...report, setup: [], cluster, findings: [finding] });
    const folder = mkdtempSync(join(tmpdir(), 'vpccni-'));
    expect(spawnSync('bash', ['-n'], { input: script, cwd: folder }).stderr.toString()).toBe('');
    expect(run(script, ['LEK001'])).toEqual({ code: 0, calls: ['aws ec2 one'] });
    expect(existsSync(join(folder, 'canary'))).toBe(false);
    expect(existsSync('canary')).toBe(false);
  });
});
