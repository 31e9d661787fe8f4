/** The built command line against a rig, as a user runs it. */
import { execFile } from 'node:child_process';
import { dirname } from 'node:path';
import type { Inspection } from '../../../src/inspect/contract/report.ts';
import type { Rig } from '../rig.ts';

export interface Ended {
  code: number;
  stdout: string;
  stderr: string;
}

/** Runs `vpccni` with the rig's environment and nothing else of ours but PATH. */
export function vpccni(rig: Rig, args: readonly string[], env: Record<string, string> = {}): Promise<Ended> {
  return ended(process.execPath, ['bin/vpccni.js', ...args], { ...base(), ...rig.env, ...env });
}

/** Runs one printed command as a person would paste it: in a shell, in a folder of the rig's, with it as AWS and Kubernetes. */
export function paste(rig: Rig, command: string): Promise<Ended> {
  const cwd = dirname(rig.kubeconfig);
  return ended('bash', ['-e', '-o', 'pipefail', '-c', command], { ...base(), ...rig.env }, cwd);
}

/** A live inspection as JSON. @throws where it does not exit 0. */
export async function inspect(rig: Rig, args: readonly string[] = []): Promise<Inspection> {
  const { code, stdout, stderr } = await vpccni(rig, [
    'inspect',
    rig.scenario.cluster.name,
    '--context',
    rig.viewerContext,
    '-o',
    'json',
    ...args,
  ]);
  if (code !== 0) throw new Error(`inspect exits ${code}: ${stderr}`);
  return JSON.parse(stdout) as Inspection;
}

function base(): Record<string, string> {
  const { PATH = '', HOME = '' } = process.env;
  return { PATH, HOME, COLUMNS: '120' };
}

function ended(file: string, args: readonly string[], env: Record<string, string>, cwd?: string): Promise<Ended> {
  return new Promise((resolve) => {
    const child = execFile(file, args, { env, maxBuffer: 1 << 28, ...(cwd ? { cwd } : {}) }, (error, stdout, stderr) =>
      resolve({ code: typeof error?.code === 'number' ? error.code : error ? -1 : 0, stdout, stderr }),
    );
    child.stdin?.end();
  });
}
