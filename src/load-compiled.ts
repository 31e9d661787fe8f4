/** Bundles with what V8 made of them when they were built, which saves most of the time a short command takes. */
import { readFileSync } from 'node:fs';
import Module, { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Script } from 'node:vm';

/**
 * The exports of a bundle beside this file. V8 refuses what another version or other flags compiled, and then compiles as
 * it always does.
 */
export function loadCompiled<Exports>(name: string): Exports {
  const file = fileURLToPath(new URL(`./${name}.js`, import.meta.url));
  const cachedData = readIfThere(`${file}.cache`);
  const script = new Script(Module.wrap(readFileSync(file, 'utf8')), {
    filename: file,
    ...(cachedData ? { cachedData } : {}),
  });
  const module = { exports: {} };
  script.runInThisContext()(module.exports, createRequire(file), module, file, dirname(file));
  return module.exports as Exports;
}

function readIfThere(path: string): Buffer | undefined {
  try {
    return readFileSync(path);
  } catch {
    return undefined;
  }
}
