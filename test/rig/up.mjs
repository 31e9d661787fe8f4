// node test/rig/up.mjs [FILE]: starts the rig with shop-prod and keeps it running. The exports go to stdout or to FILE.
import { createWriteStream, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const here = dirname(fileURLToPath(import.meta.url));
const out = join(here, '../../.cache/rig/up.mjs');
mkdirSync(dirname(out), { recursive: true });
await build({
  entryPoints: [join(here, 'up.ts')],
  outfile: out,
  bundle: true,
  platform: 'node',
  format: 'esm',
  packages: 'external',
  logLevel: 'error',
});
const file = process.argv[2];
if (file) {
  const sink = createWriteStream(file, { mode: 0o600 });
  process.stdout.write = sink.write.bind(sink);
}
await import(pathToFileURL(out).href);
