import { expect, it } from 'vitest';
import { dropPages } from '../../src/commands/lean-heap.ts';

const page = () => new WeakRef(Buffer.alloc(32 * 1024 * 1024));
/** What is looked at through a WeakRef stays until the turn is over. */
const turn = () => new Promise((resolve) => setImmediate(resolve));

it('gives back pages that nobody holds any more', async () => {
  const left = page();
  await turn();
  dropPages();
  await turn();
  expect(left.deref()).toBeUndefined();
  expect('gc' in globalThis).toBe(false);
});
