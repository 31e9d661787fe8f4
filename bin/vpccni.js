#!/usr/bin/env node
const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  process.stderr.write(`vpccni needs Node.js 20.19 or newer (22 recommended); this is ${process.versions.node}\n`);
  process.exitCode = 2;
} else {
  await start();
}

async function start() {
  const { existsSync } = await import('node:fs');
  if (!existsSync(new URL('../dist/cli.js', import.meta.url))) {
    process.stderr.write('vpccni is not built: run "npm run build" in its folder (npm was told to skip scripts)\n');
    process.exitCode = 2;
    return;
  }
  const { main } = await import('../dist/cli.js');
  await main(process.argv.slice(2), process);
  // All output is written. What was given up (a retry that waits, a plugin) must not keep the program.
  setTimeout(() => process.exit(), 250).unref();
}
