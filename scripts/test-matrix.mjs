// npm run test:matrix: the unit tests on every supported Node.js, each from the npm package `node`. Arguments go to vitest; a
// version alone, `npm run test:matrix -- 22`, runs that one.
import { spawnSync } from 'node:child_process';
import { dirname } from 'node:path';
import { build } from 'esbuild';

const { outputFiles } = await build({
  entryPoints: ['test/support/node-versions.ts'],
  bundle: true,
  write: false,
  platform: 'node',
  format: 'esm',
});
const { NODE_VERSIONS, nodeOf } = await import(
  `data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString('base64')}`
);
const args = process.argv.slice(2);
const asked = args.filter((a) => NODE_VERSIONS.includes(a));
const toVitest = args.filter((a) => !asked.includes(a));

const ended = (asked.length > 0 ? asked : NODE_VERSIONS).map((version) => {
  const node = nodeOf(version);
  if (node === undefined) return [version, 'cannot be installed here', false];
  const { stdout } = spawnSync(node, ['--version'], { encoding: 'utf8' });
  console.log(`\nNode.js ${stdout.trim()}`);
  // built by itself: what is kept compiled is for the V8 that compiled it
  if (spawnSync(node, ['scripts/build.mjs'], { stdio: 'inherit' }).status !== 0)
    return [version, 'does not build', false];
  // tests start the program with the Node.js they run on, and some by the name `node`
  const { status } = spawnSync(node, ['node_modules/vitest/vitest.mjs', 'run', '--project', 'unit', ...toVitest], {
    stdio: 'inherit',
    env: { ...process.env, PATH: `${dirname(node)}:${process.env.PATH}` },
  });
  return [stdout.trim(), status === 0 ? 'passes' : `fails (${status})`, status === 0];
});
// dist/ as it was, for the Node.js at hand
spawnSync(process.execPath, ['scripts/build.mjs'], { stdio: 'inherit' });
console.log();
for (const [version, outcome] of ended) console.log(`Node.js ${version}: ${outcome}`);
if (ended.some(([, , good]) => !good)) process.exitCode = 1;
