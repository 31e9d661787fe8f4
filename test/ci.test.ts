/** The GitLab job and the pre-commit hook, run as their runners run them, with programs that only tell how they were called. */
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';

/** Writes its arguments, one a line, and ends as it is told. */
const FAKE = `#!/bin/sh
for word in "$@"; do printf '%s\\n' "$word" >> "$0.called"; done
exit "\${FAKE_CODE:-0}"
`;

function programs(...names: readonly string[]): string {
  const bin = mkdtempSync(join(tmpdir(), 'vpccni-ci-'));
  for (const name of names) {
    writeFileSync(join(bin, name), FAKE);
    chmodSync(join(bin, name), 0o755);
  }
  return bin;
}

function called(bin: string, name: string): string[] {
  const file = join(bin, `${name}.called`);
  return existsSync(file) ? readFileSync(file, 'utf8').split('\n').slice(0, -1) : [];
}

describe('the GitLab job', () => {
  const { script } = (parse(readFileSync('ci/gitlab.yml', 'utf8')) as { '.vpccni-gate': { script: string[] } })[
    '.vpccni-gate'
  ];

  /** As GitLab's runner does: the lines one after the other in one shell, which ends with the first that fails. */
  function run(variables: Readonly<Record<string, string>>) {
    const bin = programs('npm', 'vpccni');
    const env = { VPCCNI_CHANGES: '', VPCCNI_SCENARIOS: '', ...variables, PATH: `${bin}:/usr/bin:/bin` };
    const { status, stderr } = spawnSync('sh', ['-e', '-c', script.join('\n')], { env, encoding: 'utf8' });
    return { status, stderr, npm: called(bin, 'npm'), vpccni: called(bin, 'vpccni') };
  }

  it('installs an exact release, and judges every change', () => {
    const { status, npm, vpccni } = run({
      VPCCNI_VERSION: '1.2.3',
      VPCCNI_CLUSTER: 'prod-eu',
      VPCCNI_CHANGES: 'plan.json k8s/web.yaml',
      VPCCNI_SCENARIOS: 'apply growth=10%/mo',
    });
    expect(status).toBe(0);
    expect(npm).toEqual(['install', '--global', '--no-audit', '--no-fund', '--ignore-scripts', 'vpccni@1.2.3']);
    expect(vpccni).toEqual([
      ...[
        'gate',
        'apply',
        'growth=10%/mo',
        '--cluster',
        'prod-eu',
        '--change',
        'plan.json',
        '--change',
        'k8s/web.yaml',
      ],
      ...['-o', 'table', '-o', 'junit=vpccni-gate.xml', '-o', 'markdown=vpccni-gate.md'],
    ]);
  });

  it.each([1, 2, 3])('ends as the gate ends: %i', (code) => {
    const variables = { VPCCNI_VERSION: '1.2.3', VPCCNI_CLUSTER: 'prod-eu', FAKE_CODE: '0' };
    const bin = programs('npm', 'vpccni');
    writeFileSync(join(bin, 'vpccni'), `#!/bin/sh\nexit ${code}\n`);
    const env = { VPCCNI_CHANGES: '', VPCCNI_SCENARIOS: '', ...variables, PATH: `${bin}:/usr/bin:/bin` };
    expect(spawnSync('sh', ['-e', '-c', script.join('\n')], { env }).status).toBe(code);
  });

  it.each([
    [{ VPCCNI_CLUSTER: 'prod-eu' }, /give an exact release/],
    [{ VPCCNI_VERSION: '1.2.3' }, /give the name of the cluster/],
  ])('says what is missing, and runs no gate: %j', (variables, message) => {
    const { status, stderr, vpccni } = run(variables as Record<string, string>);
    expect(status).not.toBe(0);
    expect(stderr).toMatch(message);
    expect(vpccni).toEqual([]);
  });
});

describe('the pre-commit hook', () => {
  const [hook] = parse(readFileSync('.pre-commit-hooks.yaml', 'utf8')) as {
    entry: string;
    args: string[];
    types: string[];
  }[];

  /** As pre-commit does: the entry is split like a shell's words, then come `args` and the files that changed. */
  function run(args: readonly string[], files: readonly string[], code = 0) {
    const bin = programs('vpccni');
    const [, program, script, name] = /^(bash) -c '([^']*)' (\S+)$/s.exec(hook!.entry) ?? [];
    const env = { PATH: `${bin}:/usr/bin:/bin`, FAKE_CODE: String(code) };
    const { status, stderr } = spawnSync(program!, ['-c', script!, name!, ...args, ...files], {
      env,
      encoding: 'utf8',
    });
    return { status, stderr, vpccni: called(bin, 'vpccni') };
  }

  it('judges the files that changed, names with blanks among them', () => {
    expect(run(hook!.args, ['k8s/web.yaml', 'k8s/a b.yaml'])).toMatchObject({
      status: 0,
      vpccni: ['gate', '--change', 'k8s/web.yaml', '--change', 'k8s/a b.yaml'],
    });
  });

  it('hands the flags of the repository on', () => {
    const args = ['--from', 'prod.snapshot.json', '--max-age', '7d', '--'];
    expect(run(args, ['web.yaml']).vpccni).toEqual(['gate', ...args.slice(0, -1), '--change', 'web.yaml']);
  });

  it('takes a file that looks like a flag for a file', () => {
    expect(run(hook!.args, ['--version']).vpccni).toEqual(['gate', '--change', '--version']);
  });

  it.each([1, 3])('ends as the gate ends: %i', (code) => {
    expect(run(hook!.args, ['web.yaml'], code).status).toBe(code);
  });
});
