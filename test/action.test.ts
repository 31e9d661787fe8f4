/** The steps of the GitHub Action, run as the runner runs them: files of its own for outputs, paths and the job summary. */
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';

interface Step {
  readonly name: string;
  readonly run: string;
  readonly env: Readonly<Record<string, string>>;
}

const action = parse(readFileSync('action.yml', 'utf8')) as {
  readonly inputs: Readonly<Record<string, { readonly default?: string; readonly required?: boolean }>>;
  readonly outputs: Readonly<Record<string, unknown>>;
  readonly runs: { readonly steps: readonly Step[] };
};

/** npm as the step calls it: the package it would fetch is the one under test. */
const NPM = `#!/usr/bin/env bash
mkdir -p "$3/node_modules/.bin"
printf '#!/usr/bin/env bash\\nexec node %q "$@"\\n' "$VPCCNI_UNDER_TEST" > "$3/node_modules/.bin/vpccni"
chmod +x "$3/node_modules/.bin/vpccni"
`;

const MANIFEST = `apiVersion: apps/v1
kind: DaemonSet
metadata: { name: agent }
spec: { template: { spec: { containers: [{ name: a, image: b }] } } }
`;

function ran(inputs: Readonly<Record<string, string>>) {
  const home = mkdtempSync(join(tmpdir(), 'vpccni-action-'));
  const bin = join(home, 'bin');
  mkdirSync(bin);
  writeFileSync(join(bin, 'npm'), NPM);
  chmodSync(join(bin, 'npm'), 0o755);
  const files = { GITHUB_OUTPUT: 'output', GITHUB_PATH: 'path', GITHUB_STEP_SUMMARY: 'summary' };
  for (const file of Object.values(files)) writeFileSync(join(home, file), '');
  const outcomes: { readonly code: number | null; readonly stdout: string; readonly stderr: string }[] = [];
  for (const step of action.runs.steps) {
    const given = Object.fromEntries(
      Object.entries(step.env).map(([name, text]) => {
        const input = /^\$\{\{ inputs\.([a-z-]+) \}\}$/.exec(text)![1]!;
        return [name, inputs[input] ?? action.inputs[input]!.default ?? ''];
      }),
    );
    const added = readFileSync(join(home, 'path'), 'utf8').split('\n').filter(Boolean);
    const env = {
      ...Object.fromEntries(Object.entries(files).map(([name, file]) => [name, join(home, file)])),
      ...given,
      PATH: [...added, bin, process.env.PATH].join(':'),
      HOME: home,
      RUNNER_TEMP: home,
      CI: 'true',
      VPCCNI_UNDER_TEST: resolve('bin/vpccni.js'),
    };
    const { status, stdout, stderr } = spawnSync('bash', ['--noprofile', '--norc', '-eo', 'pipefail', '-c', step.run], {
      cwd: home,
      env,
      encoding: 'utf8',
    });
    outcomes.push({ code: status, stdout, stderr });
    if (status !== 0) break;
  }
  const outputs = Object.fromEntries(
    readFileSync(join(home, 'output'), 'utf8')
      .split('\n')
      .filter(Boolean)
      .map((line) => line.split(/=(.*)/s, 2)),
  ) as Record<string, string>;
  return { home, outcomes, outputs, summary: readFileSync(join(home, 'summary'), 'utf8') };
}

function demo(): string {
  const file = join(mkdtempSync(join(tmpdir(), 'vpccni-demo-')), 'demo.json');
  execFileSync(process.execPath, ['bin/vpccni.js', 'snapshot', '--demo', '-o', `json=${file}`]);
  return file;
}

describe.runIf(existsSync('dist'))('the GitHub Action', () => {
  it('puts no input into a script: what a pull request writes is data', () => {
    for (const step of action.runs.steps) expect(step.run).not.toContain('${{');
  });

  it('judges a change by a snapshot: annotations, summary, outputs, comment, the exit code of the gate', () => {
    const change = join(mkdtempSync(join(tmpdir(), 'vpccni-change-')), 'agent; touch pwned.yaml');
    writeFileSync(change, MANIFEST);
    const { outcomes, outputs, summary, home } = ran({
      version: '0.1.0',
      snapshot: demo(),
      changes: change,
      scenarios: 'today',
      'max-age': '99999h',
    });
    const last = outcomes.at(-1)!;
    expect(outcomes.length, last.stderr).toBe(3);
    expect(last.code).toBe(1);
    expect(outputs).toMatchObject({ verdict: 'fail', 'exit-code': '1' });
    expect(last.stdout.split('\n').filter((l) => l.startsWith('::error')).length).toBeLessThanOrEqual(10);
    expect(last.stdout).toMatch(/^::error title=/m);
    expect(summary).toContain('vpccni');
    expect(readFileSync(outputs.comment!, 'utf8')).toContain('DaemonSet/default/agent');
    expect(JSON.parse(readFileSync(outputs.report!, 'utf8')).change.files).toEqual([change]);
    expect(existsSync(join(home, 'pwned.yaml'))).toBe(false);
  }, 60_000);

  it('refuses a version that is not exact', () => {
    const { outcomes } = ran({ version: 'latest; id' });
    expect(outcomes.map((o) => o.code)).toEqual([2]);
  });

  it('says what went wrong where the gate could not run', () => {
    const { outputs, outcomes } = ran({ version: '0.1.0', snapshot: demo(), changes: 'nothing.json' });
    expect(outcomes.at(-1)!.code).toBe(2);
    expect(outputs).toMatchObject({ verdict: '', 'exit-code': '2' });
  }, 60_000);
});

/** Not a tool of the project: used where it is there. */
const GO = 'go';
const hasGo = spawnSync(GO, ['version']).status === 0;

/** Linted by a Go module; without Go, or without a way to the module, the examples are only parsed. */
describe('the examples of docs/ci.md', () => {
  const workflow = /```yaml\n(name: subnets.*?)```/s.exec(readFileSync('docs/ci.md', 'utf8'))![1]!;

  it('name only inputs that the action has, and ask for the least', () => {
    const { permissions, jobs } = parse(workflow);
    const step = jobs.gate.steps.find((s: { readonly id?: string }) => s.id === 'gate');
    expect(Object.keys(step.with).filter((name) => !(name in action.inputs))).toEqual([]);
    expect(permissions).toEqual({ contents: 'read', 'id-token': 'write' });
  });

  it.runIf(hasGo)(
    'pass actionlint',
    (context) => {
      const { status, stdout, stderr } = spawnSync(
        GO,
        ['run', 'github.com/rhysd/actionlint/cmd/actionlint@v1.7.7', '-'],
        { input: workflow, encoding: 'utf8' },
      );
      if (status !== 0 && /dial tcp|lookup|proxy|timeout/i.test(stderr))
        return context.skip('the module cannot be fetched here');
      expect(stdout + stderr.replaceAll(/^go: downloading .*\n/gm, '')).toBe('');
      expect(status).toBe(0);
    },
    300_000,
  );
});
