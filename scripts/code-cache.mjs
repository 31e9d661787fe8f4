// What V8 makes of the bundles, written beside them: compiling is most of what a short command takes.
import { readFileSync, writeFileSync } from 'node:fs';
import Module, { createRequire } from 'node:module';
import { dirname, resolve } from 'node:path';
import { Writable } from 'node:stream';
import { Script } from 'node:vm';

/**
 * Runs `main` of a bundle with these command lines, so that the code in use is compiled, and keeps the outcome for it and for
 * every file of the program it loaded meanwhile (as src/load-compiled.ts loads them).
 */
export async function writeCodeCache(path, commandLines) {
  const loaded = new Map();
  const load = (file) => {
    const known = loaded.get(file);
    if (known) return known.module.exports;
    const script = new Script(Module.wrap(readFileSync(file, 'utf8')), { filename: file });
    const module = { exports: {} };
    loaded.set(file, { script, module });
    const ofNode = createRequire(file);
    const require = (id) => (id.startsWith('.') ? load(resolve(dirname(file), id)) : ofNode(id));
    script.runInThisContext()(module.exports, require, module, file, dirname(file));
    return module.exports;
  };
  const { main } = load(resolve(path));
  const sink = () => new Writable({ write: (_, __, done) => done() });
  for (const argv of commandLines) await main(argv, { stdin: process.stdin, stdout: sink(), stderr: sink(), env: {} });
  for (const [file, { script }] of loaded) writeFileSync(`${file}.cache`, script.createCachedData());
}
