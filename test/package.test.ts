import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';

const MIB = 1024 * 1024;
const folder = mkdtempSync(join(tmpdir(), 'vpccni-package-'));
const source = join(folder, 'source');
afterAll(() => rmSync(folder, { recursive: true }));

const manifest = (action: string) =>
  execFileSync(process.execPath, ['scripts/package-manifest.mjs', action], { cwd: source });
const npm = (cwd: string, ...args: string[]) =>
  execFileSync('npm', [...args, '--offline', '--no-audit', '--no-fund'], { cwd, encoding: 'utf8' });

// A copy, because packing changes the manifest that other tests read.
mkdirSync(join(source, 'scripts'), { recursive: true });
for (const path of [
  'bin',
  'dist',
  'schema',
  'README.md',
  'LICENSE',
  'CHANGELOG.md',
  'package.json',
  'scripts/package-manifest.mjs',
])
  cpSync(path, join(source, path), { recursive: true });

it('is published without libraries to install, their licences inside, and works where nothing else is', () => {
  const before = readFileSync('package.json', 'utf8');
  manifest('--strip');
  manifest('--strip');
  const [packed] = JSON.parse(npm(source, 'pack', '--json', '--ignore-scripts', '--pack-destination', folder));
  manifest('--restore');
  expect(readFileSync(join(source, 'package.json'), 'utf8')).toBe(before);
  expect(packed.unpackedSize).toBeLessThan(15 * MIB);
  expect(packed.files.map(({ path }: { path: string }) => path)).toContain('dist/THIRD-PARTY-LICENCES.txt');

  const empty = join(folder, 'empty');
  mkdirSync(empty);
  writeFileSync(join(empty, 'package.json'), '{}');
  npm(empty, 'install', join(folder, packed.filename));
  const installed = JSON.parse(readFileSync(join(empty, 'package-lock.json'), 'utf8')).packages;
  expect(Object.keys(installed)).toEqual(['', 'node_modules/vpccni']);
  const run = (...args: string[]) =>
    execFileSync(join(empty, 'node_modules/.bin/vpccni'), args, { encoding: 'utf8', env: { PATH: process.env.PATH } });
  expect(run('inspect', '--demo')).toContain('CUS001');
  expect(run('maxpods', 'm5.large', '--prefix', '-o', 'value')).toBe('110\n');
  expect(run('help', 'maxpods')).toMatch(/^Usage: vpccni maxpods/);
});

it('ships the licence of every library it names, and of those that come with them', () => {
  const text = readFileSync('dist/THIRD-PARTY-LICENCES.txt', 'utf8');
  const { dependencies } = JSON.parse(readFileSync('package.json', 'utf8'));
  for (const name of Object.keys(dependencies)) expect(text, name).toContain(`\n${name} `);
  for (const name of ['emoji-regex', 'agent-base', 'tslib']) expect(text, name).toContain(`\n${name} `);
});
