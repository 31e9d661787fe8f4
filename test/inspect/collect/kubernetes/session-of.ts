/** A session with a fake server, and the account of what it did. */
import { afterEach } from 'vitest';
import type { KubernetesAccess } from '../../../../src/inspect/collect/kubernetes/access.ts';
import type { ClusterConnection } from '../../../../src/inspect/collect/kubernetes/connection.ts';
import {
  type KubernetesSession,
  openSession,
  type SessionOptions,
} from '../../../../src/inspect/collect/kubernetes/session.ts';
import type { RequestRecord } from '../../../../src/inspect/collect/source-log.ts';
import type { Gap } from '../../../../src/inspect/snapshot/section.ts';
import { type Answer, type FakeServer, fakeServer, pem } from './fake-server.ts';

export interface Talk {
  readonly access: KubernetesAccess;
  readonly session: KubernetesSession;
  readonly records: RequestRecord[];
  readonly gaps: Gap[];
  /** Milliseconds waited before each retry; no test waits them out. */
  readonly waits: number[];
}

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

export async function serve(answer: Answer, options: Parameters<typeof fakeServer>[1] = {}): Promise<FakeServer> {
  const server = await fakeServer(answer, options);
  closing.push(server.close);
  return server;
}

export function talkTo(connection: ClusterConnection, options: SessionOptions = {}, signal?: AbortSignal): Talk {
  const records: RequestRecord[] = [];
  const gaps: Gap[] = [];
  const waits: number[] = [];
  const session = openSession(connection, {
    env: {},
    sleep: async (ms) => {
      waits.push(ms);
    },
    ...options,
  });
  closing.push(session.close);
  const access = session.access({
    section: 'pods',
    signal: signal ?? AbortSignal.timeout(20_000),
    record: (r) => records.push(r),
    gap: (g) => gaps.push(g),
  });
  return { access, session, records, gaps, waits };
}

/** A connection with a token and the test authority. */
export function connectionTo(server: string, more: Partial<ClusterConnection> = {}): ClusterConnection {
  return {
    server,
    origin: 'a test',
    credentials: async () => ({ headers: { authorization: 'Bearer secret' }, tls: { ca: pem('ca.pem') } }),
    ...more,
  };
}

export async function names(access: KubernetesAccess, path = '/api/v1/pods', restartable = true): Promise<string[]> {
  let list: string[] = [];
  const restart = () => {
    list = [];
  };
  await access.list(path, (item) => list.push(item.metadata.name), restartable ? { restart } : {});
  return list;
}
