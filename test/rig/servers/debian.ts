import { cacheDir } from './paths.ts';
import { runLogged, tryRun, Unavailable } from './process.ts';

/**
 * A program of a Debian package, installed where that is possible: by root, with apt.
 * @throws Unavailable where it is not there and cannot be had
 */
export function ensureProgram(program: string, packages: readonly string[], say: (line: string) => void): string {
  const found = which(program);
  if (found) return found;
  const wanted = packages.join(' ');
  if (process.getuid?.() !== 0 || !which('apt-get'))
    throw new Unavailable(`${program} is not installed (apt-get install ${wanted})`);
  say(`installing ${wanted}`);
  const log = `${cacheDir()}/apt-${program}.log`;
  const apt = ['-o', 'Acquire::Retries=2', '-o', 'DPkg::Lock::Timeout=120'];
  runLogged('env', ['apt-get', ...apt, 'update'], log);
  const install = ['install', '--yes', '--no-install-recommends', ...packages];
  runLogged('env', ['DEBIAN_FRONTEND=noninteractive', 'apt-get', ...apt, ...install], log);
  const installed = which(program);
  if (!installed) throw new Unavailable(`${program} is not in ${wanted}`);
  return installed;
}

function which(program: string): string | undefined {
  return tryRun('sh', ['-c', `command -v ${program}`]) || undefined;
}

export const ensurePrometheus = (say: (line: string) => void): string =>
  ensureProgram('prometheus', ['prometheus'], say);
export const ensurePromtool = (say: (line: string) => void): string => ensureProgram('promtool', ['prometheus'], say);

export const ensureChromium = (say: (line: string) => void): string =>
  ensureProgram('chromium', ['chromium', 'fonts-dejavu-core'], say);
