// node test/rig/up.mjs [FILE]: starts the rig with shop-prod and keeps it running until a signal.
// What to export goes to stdout or to FILE. SIGUSR1 lets the cluster act on what was changed (settle).
import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const here = dirname(fileURLToPath(import.meta.url));
const out = join(here, `../../.cache/rig/rig-${process.pid}.mjs`);
mkdirSync(dirname(out), { recursive: true });
await build({
  entryPoints: [join(here, 'rig.ts')],
  outfile: out,
  bundle: true,
  platform: 'node',
  format: 'esm',
  packages: 'external',
  logLevel: 'error',
});
const { startRig } = await import(pathToFileURL(out).href);
rmSync(out);

const say = (line) => process.stderr.write(`${line}\n`);
const rig = await startRig({ say });
const quote = (text) => `'${text.replaceAll("'", "'\\''")}'`;
const exports = Object.entries(rig.env)
  .map(([name, value]) => `export ${name}=${quote(value)}\n`)
  .join('');
const [file] = process.argv.slice(2);
if (file) {
  writeFileSync(`${file}.tmp`, exports, { mode: 0o600 });
  renameSync(`${file}.tmp`, file);
} else process.stdout.write(exports);
say(`rig is up: cluster ${rig.scenario.cluster.name}, contexts admin (current), ${rig.viewerContext}, nobody, eks.`);
say(`Ctrl-C ends it; kill -USR1 ${process.pid} lets the cluster act on changes.`);

process.on('SIGUSR1', () => {
  rig.settle().then(
    () => say('settled'),
    (error) => say(`settle: ${error.message}`),
  );
});
await new Promise((resolve) => {
  process.once('SIGINT', resolve);
  process.once('SIGTERM', resolve);
});
await rig.stop();
