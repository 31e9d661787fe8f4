import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { launchInputs, setInTemplate } from '../../../../src/inspect/checks/fixes/launch-template.ts';

import { runOf, wholeSnapshot } from '../../../support/snapshot-builder.ts';

const folder = mkdtempSync(join(tmpdir(), 'vpccni-template-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** An `aws` that gives out the user data, keeps what a new version gets, and numbers it 8. */
writeFileSync(
  join(folder, 'aws'),
  `#!/bin/bash
case "$2" in
  describe-launch-template-versions) cat '${join(folder, 'before')}' ;;
  create-launch-template-version) cat > '${join(folder, 'created')}'; echo 8 ;;
  *) printf '%s ' "$@" > '${join(folder, 'passed')}' ;;
esac
`,
);
chmodSync(join(folder, 'aws'), 0o755);

async function edited(userData: string, from: number, to: number): Promise<string> {
  const run = await runOf(wholeSnapshot());
  const { fix, launchTemplates, autoScalingGroups } = launchInputs;
  const inputs = {
    fix: run.valueOf(fix)!,
    launchTemplates: run.valueOf(launchTemplates),
    autoScalingGroups: run.valueOf(autoScalingGroups),
  };
  const template = { id: 'lt-1', version: 7, maxPods: from };
  const command = setInTemplate(inputs, template, to, ['aws', 'autoscaling', 'update', 'Version={}']);
  writeFileSync(join(folder, 'before'), Buffer.from(userData).toString('base64'));
  const { status, stderr } = spawnSync('bash', ['-euo', 'pipefail', '-c', command], {
    encoding: 'utf8',
    env: { ...process.env, PATH: `${folder}:${process.env.PATH}` },
    // behind a socket bash takes itself for a remote shell and reads its start-up files
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  expect(stderr).toBe('');
  expect(status).toBe(0);
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
    ['another number, which stays', 'maxPods: 980\n', 'maxPods: 980\n'],
  ])('%s', async (_, before, after) => {
    expect(await edited(before, 98, 50)).toBe(after);
  });

  it('survives user data longer than one line of base64', async () => {
    const padding = '# comment\n'.repeat(900);
    expect(await edited(`${padding}maxPods: 29\n`, 29, 110)).toBe(`${padding}maxPods: 110\n`);
  });
});
