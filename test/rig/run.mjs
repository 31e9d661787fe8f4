// npm run test:rig: the tests on real servers. Installs and builds what it can, says what it skips, ends with the sums.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, '../..');
const cache = join(root, '.cache/rig');
mkdirSync(cache, { recursive: true });

const ensure = join(cache, 'missing.mjs');
await build({
  entryPoints: [join(here, 'servers/missing.ts')],
  outfile: ensure,
  bundle: true,
  platform: 'node',
  format: 'esm',
  packages: 'external',
  logLevel: 'error',
});
const { missingServers } = await import(pathToFileURL(ensure).href);
const missing = Object.values(missingServers((line) => console.log(line))).filter(Boolean);
for (const reason of missing) console.log(`skipping a part of the rig: ${reason}`);

const built =
  spawnSync(process.execPath, [join(root, 'scripts/build.mjs')], { cwd: root, stdio: 'inherit' }).status === 0;
if (!built) console.log('vpccni does not build: tests that run it fail');

const report = process.env.VPCCNI_TEST_REPORT ?? join(cache, 'report.json');
rmSync(report, { force: true });
const asked = process.argv.slice(2);
// A reporter asked for stands instead of the configured ones, of which one writes the sums.
const sumsToo = asked.some((a) => a.startsWith('--reporter')) ? ['--reporter=json', `--outputFile=${report}`] : [];
const args = ['run', '--project', 'rig', ...asked, ...sumsToo];
const tests = spawnSync(process.execPath, [join(root, 'node_modules/vitest/vitest.mjs'), ...args], {
  cwd: root,
  stdio: 'inherit',
  env: { ...process.env, VPCCNI_TEST_REPORT: report },
});

const nothing = { numPassedTests: 0, numFailedTests: 1, numPendingTests: 0, numTodoTests: 0, testResults: [] };
const sums = existsSync(report) ? JSON.parse(readFileSync(report, 'utf8')) : nothing;
const broken = sums.testResults.filter((f) => f.status === 'failed' && f.assertionResults.length === 0).length;
const failed = sums.numFailedTests + broken;
const skipped = sums.numPendingTests + sums.numTodoTests;
for (const reason of missing) console.log(`skipped: ${reason}`);
console.log(`${sums.numPassedTests} passed, ${failed} failed${skipped ? `, ${skipped} skipped` : ''}`);
process.exitCode = tests.status || (failed > 0 || !built ? 1 : 0);
