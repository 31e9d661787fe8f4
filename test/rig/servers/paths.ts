import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The repository, found from this module whether it runs from source or from a bundle inside it. */
export function repositoryRoot(): string {
  let dir = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(dir, 'test/rig/moto/serve.py'))) {
    const parent = dirname(dir);
    if (parent === dir) throw new Error('the rig is not inside its repository');
    dir = parent;
  }
  return dir;
}

export const rigDir = (): string => join(repositoryRoot(), 'test/rig');

/** A git-ignored folder below `.cache/rig`, made when missing. */
export function cacheDir(...parts: string[]): string {
  const dir = join(repositoryRoot(), '.cache/rig', ...parts);
  mkdirSync(dir, { recursive: true });
  return dir;
}

/** Twelve hex digits over the contents of files and further texts: names what is cached by what it was made from. */
export function cacheKey(files: string[], ...texts: string[]): string {
  const hash = createHash('sha256');
  for (const file of files) hash.update(readFileSync(file));
  for (const text of texts) hash.update(text);
  return hash.digest('hex').slice(0, 12);
}
