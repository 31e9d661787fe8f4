'use strict';
/** Checks the version of Node.js before anything is read that an old one could not read. */
exports.run = function run(argv, name) {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major < 20 || (major === 20 && minor < 19)) {
    process.stderr.write(`vpccni needs Node.js 20.19 or newer (22 recommended); this is ${process.versions.node}\n`);
    process.exitCode = 2;
    return;
  }
  let start;
  try {
    ({ start } = require('../dist/start.js'));
  } catch (error) {
    if (error.code !== 'MODULE_NOT_FOUND') throw error;
    process.stderr.write('vpccni is not built: run "npm run build" in its folder (npm was told to skip scripts)\n');
    process.exitCode = 2;
    return;
  }
  start(argv, name);
};
