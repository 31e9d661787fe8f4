/** What is asked for credentials and never answers, a wrapper of another program as many are: neither outlives vpccni. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, describe, expect, it } from 'vitest';

const folder = mkdtempSync(join(tmpdir(), 'plugin-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const BIN = join(import.meta.dirname, '../../bin/vpccni.js');

/** Starts a shell that writes to `pulse` as long as it lives, and waits for it. */
function wrapper(pulse: string): string {
  return `(while :; do echo x >> "${pulse}"; sleep 0.1; done) & wait`;
}

function kubeconfigOf(name: string, pulse: string): string {
  const path = join(folder, `${name}.kubeconfig`);
  const exec = { apiVersion: 'client.authentication.k8s.io/v1', command: 'sh', args: ['-c', wrapper(pulse)] };
  writeFileSync(
    path,
    JSON.stringify({
      apiVersion: 'v1',
      kind: 'Config',
      'current-context': 'c',
      clusters: [{ name: 'c', cluster: { server: 'https://127.0.0.1:1' } }],
      contexts: [{ name: 'c', context: { cluster: 'c', user: 'u' } }],
      users: [{ name: 'u', user: { exec } }],
    }),
  );
  return path;
}

/** Environment of a profile whose `credential_process` does so. */
function awsOf(name: string, pulse: string): NodeJS.ProcessEnv {
  const [script, config] = [join(folder, `${name}.sh`), join(folder, `${name}.config`)];
  writeFileSync(script, wrapper(pulse));
  writeFileSync(config, `[profile slow]\nregion = eu-west-1\ncredential_process = sh ${script}\n`);
  return { AWS_CONFIG_FILE: config, AWS_SHARED_CREDENTIALS_FILE: join(folder, 'none'), AWS_PROFILE: 'slow' };
}

const beats = (pulse: string) => statSync(pulse, { throwIfNoEntry: false })?.size ?? 0;

const KINDS = {
  'exec plugin': (id: string, pulse: string) => ({
    args: ['inspect', '--no-aws', '--kubeconfig', kubeconfigOf(id, pulse)],
    env: {},
  }),
  credential_process: (id: string, pulse: string) => ({
    args: ['snapshot', '--no-kube', '--cluster', 'c'],
    env: awsOf(id, pulse),
  }),
};
const ENDS = [
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['--timeout', 3],
] as const;
const cases = Object.keys(KINDS).flatMap((kind) =>
  ENDS.map(([by, code]) => [kind as keyof typeof KINDS, by, code] as const),
);

describe.skipIf(process.platform === 'win32')('what never answers ends with the program', () => {
  it.each(cases)(
    '%s, on %s',
    async (kind, by, expected) => {
      const id = `${kind}${by}`.replaceAll(' ', '-');
      const pulse = join(folder, `${id}.pulse`);
      const limit = by === '--timeout' ? ['--timeout', '3s'] : [];
      const { args, env } = KINDS[kind](id, pulse);
      const child = spawn(process.execPath, [BIN, ...args, ...limit], {
        stdio: 'ignore',
        env: { PATH: process.env.PATH, HOME: folder, ...env },
      });
      const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
      while (beats(pulse) === 0 && child.exitCode === null) await sleep(20);
      if (by !== '--timeout') child.kill(by);
      expect(await ended).toBe(expected);
      await sleep(300);
      const after = beats(pulse);
      expect(after).toBeGreaterThan(0);
      await sleep(500);
      expect(beats(pulse)).toBe(after);
    },
    30_000,
  );
});
