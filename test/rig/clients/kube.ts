import { type ClientRequest, request as httpRequest } from 'node:http';
import { Agent, request as httpsRequest } from 'node:https';
import type { ApiServer } from '../servers/kube-apiserver.ts';

/** A Kubernetes object as the rig writes it: checked by the API server, not by TypeScript. */
export interface KubeObject {
  apiVersion: string;
  kind: string;
  metadata: KubeMeta;
  [field: string]: unknown;
}

export interface KubeMeta {
  name: string;
  namespace?: string;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  ownerReferences?: { apiVersion: string; kind: string; name: string; uid: string; controller?: boolean }[];
  uid?: string;
  generation?: number;
  [field: string]: unknown;
}

export class KubeError extends Error {
  readonly status: number;
  constructor(status: number, method: string, path: string, body: string) {
    super(`${method} ${path}: ${status} ${body.slice(0, 300)}`);
    this.status = status;
  }
}

export interface Kube {
  call<T = KubeObject>(method: string, path: string, body?: unknown, contentType?: string): Promise<T>;
  /** Follows a watch until `stop` is called; a watch that ends by itself is opened again at the present. */
  watch(path: string, each: (event: { type: string; object: KubeObject }) => void): { stop: () => void };
  /** Moves creation times: keys of etcd to times. */
  setAges(ages: { key: string; created: Date; changed?: Date }[]): Promise<void>;
  close(): void;
}

const READABLE = 'application/json';

/** A client over one keep-alive agent, with the rights of `token`. */
export function kubeClient(server: Pick<ApiServer, 'endpoint' | 'ca' | 'agesSocket'>, token: string): Kube {
  const agent = new Agent({ keepAlive: true, maxSockets: 8, ca: server.ca });
  const once = <T>(method: string, path: string, body?: unknown, contentType = READABLE): Promise<T> =>
    new Promise((resolve, reject) => {
      const data = body === undefined ? undefined : JSON.stringify(body);
      const headers: Record<string, string> = { authorization: `Bearer ${token}`, accept: READABLE };
      if (data !== undefined)
        Object.assign(headers, { 'content-type': contentType, 'content-length': String(Buffer.byteLength(data)) });
      const req = httpsRequest(new URL(path, server.endpoint), { method, agent, headers }, (reply) => {
        let text = '';
        reply.setEncoding('utf8');
        reply.on('data', (chunk: string) => (text += chunk));
        reply.on('end', () => {
          const status = reply.statusCode ?? 0;
          if (status >= 300) reject(new KubeError(status, method, path, text));
          else resolve(JSON.parse(text) as T);
        });
        reply.on('error', reject);
      });
      req.on('error', reject);
      req.end(data);
    });
  /** A kind whose definition is new is not served for a moment: 429, "storage is (re)initializing". */
  const call = async <T>(method: string, path: string, body?: unknown, contentType?: string): Promise<T> => {
    for (let tries = 0; ; tries++) {
      try {
        return await once<T>(method, path, body, contentType);
      } catch (error) {
        if (!(error instanceof KubeError && error.status === 429) || tries > 20) throw error;
        await new Promise((resolve) => setTimeout(resolve, 200));
      }
    }
  };
  const watch: Kube['watch'] = (path, each) => {
    let stopped = false;
    let current: ClientRequest | undefined;
    const open = async (): Promise<void> => {
      const list = await call<{ metadata: { resourceVersion: string } }>('GET', `${path}?limit=1`);
      if (stopped) return;
      const from = new URL(`${path}?watch=1&resourceVersion=${list.metadata.resourceVersion}`, server.endpoint);
      current = httpsRequest(from, { ca: server.ca, headers: { authorization: `Bearer ${token}` } }, (reply) => {
        let rest = '';
        reply.setEncoding('utf8');
        reply.on('data', (chunk: string) => {
          const lines = (rest + chunk).split('\n');
          rest = lines.pop() ?? '';
          for (const line of lines) each(JSON.parse(line) as { type: string; object: KubeObject });
        });
        reply.on('error', () => {}); // the close that follows is enough
        reply.on('close', again);
      });
      current.on('error', again);
      current.end();
    };
    const again = (): void => {
      if (!stopped) open().catch(() => {}); // the server is going down
    };
    again();
    return {
      stop: () => {
        stopped = true;
        current?.destroy();
      },
    };
  };
  const setAges: Kube['setAges'] = (ages) =>
    new Promise((resolve, reject) => {
      const req = httpRequest({ socketPath: server.agesSocket, path: '/', method: 'POST' }, (reply) => {
        let text = '';
        reply.setEncoding('utf8');
        reply.on('data', (chunk: string) => (text += chunk));
        reply.on('end', () => (reply.statusCode === 204 ? resolve() : reject(new Error(`ages: ${text}`))));
      });
      req.on('error', reject);
      req.end(JSON.stringify(ages));
    });
  return { call, watch, setAges, close: () => agent.destroy() };
}

/** Runs tasks with at most `width` of them at a time; the first failure is thrown. */
export async function inParallel<T>(
  items: readonly T[],
  width: number,
  task: (item: T) => Promise<void>,
): Promise<void> {
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < items.length) {
      const item = items[next++] as T;
      await task(item);
    }
  };
  await Promise.all(Array.from({ length: Math.min(width, items.length) }, worker));
}
