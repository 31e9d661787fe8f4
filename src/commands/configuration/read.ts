/** Finds and reads `.vpccni.yaml`. What understands YAML is loaded only where there is one. */
import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { Io } from '../io.ts';
import { readInput } from '../read-input.ts';
import type { Configuration } from './schema.ts';

const NAME = '.vpccni.yaml';

export interface Configured {
  readonly configuration: Configuration;
  /** Undefined where there is none. */
  readonly path?: string;
}

/**
 * The file given, else the first one from the current folder up to the root of the repository.
 * @throws UsageError for a file that is not there, is not YAML, or says what nobody understands
 */
export async function readConfiguration(io: Io, given: string | undefined, from = process.cwd()): Promise<Configured> {
  const path = given ?? found(from);
  if (path === undefined) return { configuration: {} };
  const [{ parseConfiguration }, text] = await Promise.all([import('./parse.ts'), readInput(io, path)]);
  return { path, configuration: parseConfiguration(path, text) };
}

function found(from: string): string | undefined {
  for (let folder = resolve(from); ; folder = dirname(folder)) {
    const path = join(folder, NAME);
    if (existsSync(path)) return path;
    if (existsSync(join(folder, '.git')) || dirname(folder) === folder) return undefined;
  }
}
