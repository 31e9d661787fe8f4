import { spawnSync } from 'node:child_process';
import { expect, it, vi } from 'vitest';
import { keepHeapLean } from '../../src/commands/lean-heap.ts';

const given = vi.hoisted(() => [] as string[]);
vi.mock('node:v8', () => ({ setFlagsFromString: (flag: string) => given.push(flag) }));

it('a flag that this engine knows keeps the heap lean', () => {
  keepHeapLean();
  expect(given).toHaveLength(1);
  const known = spawnSync(process.execPath, ['--v8-options'], { encoding: 'utf8' }).stdout;
  expect(known).toContain(`\n  ${given[0]!.replace(/=\d+$/, '')} (`);
});
