/** The README shows a real screen: the ends of what the demo prints. `UPDATE_GOLDEN=1` writes it anew. */
import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { main } from '../src/cli.ts';
import { fakeIo } from './commands/fake-io.ts';
import { maskCounts } from './support/mask-counts.ts';

const readme = readFileSync('README.md', 'utf8');
const BLOCK = /```\n(\S+ · EKS [^`]*)```/;

/** Its head, its subnets, and from the gravest finding on the rest. */
async function excerpt(): Promise<string> {
  const io = fakeIo({ env: { COLUMNS: '100' } });
  await main(['inspect', '--demo'], io);
  const lines = io.out().trimEnd().split('\n');
  const section = (title: string) => lines.findIndex((l) => l.startsWith(title));
  const subnets = lines.slice(section('SUBNETS'));
  const gravest = lines.lastIndexOf('', lines.lastIndexOf('') - 1) + 1;
  return [
    ...lines.slice(0, lines.indexOf('') + 1),
    ...subnets.slice(0, subnets.indexOf('') + 1),
    '…',
    ...lines.slice(gravest),
    '',
  ].join('\n');
}

describe('README', () => {
  it('shows what the demo prints', async () => {
    const now = await excerpt();
    expect(now.split('\n').length).toBeGreaterThan(30);
    if (process.env.UPDATE_GOLDEN)
      writeFileSync(
        'README.md',
        readme.replace(BLOCK, () => `\`\`\`\n${now}\`\`\``),
      );
    else expect(maskCounts(BLOCK.exec(readme)?.[1] ?? '')).toBe(maskCounts(now));
  });

  it('names files that exist', () => {
    for (const [, path = ''] of readme.matchAll(/\]\(((?!http)[^)]+)\)/g))
      expect(() => readFileSync(path), path).not.toThrow();
  });
});
