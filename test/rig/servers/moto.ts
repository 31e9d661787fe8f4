import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { cacheDir, cacheKey, rigDir } from './paths.ts';
import { runLogged, type Server, startServer, tryRun, Unavailable } from './process.ts';

export interface Moto extends Server {
  /** Endpoint URL of every AWS service. */
  url: string;
  /** One request to the admin path: `post('faults', […])`. Throws with the server's words when it is refused. */
  post(name: string, body: unknown): Promise<unknown>;
  /** Calls served so far, in order, and how many ran at once at most. */
  calls(options?: { clear?: boolean }): Promise<{ peak: number; calls: AwsCall[] }>;
}

export interface AwsCall {
  service: string;
  action: string;
  status: number | null;
}

const NEEDED = "import moto, flask, werkzeug; assert moto.__version__ == '5.2.1'";

/**
 * A Python that can import moto: the one on the PATH, else a virtual environment made under `.cache`.
 * @throws Unavailable when there is no Python 3.10 or newer, or pip cannot install.
 */
export function ensureMoto(say: (line: string) => void): string {
  const system = ['python3', 'python'].find(
    (name) => tryRun(name, ['-c', 'import sys; assert sys.version_info >= (3, 10)']) !== undefined,
  );
  if (!system) throw new Unavailable('Python 3.10 or newer is not installed: the EC2 and EKS emulator cannot run');
  if (tryRun(system, ['-c', NEEDED]) !== undefined) return system;
  const requirements = join(rigDir(), 'moto/requirements.txt');
  const dir = cacheDir('moto', cacheKey([requirements], tryRun(system, ['-V']) ?? ''));
  const python = join(dir, 'venv/bin/python');
  if (existsSync(python) && tryRun(python, ['-c', NEEDED]) !== undefined) return python;
  say('installing moto into a virtual environment…');
  runLogged(system, ['-m', 'venv', join(dir, 'venv')], join(dir, 'venv.log'));
  runLogged(python, ['-m', 'pip', 'install', '--quiet', '-r', requirements], join(dir, 'pip.log'));
  return python;
}

/** Starts the emulator on a free port of 127.0.0.1. Ready after about a second. */
export async function startMoto(python: string, dir: string): Promise<Moto> {
  const ready = join(dir, 'moto.url');
  const server = await startServer(python, [join(rigDir(), 'moto/serve.py'), ready], ready, join(dir, 'moto.log'));
  const url = readFileSync(ready, 'utf8').trim();
  const ask = async (method: string, name: string, body?: unknown): Promise<unknown> => {
    const reply = await fetch(`${url}/rig/${name}`, {
      method,
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    const value: unknown = await reply.json();
    if (!reply.ok) throw new Error(`rig admin ${name}: ${JSON.stringify(value)}`);
    return value;
  };
  return {
    ...server,
    url,
    post: (name, body) => ask('POST', name, body),
    calls: async ({ clear = false } = {}) =>
      (await ask(clear ? 'DELETE' : 'GET', 'calls')) as { peak: number; calls: AwsCall[] },
  };
}
