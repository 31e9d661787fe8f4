// What is published is the bundle, which carries its libraries: its package.json names none to install.
// Usage: node scripts/package-manifest.mjs --strip (before packing) | --restore (after packing)
import { copyFileSync, existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';

const MANIFEST = 'package.json';
const KEPT = '.package.json.kept';

if (process.argv.includes('--strip')) {
  // A packing that was cut short left the stripped one behind: the kept one is the right one.
  if (!existsSync(KEPT)) copyFileSync(MANIFEST, KEPT);
  const { dependencies, devDependencies, scripts, ...published } = JSON.parse(readFileSync(KEPT, 'utf8'));
  // npm finds what to run after packing here.
  const { postpack } = scripts;
  writeFileSync(MANIFEST, `${JSON.stringify({ ...published, scripts: { postpack } }, null, 2)}\n`);
} else if (existsSync(KEPT)) {
  renameSync(KEPT, MANIFEST);
}
