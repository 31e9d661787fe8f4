/** The README shows a real screen: every line of it is one that the demo prints. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { main } from '../src/cli.ts';
import { fakeIo } from './commands/fake-io.ts';

const readme = readFileSync('README.md', 'utf8');

describe('README', () => {
  it('shows lines of the demo only', async () => {
    const block = readme.split('```').find((b) => b.includes('WITHOUT AN ADDRESS')) ?? '';
    const io = fakeIo({ env: { COLUMNS: '100' } });
    await main(['inspect', '--from', 'data/demo.json.gz'], io);
    const printed = new Set(io.out().split('\n'));
    const shown = block.split('\n').filter((l) => l !== '' && l !== '…');
    expect(shown.length).toBeGreaterThan(20);
    expect(shown.filter((l) => !printed.has(l))).toEqual([]);
  });

  it('names files that exist', () => {
    for (const [, path = ''] of readme.matchAll(/\]\(((?!http)[^)]+)\)/g))
      expect(() => readFileSync(path), path).not.toThrow();
  });
});
