/** The same answers on every supported Node.js: 20, 22 and 24, installed from the npm package `node`. */
import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { NODE_VERSIONS, nodeOf } from '../support/node-versions.ts';

const COMMANDS = [
  ['--version'],
  ['maxpods', '--instance', 'm5.large', '--all-modes', '-o', 'json'],
  ['simulate', '--instance', 'm5.large', '--pods', '0..29', '-o', 'json'],
  ['inspect', '--demo', '-o', 'json'],
  ['inspect', '--demo'],
  ['explain', 'SUB001'],
  ['maxpods', '--instance', 'no.such'],
];

function run(node: string, args: readonly string[]) {
  const r = spawnSync(node, ['bin/vpccni.js', ...args], {
    encoding: 'utf8',
    maxBuffer: 1 << 28,
    env: { PATH: process.env.PATH, COLUMNS: '120' },
  });
  // offline reports carry the time they were made
  const stdout = r.stdout.replace(/"generatedAt": ".*"/, '"generatedAt": "now"').replace(/Node\.js v?\S+/, 'Node.js');
  return { code: r.status, stdout, stderr: r.stderr };
}

describe('supported Node.js versions', () => {
  const expected = new Map(COMMANDS.map((c) => [c.join(' '), run(process.execPath, c)]));

  for (const version of NODE_VERSIONS) {
    const node = nodeOf(version);
    describe(`Node.js ${version}`, () => {
      it.skipIf(!node)('is what it says', () => {
        expect(spawnSync(node!, ['--version'], { encoding: 'utf8' }).stdout).toMatch(new RegExp(`^v${version}\\.`));
      });
      it.skipIf(!node).each(COMMANDS.map((c) => [c.join(' '), c] as const))('vpccni %s', (name, args) => {
        expect(run(node!, args)).toEqual(expected.get(name));
      });
    });
  }
});
