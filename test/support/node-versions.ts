/** The versions of Node.js that are supported, as the npm package `node` ships them. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';

export const NODE_VERSIONS = ['20', '22', '24'] as const;

/** Absolute path of that Node.js, or undefined where it cannot be installed here. */
export function nodeOf(version: string): string | undefined {
  const home = join('.cache', `node-${version}`);
  const binary = resolve(home, 'node_modules', 'node', 'bin', 'node');
  if (!existsSync(binary)) {
    mkdirSync(home, { recursive: true });
    spawnSync('npm', ['install', '--prefix', home, '--no-save', `node@${version}`], { encoding: 'utf8' });
  }
  return existsSync(binary) ? binary : undefined;
}
