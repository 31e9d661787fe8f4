import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync } from 'node:fs';

/** Why a part of the rig cannot run here, in words for the person who reads the test output. */
export class Unavailable extends Error {}

/** Output of a short command, or undefined when the program is missing or fails. */
export function tryRun(command: string, args: string[], options: { timeoutMs?: number } = {}): string | undefined {
  const done = spawnSync(command, args, { encoding: 'utf8', timeout: options.timeoutMs ?? 30_000 });
  return done.status === 0 ? done.stdout.trim() : undefined;
}

/** Runs a long command with its output in `log`; throws {@link Unavailable} with the tail of it when it fails. */
export function runLogged(command: string, args: string[], log: string, options: { cwd?: string } = {}): void {
  const out = openSync(log, 'w');
  const done = spawnSync(command, args, { cwd: options.cwd, stdio: ['ignore', out, out] });
  closeSync(out);
  if (done.status === 0) return;
  const tail = readFileSync(log, 'utf8').trim().split('\n').slice(-5).join('\n');
  throw new Unavailable(`${command} ${args[0] ?? ''} failed (log: ${log})\n${tail}`);
}

export interface Server {
  readonly process: ChildProcess;
  /** Ends the server and waits for its end: SIGTERM, after 10 s SIGKILL. */
  stop(): Promise<void>;
}

/**
 * Starts a server that writes `readyFile` when it can be used, and ends with us: its stdin is a pipe that closes
 * with this process, however this process ends.
 */
export async function startServer(command: string, args: string[], readyFile: string, log: string): Promise<Server> {
  const out = openSync(log, 'w');
  const child = spawn(command, args, { stdio: ['pipe', out, out] });
  closeSync(out);
  let ended = false;
  const end = new Promise<void>((resolve) => {
    const over = (): void => {
      ended = true;
      resolve();
    };
    child.once('exit', over);
    child.once('error', over);
  });
  const deadline = Date.now() + 90_000;
  while (!existsSync(readyFile)) {
    if (ended || Date.now() > deadline) {
      child.kill('SIGKILL');
      const text = existsSync(log) ? readFileSync(log, 'utf8').slice(-2000) : '';
      throw new Error(`${command} did not become ready (log: ${log})\n${text}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 40));
  }
  const stop = async (): Promise<void> => {
    if (ended) return;
    child.kill('SIGTERM');
    const force = setTimeout(() => child.kill('SIGKILL'), 10_000);
    await end;
    clearTimeout(force);
  };
  return { process: child, stop };
}
