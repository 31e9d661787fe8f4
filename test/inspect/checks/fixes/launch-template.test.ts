import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { launchInputs, setInTemplate } from '../../../../src/inspect/checks/fixes/launch-template.ts';
import { breakCommand } from '../../../../src/render/text/break-command.ts';
import { runOf, wholeSnapshot } from '../../../support/snapshot-builder.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'vpccni-template-'));
  // gives out the user data, keeps what a new version gets, and numbers it 8
  writeFileSync(
    join(folder, 'aws'),
    `#!/bin/bash
case "$2" in
  describe-launch-template-versions) cat '${join(folder, 'given')}' ;;
  create-launch-template-version)
    for word in "$@"; do case $word in file://*) cp "\${word#file://}" '${join(folder, 'created')}' ;; esac; done
    echo 8 ;;
  *) printf '%s ' "$@" > '${join(folder, 'passed')}' ;;
esac
`,
  );
  chmodSync(join(folder, 'aws'), 0o755);
});
afterEach(() => rmSync(folder, { recursive: true }));

const template = (maxPods: number) => ({ id: 'lt-1', version: 7, maxPods });

async function stepsFor(from: number, to: number) {
  const run = await runOf(wholeSnapshot());
  const { fix, launchTemplates, autoScalingGroups } = launchInputs;
  const inputs = {
    fix: run.valueOf(fix)!,
    launchTemplates: run.valueOf(launchTemplates),
    autoScalingGroups: run.valueOf(autoScalingGroups),
  };
  return setInTemplate(inputs, template(from), to, ['aws', 'autoscaling', 'update', 'Version={}'], 'workers');
}

function inShell(shell: readonly string[], script: string) {
  return spawnSync(shell[0]!, [...shell.slice(1), '-c', script], {
    cwd: folder,
    encoding: 'utf8',
    env: { ...process.env, PATH: `${folder}:${process.env.PATH}`, HOME: folder },
    // behind a socket bash takes itself for a remote shell and reads its start-up files
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

const STRICT = ['bash', '-euo', 'pipefail'];

async function edited(userData: string, from: number, to: number): Promise<string> {
  writeFileSync(join(folder, 'given'), Buffer.from(userData).toString('base64'));
  const { status, stderr } = inShell(STRICT, (await stepsFor(from, to)).commands.join('\n'));
  expect([status, stderr]).toEqual([0, '']);
  expect(readFileSync(join(folder, 'passed'), 'utf8')).toBe('autoscaling update Version=8 --region eu-west-1 ');
  const { UserData } = JSON.parse(readFileSync(join(folder, 'created'), 'utf8'));
  return Buffer.from(UserData, 'base64').toString('utf8');
}

describe('another maxPods in user data', () => {
  it.each([
    [
      'NodeConfig',
      'spec:\n  kubelet:\n    config:\n      maxPods: 98\n      x: 980\n',
      'spec:\n  kubelet:\n    config:\n      maxPods: 50\n      x: 980\n',
    ],
    ['JSON', '{"kubelet":{"config":{"maxPods":98}}}', '{"kubelet":{"config":{"maxPods":50}}}'],
    [
      'a kubelet flag',
      "bootstrap.sh --kubelet-extra-args '--max-pods=98 --v=98'",
      "bootstrap.sh --kubelet-extra-args '--max-pods=50 --v=98'",
    ],
    ['Bottlerocket', '[settings.kubernetes]\nmax-pods = 98\n', '[settings.kubernetes]\nmax-pods = 50\n'],
    ['beside another number, which stays', 'maxPods: 980\nmaxPods: 98\n', 'maxPods: 980\nmaxPods: 50\n'],
  ])('%s', async (_, before, after) => {
    expect(await edited(before, 98, 50)).toBe(after);
  });

  it('survives user data longer than one line of base64', async () => {
    const padding = '# comment\n'.repeat(900);
    expect(await edited(`${padding}maxPods: 29\n`, 29, 110)).toBe(`${padding}maxPods: 110\n`);
  });

  it('shows what changes before anything is made', async () => {
    writeFileSync(join(folder, 'given'), Buffer.from('maxPods: 98\n').toString('base64'));
    const { commands, steps } = await stepsFor(98, 50);
    expect(steps.reduce((n, s) => n + s.commands, 0)).toBe(commands.length);
    const untilLook = commands.slice(
      0,
      steps.slice(0, 3).reduce((n, s) => n + s.commands, 0),
    );
    const { status, stdout } = inShell(STRICT, untilLook.join('\n'));
    expect([status, stdout]).toEqual([0, expect.stringContaining('-maxPods: 98\n+maxPods: 50\n')]);
    expect(existsSync(join(folder, 'created'))).toBe(false);
  });

  it.each([
    ['where the pattern matches nothing', Buffer.from('maxPods: 980\n').toString('base64')],
    ['where nothing could be fetched', ''],
  ])('makes no version %s, and a script ends there', async (_, given) => {
    writeFileSync(join(folder, 'given'), given);
    const { commands } = await stepsFor(98, 50);
    expect(inShell(STRICT, `${commands.join('\n')}\ntouch went-on`).status).not.toBe(0);
    expect(existsSync(join(folder, 'went-on'))).toBe(false);
    // pasted line after line, whatever the one before said
    for (const command of commands) inShell(['bash'], command);
    expect(existsSync(join(folder, 'created'))).toBe(false);
    expect(existsSync(join(folder, 'passed'))).toBe(false);
  });

  it.each(['bash', 'zsh', 'fish'])('goes through %s as it stands on an 80-column screen', async (shell) => {
    if (spawnSync(shell, ['-c', 'true']).status !== 0) return;
    writeFileSync(join(folder, 'given'), Buffer.from('maxPods: 98\n').toString('base64'));
    for (const command of (await stepsFor(98, 50)).commands)
      expect([command, inShell([shell], breakCommand(command, 80)).status]).toEqual([command, 0]);
    expect(readFileSync(join(folder, 'passed'), 'utf8')).toBe('autoscaling update Version=8 --region eu-west-1 ');
  });
});
