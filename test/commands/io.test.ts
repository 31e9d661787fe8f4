import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { gunzipSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { OutputFlags } from '../../src/cli/options.ts';
import { UsageError } from '../../src/commands/exit-code.ts';
import { colorWanted, type Io, outputTargets, terminalWidth, widthOfErrors } from '../../src/commands/io.ts';
import { readJsonInput } from '../../src/commands/read-input.ts';
import { writeFileWhole } from '../../src/commands/write-file.ts';

function io(env: Record<string, string> = {}, tty = false, input = ''): Io {
  const out = Object.assign(new PassThrough(), { isTTY: tty, columns: tty ? 120 : undefined });
  return { stdin: Readable.from([input]), stdout: out, stderr: new PassThrough(), env };
}

describe('colour', () => {
  it.each<[string, Io, OutputFlags, boolean]>([
    ['a terminal', io({}, true), {}, true],
    ['a pipe', io({}, false), {}, false],
    ['a dumb terminal', io({ TERM: 'dumb' }, true), {}, false],
    ['NO_COLOR on a terminal', io({ NO_COLOR: '1' }, true), {}, false],
    ['FORCE_COLOR in a pipe', io({ FORCE_COLOR: '1' }), {}, true],
    ['NO_COLOR beats FORCE_COLOR', io({ NO_COLOR: '1', FORCE_COLOR: '1' }), {}, false],
    ['an empty NO_COLOR says nothing', io({ NO_COLOR: '', FORCE_COLOR: '1' }), {}, true],
    ['--color always beats NO_COLOR', io({ NO_COLOR: '1' }), { color: 'always' }, true],
    ['--no-color', io({ FORCE_COLOR: '1' }, true), { color: false }, false],
  ])('%s', (_, streams, flags, wanted) => {
    expect(colorWanted(streams, flags, true)).toBe(wanted);
  });
});

describe('width', () => {
  it('is COLUMNS, else the terminal, else 100', () => {
    expect(terminalWidth(io({ COLUMNS: '80' }, true))).toBe(80);
    expect(terminalWidth(io({}, true))).toBe(120);
    expect(terminalWidth(io())).toBe(100);
    expect(terminalWidth(io({ COLUMNS: 'wide' }))).toBe(100);
  });
  it('of standard error is no other than COLUMNS or its own terminal: nothing is cut in a file', () => {
    expect(widthOfErrors(io({ COLUMNS: '80' }, true))).toBe(80);
    expect(widthOfErrors(io({}, true))).toBeGreaterThan(100_000);
  });
});

describe('output targets', () => {
  it('reads FORMAT and FORMAT=FILE, a file name may hold "="', () => {
    expect(outputTargets({ output: ['table', 'json=a=b.json'] }, 'Inspection')).toEqual([
      { format: 'table' },
      { format: 'json', file: 'a=b.json' },
    ]);
  });
  it('puts nothing beside a report that is read whole', () => {
    const mixtures = [
      ['json', 'junit'],
      ['table', 'sarif'],
      ['json=a', 'table=a'],
      ['json=a', 'yaml=./b/../a'],
      ['json', 'json=-'],
    ];
    for (const output of mixtures)
      expect(() => outputTargets({ output }, 'Inspection'), output.join()).toThrow(/would both be in/);
    expect(outputTargets({ output: ['table', 'github', 'json=a', 'junit=b'] }, 'Inspection')).toHaveLength(4);
  });
  it('writes to standard output for "-", as it reads standard input', () => {
    expect(outputTargets({ output: ['json=-', 'table=a'] }, 'Inspection')).toEqual([
      { format: 'json' },
      { format: 'table', file: 'a' },
    ]);
  });
  it('names the formats when one does not exist', () => {
    expect(() => outputTargets({ output: ['nope'] }, 'Inspection')).toThrow(/nope.*table, wide, json/);
  });
  it('says what a format writes when it does not write this report, and what does', () => {
    expect(() => outputTargets({ output: ['csv'] }, 'Permissions')).toThrow(
      /^csv does not write permissions; it writes inspect, .*maxpods, simulate, .*For permissions there are: table, wide, json/,
    );
    expect(() => outputTargets({ output: ['value'] }, 'Inspection')).toThrow('value does not write inspect');
  });
  it('misses the name of a file', () => {
    expect(() => outputTargets({ output: ['json='] }, 'Inspection')).toThrow('names no file');
  });
});

describe('files', () => {
  const dir = mkdtempSync(join(tmpdir(), 'vpccni-'));

  it('appear whole and leave nothing behind', async () => {
    await writeFileWhole(join(dir, 'a.json'), '{}');
    await writeFileWhole(join(dir, 'a.json.gz'), '{"a":1}');
    expect(readFileSync(join(dir, 'a.json'), 'utf8')).toBe('{}');
    expect(gunzipSync(readFileSync(join(dir, 'a.json.gz'))).toString()).toBe('{"a":1}');
    await expect(writeFileWhole(join(dir, 'none', 'a.json'), '')).rejects.toThrow(/no such file or directory/);
    expect(readdirSync(dir).sort()).toEqual(['a.json', 'a.json.gz']);
  });

  it('are read plain or compressed, from a name or standard input', async () => {
    writeFileSync(join(dir, 'b.bin'), gzipSync('{"b":2}'));
    expect(await readJsonInput(io(), join(dir, 'b.bin'))).toEqual({ b: 2 });
    expect(await readJsonInput(io({}, false, '{"c":3}'), '-')).toEqual({ c: 3 });
  });

  it('say in one line what is wrong with them', async () => {
    await expect(readJsonInput(io(), join(dir, 'missing'))).rejects.toThrow(UsageError);
    await expect(readJsonInput(io({}, false, ''), '-')).rejects.toThrow('standard input is empty');
    await expect(readJsonInput(io({}, false, '{'), '-')).rejects.toThrow(/standard input is not JSON/);
  });
});
