/** A process that is stopped for longer than any silence is allowed, and a list that stops coming: the program itself, over a socket. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, describe, expect, it } from 'vitest';
import { fakeServer, json } from '../inspect/collect/kubernetes/fake-server.ts';

const folder = mkdtempSync(join(tmpdir(), 'stopped-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const BIN = join(import.meta.dirname, '../../bin/vpccni.js');
/** Longer than the longest silence, 30 s. */
const STOPPED_MS = 32_000;

const pod = (name: string) => ({
  metadata: { name, namespace: 'shop', uid: name, creationTimestamp: '2026-01-01T00:00:00Z' },
  spec: { nodeName: 'n1', containers: [{ name: 'c' }] },
  status: { phase: 'Running', podIP: '10.0.0.9' },
});
const page = (names: readonly string[], next: string) => ({
  kind: 'PodList',
  apiVersion: 'v1',
  metadata: next === '' ? {} : { continue: next },
  items: names.map(pod),
});

interface Ended {
  readonly code: number | null;
  readonly stderr: string;
}

/** Starts the program on a server with two pages of pods; `second` answers for the second. */
async function program(
  args: readonly string[],
  second: (child: ChildProcess, response: ServerResponse) => void,
): Promise<Ended> {
  let child: ChildProcess | undefined;
  const server = await fakeServer(
    ({ url }, response) => {
      if (
        url.pathname === '/api/v1/pods' &&
        !url.searchParams.has('fieldSelector') &&
        !url.searchParams.has('labelSelector')
      )
        return url.searchParams.get('continue') === 'two'
          ? second(child!, response)
          : json(response, 200, page(['a', 'b'], 'two'));
      const list = { '/api/v1/nodes': 'NodeList', '/api/v1/pods': 'PodList', '/api/v1/events': 'EventList' }[
        url.pathname
      ];
      if (list) return json(response, 200, { kind: list, apiVersion: 'v1', metadata: {}, items: [] });
      json(response, 404, { kind: 'Status', apiVersion: 'v1', status: 'Failure', reason: 'NotFound', code: 404 });
    },
    { plain: true },
  );
  const kubeconfig = join(folder, `${args[0]}.kubeconfig`);
  const cluster = { name: 'c', cluster: { server: server.url } };
  const context = { name: 'c', context: { cluster: 'c', user: 'u' } };
  const user = { name: 'u', user: { token: 't' } };
  writeFileSync(
    kubeconfig,
    JSON.stringify({
      apiVersion: 'v1',
      kind: 'Config',
      'current-context': 'c',
      clusters: [cluster],
      contexts: [context],
      users: [user],
    }),
  );
  child = spawn(process.execPath, [BIN, ...args, '--no-aws', '--kubeconfig', kubeconfig], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { PATH: process.env.PATH, HOME: folder },
  });
  let stderr = '';
  child.stderr!.on('data', (chunk) => {
    stderr += String(chunk);
  });
  try {
    const code = await new Promise<number | null>((resolve) => child!.once('close', resolve));
    return { code, stderr };
  } finally {
    child.kill('SIGKILL');
    await server.close();
  }
}

describe('a list', () => {
  it(`is whole where the process is stopped for ${STOPPED_MS / 1000} s while the reply waits in its socket`, async () => {
    const file = join(folder, 'stopped.json');
    const ended = await program(['snapshot', '-o', `json=${file}`], (child, response) => {
      child.kill('SIGSTOP');
      json(response, 200, page(['c', 'd'], ''));
      void sleep(STOPPED_MS).then(() => child.kill('SIGCONT'));
    });
    expect(ended).toEqual({ code: 0, stderr: expect.not.stringContaining('defect') });
    const { pods } = JSON.parse(readFileSync(file, 'utf8'));
    expect([pods.status, pods.data.name]).toEqual(['ok', ['a', 'b', 'c', 'd']]);
  }, 150_000);

  it('that stops coming leaves no verdict', async () => {
    const ended = await program(['inspect', '--fail-on', 'error', '--timeout', '8s'], () => {});
    expect(ended.code).toBe(3);
  }, 60_000);
});
