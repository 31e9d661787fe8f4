/** Writes kubeconfig files into a directory that is removed after the test. */
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach } from 'vitest';
import { stringify } from 'yaml';

const made: string[] = [];
afterEach(() => {
  for (const dir of made.splice(0)) rmSync(dir, { recursive: true, force: true });
});

export function directory(): string {
  const dir = mkdtempSync(join(tmpdir(), 'vpccni-kubeconfig-'));
  made.push(dir);
  return dir;
}

export function write(dir: string, name: string, content: string, mode = 0o600): string {
  const file = join(dir, name);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content);
  chmodSync(file, mode);
  return file;
}

type Fields = Record<string, unknown>;

/** A kubeconfig with one context `prod`. */
export function config(cluster: Fields, user: Fields, more: Fields = {}): string {
  return stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'prod',
    contexts: [{ name: 'prod', context: { cluster: 'prod', user: 'ada' } }],
    clusters: [{ name: 'prod', cluster }],
    users: [{ name: 'ada', user }],
    ...more,
  });
}
