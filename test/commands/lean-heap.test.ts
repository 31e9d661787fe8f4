import { spawnSync } from 'node:child_process';
import { expect, it, vi } from 'vitest';
import { keepHeapLean } from '../../src/commands/lean-heap.ts';

const given = vi.hoisted(() => [] as string[]);
vi.mock('node:v8', () => ({ setFlagsFromString: (flag: string) => given.push(flag) }));
keepHeapLean();
const flags = [...given];

it('flags that this engine knows keep the heap lean', () => {
  expect(flags).toHaveLength(2);
  const known = spawnSync(process.execPath, ['--v8-options'], { encoding: 'utf8' }).stdout;
  for (const flag of flags) expect(known).toContain(`\n  ${flag.replace(/=\d+$/, '')} (`);
});

it('the young generation grows no more once they are given to a program that runs', () => {
  const megabytes = (before: readonly string[]) => {
    const program = `
      const v8 = require('node:v8');
      const size = () => v8.getHeapSpaceStatistics().find((s) => s.space_name === 'new_space').space_size;
      for (const flag of ${JSON.stringify(before)}) v8.setFlagsFromString(flag);
      const kept = [];
      for (let i = 0; i < 1_000_000; i++) kept.push({ i });
      console.log(size() / 2 ** 20);`;
    return Number(spawnSync(process.execPath, ['-e', program], { encoding: 'utf8' }).stdout);
  };
  expect(megabytes([])).toBeGreaterThanOrEqual(16);
  expect(megabytes(flags)).toBeLessThanOrEqual(4);
});
