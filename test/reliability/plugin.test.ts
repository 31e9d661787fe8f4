/** A credential plugin that never answers, a wrapper of another program as many are: neither outlives vpccni. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, describe, expect, it } from 'vitest';

const folder = mkdtempSync(join(tmpdir(), 'plugin-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const BIN = join(import.meta.dirname, '../../bin/vpccni.js');

/** A kubeconfig whose plugin starts a shell that writes to `pulse` as long as it lives. */
function kubeconfigOf(name: string, pulse: string): string {
  const path = join(folder, `${name}.kubeconfig`);
  const script = `(while :; do echo x >> "${pulse}"; sleep 0.1; done) & wait`;
  const exec = { apiVersion: 'client.authentication.k8s.io/v1', command: 'sh', args: ['-c', script] };
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

const beats = (pulse: string) => statSync(pulse, { throwIfNoEntry: false })?.size ?? 0;

describe.skipIf(process.platform === 'win32')('a plugin that never answers ends with the program', () => {
  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['--timeout', 3],
  ] as const)(
    'on %s',
    async (by, expected) => {
      const pulse = join(folder, `${by}.pulse`);
      const limit = by === '--timeout' ? ['--timeout', '3s'] : [];
      const child = spawn(
        process.execPath,
        [BIN, 'inspect', '--no-aws', ...limit, '--kubeconfig', kubeconfigOf(by, pulse)],
        { stdio: 'ignore', env: { PATH: process.env.PATH, HOME: folder } },
      );
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
