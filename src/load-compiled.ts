/** Loads bundles with what V8 made of them when they were built, which saves most of the time a short command takes. */
import { readFileSync } from 'node:fs';
import Module, { createRequire } from 'node:module';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Script } from 'node:vm';

const loaded = new Map<string, { readonly exports: unknown }>();

/** The exports of a bundle beside this file, and with it of every file of the program that it requires. */
export function loadCompiled<Exports>(name: string): Exports {
  return load(fileURLToPath(new URL(`./${name}.js`, import.meta.url))) as Exports;
}

/** V8 refuses what another version or other flags compiled, and then compiles as it always does. */
function load(file: string): unknown {
  const known = loaded.get(file);
  if (known) return known.exports;
  const cachedData = readIfThere(`${file}.cache`);
  const script = new Script(Module.wrap(readFileSync(file, 'utf8')), {
    filename: file,
    ...(cachedData ? { cachedData } : {}),
  });
  const folder = dirname(file);
  const ofNode = createRequire(file);
  const require = (id: string) => (id.startsWith('.') ? load(resolve(folder, id)) : ofNode(id));
  const module = { exports: {} };
  loaded.set(file, module);
  script.runInThisContext()(module.exports, require, module, file, folder);
  return module.exports;
}

function readIfThere(path: string): Buffer | undefined {
  try {
    return readFileSync(path);
  } catch {
    return undefined;
  }
}
