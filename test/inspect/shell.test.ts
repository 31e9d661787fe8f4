import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { commandLine, quote, withInput } from '../../src/inspect/shell.ts';

/** What bash makes of a command line: its words, NUL between them. */
function wordsOf(line: string): string[] {
  const { stdout } = spawnSync('bash', ['-c', `printf '%s\\0' ${line}`], { encoding: 'utf8' });
  return stdout.split('\0').slice(0, -1);
}

const word = fc
  .oneof(
    fc.string({ minLength: 0, maxLength: 20 }),
    fc.string({
      unit: fc.constantFrom("'", '"', '\\', '$', '`', '!', ' ', '\n', '*', '~', '#', ';', '&', '|', '{', '}', 'a'),
      maxLength: 12,
    }),
  )
  .filter((w) => !w.includes('\0'));

describe('quote', () => {
  it.each([
    ['subnet-0a1', 'subnet-0a1'],
    ['WARM_IP_TARGET=2', 'WARM_IP_TARGET=2'],
    ['arn:aws:iam::1:role/x', 'arn:aws:iam::1:role/x'],
    ['', "''"],
    ['{}', "'{}'"],
    ["it's", "'it'\\''s'"],
    ['=cmd', "'=cmd'"],
    ['~root', "'~root'"],
    ['Subnets[0].SubnetId', "'Subnets[0].SubnetId'"],
  ])('%s → %s', (plain, quoted) => {
    expect(quote(plain)).toBe(quoted);
  });

  it('gives every word to bash as it is', () => {
    fc.assert(
      fc.property(fc.array(word, { minLength: 1, maxLength: 30 }), (words) => {
        expect(wordsOf(commandLine(...words))).toEqual(words);
      }),
      { numRuns: 60 },
    );
  });
});

describe('withInput', () => {
  it('hands the document over unchanged, dollars and quotes included', () => {
    const document = 'name: "a"\nvalue: $HOME `x` \'y\'';
    const { stdout } = spawnSync('bash', ['-c', withInput('cat', document)], { encoding: 'utf8' });
    expect(stdout).toBe(`${document}\n`);
  });
});
