import { existsSync, readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { cacheDir, cacheKey, rigDir } from './paths.ts';
import { runLogged, type Server, startServer, tryRun, Unavailable } from './process.ts';

export interface ApiServer extends Server {
  /** Kubeconfig with the contexts admin, viewer and nobody. */
  kubeconfig: string;
  /** Unix socket that moves creation times: kube-apiserver/ages.go. */
  agesSocket: string;
  endpoint: string;
  /** PEM of the certificate authority. */
  ca: string;
  adminToken: string;
}

/**
 * Path of the API server binary, built on first use (about six minutes with empty caches, seconds later) and kept
 * under `.cache` by its sources and the Go version.
 * @throws Unavailable when there is no Go 1.24 or newer, or the build fails.
 */
export function ensureApiServer(say: (line: string) => void): string {
  const version = tryRun('go', ['env', 'GOVERSION']);
  if (!version) throw new Unavailable('Go is not installed: the API server of the rig cannot be built');
  const [major = 0, minor = 0] = version.replace(/^go/, '').split('.').map(Number);
  if (major === 1 && minor < 24) throw new Unavailable(`Go ${version} is too old: the API server needs Go 1.24`);
  const source = join(rigDir(), 'kube-apiserver');
  const files = ['go.mod', 'go.sum', 'main.go', 'ages.go', 'build.sh'].map((name) => join(source, name));
  const dir = cacheDir('kube-apiserver');
  const binary = join(dir, `kas-${cacheKey(files, version)}`);
  if (existsSync(binary)) return binary;
  say(`building kube-apiserver with ${version} (up to six minutes when nothing is cached)…`);
  const made = `${binary}.${process.pid}`;
  runLogged('sh', [join(source, 'build.sh'), made], join(dir, 'build.log'), { cwd: source });
  renameSync(made, binary);
  return binary;
}

/** Starts etcd and kube-apiserver (one process) with their data in `dir`. Ready after about three seconds. */
export async function startApiServer(binary: string, dir: string, flags: string[] = []): Promise<ApiServer> {
  const kubeconfig = join(dir, 'kubeconfig');
  const server = await startServer(binary, [dir, ...flags], kubeconfig, join(dir, 'kube-apiserver.log'));
  const text = readFileSync(kubeconfig, 'utf8');
  const endpoint = /server: "([^"]+)"/.exec(text)?.[1];
  const data = /certificate-authority-data: (\S+?)}/.exec(text)?.[1];
  if (!endpoint || !data) throw new Error('the API server wrote an unexpected kubeconfig');
  return {
    ...server,
    kubeconfig,
    agesSocket: join(dir, 'ages.sock'),
    endpoint,
    ca: Buffer.from(data, 'base64').toString(),
    adminToken: 'admin-token',
  };
}
