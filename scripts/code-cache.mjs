// What V8 makes of a bundle, written beside it: compiling is most of what a short command takes.
import { readFileSync, writeFileSync } from 'node:fs';
import Module, { createRequire } from 'node:module';
import { dirname, resolve } from 'node:path';
import { Writable } from 'node:stream';
import { Script } from 'node:vm';

/** Runs `main` of the bundle with these command lines, so that the code in use is compiled, and keeps the outcome. */
export async function writeCodeCache(path, commandLines) {
  const file = resolve(path);
  const script = new Script(Module.wrap(readFileSync(file, 'utf8')), { filename: file });
  const module = { exports: {} };
  script.runInThisContext()(module.exports, createRequire(file), module, file, dirname(file));
  const sink = () => new Writable({ write: (_, __, done) => done() });
  for (const argv of commandLines)
    await module.exports.main(argv, { stdin: process.stdin, stdout: sink(), stderr: sink(), env: {} });
  writeFileSync(`${path}.cache`, script.createCachedData());
}
