/**
 * Screens as users see them: each Markdown file of test/golden holds commands with what they print and how they exit.
 * `UPDATE_GOLDEN=1 npx vitest run test/golden.test.ts` writes what they print now; read the difference before keeping it.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable, Writable } from 'node:stream';
import { afterEach, describe, expect, it } from 'vitest';
import { main } from '../src/cli.ts';
import { GOLDEN_INPUTS } from './support/golden-inputs.ts';
import { maskCounts } from './support/mask-counts.ts';

/** Two days after the demo was taken. */
const NOW = Date.parse('2026-11-26T09:00:00Z');
const DIRECTORY = 'test/golden';
const BLOCK = /```console\n\$ (.*)\n([\s\S]*?)```\n\nExit code (\d+)\.\n/g;

interface Outcome {
  readonly output: string;
  readonly code: number;
}

/** Runs `NAME=value … vpccni … < input`; what goes to stderr is marked as such. */
async function runLine(line: string): Promise<Outcome> {
  const [command, input] = line.split(' < ');
  const words = (command!.match(/'[^']*'|\S+/g) ?? []).map((w) => w.replace(/^'(.*)'$/, '$1'));
  const at = words.indexOf('vpccni');
  const env = Object.fromEntries(words.slice(0, at).map((w) => w.split('=', 2) as [string, string]));
  let output = '';
  const sink = (mark: string) =>
    new Writable({
      write(chunk, _, done) {
        output += String(chunk).replace(/^(?=.)/gm, mark);
        done();
      },
    });
  const text = input ? JSON.stringify(GOLDEN_INPUTS[input]!()) : '';
  await main(words.slice(at + 1), {
    stdin: Readable.from([text]),
    stdout: sink(''),
    stderr: sink('stderr: '),
    env,
    now: () => NOW,
  });
  return { output: maskCounts(output), code: Number(process.exitCode ?? 0) };
}

afterEach(() => {
  process.exitCode = undefined;
});

describe.each(readdirSync(DIRECTORY).filter((f) => f.endsWith('.md')))('%s', (file) => {
  const path = join(DIRECTORY, file);
  const text = readFileSync(path, 'utf8');
  const blocks = [...text.matchAll(BLOCK)].map(([whole, line, output, code]) => ({ whole, line: line!, output, code }));

  it('holds commands', () => {
    expect(blocks.length).toBeGreaterThan(0);
  });

  it.each(blocks)('$line', async ({ whole, line, output, code }) => {
    const now = await runLine(line);
    if (process.env.UPDATE_GOLDEN) {
      const block = `\`\`\`console\n$ ${line}\n${now.output}\`\`\`\n\nExit code ${now.code}.\n`;
      writeFileSync(
        path,
        readFileSync(path, 'utf8').replace(whole!, () => block),
      );
      return;
    }
    expect(now.output).toBe(output);
    expect(now.code).toBe(Number(code));
  });
});
