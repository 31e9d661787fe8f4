/**
 * Random small clusters filled node by node, address by address, against the range that is printed. The placers here know
 * nothing of ledgers: they hold every address of the subnet, and refuse an ENI when EC2 would.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { projected, worst } from '../../support/plan-world.ts';
import { World } from '../checks/world.ts';

type Pick = (candidates: readonly number[], taken: Uint8Array) => number;

const BLOCK = 16;

/** Addresses of a subnet, AWS's own taken. */
function fresh(size: number): Uint8Array {
  const taken = new Uint8Array(size);
  for (const at of [0, 1, 2, 3, size - 1]) taken[at] = 1;
  return taken;
}

function isWhole(taken: Uint8Array, block: number): boolean {
  return taken.subarray(block * BLOCK, (block + 1) * BLOCK).every((t) => t === 0);
}

/** One ENI with so many prefixes, its own address first: all of it or nothing. */
function addEni(taken: Uint8Array, prefixes: number, pick: Pick): boolean {
  const before = taken.slice();
  const free = [...taken.keys()].filter((at) => taken[at] === 0);
  if (free.length === 0) return false;
  taken[pick(free, taken)] = 1;
  const whole = Array.from({ length: taken.length / BLOCK }, (_, b) => b).filter((b) => isWhole(taken, b));
  if (whole.length < prefixes) {
    taken.set(before);
    return false;
  }
  for (const block of whole.slice(0, prefixes)) taken.fill(1, block * BLOCK, (block + 1) * BLOCK);
  return true;
}

/** Into a block that is broken already, as long as there is one. */
const packing: Pick = (free, taken) => free.find((at) => !isWhole(taken, Math.floor(at / BLOCK))) ?? free[0]!;
/** Into a whole block, as long as there is one. */
const spoiling: Pick = (free, taken) => free.find((at) => isWhole(taken, Math.floor(at / BLOCK))) ?? free[0]!;

function nodesThatFit(start: Uint8Array, prefixes: number, pick: Pick): number {
  const taken = start.slice();
  for (let added = 0; ; added++) if (!addEni(taken, prefixes, pick)) return added;
}

/** A node with 5 pods holds its own address and two prefixes under WARM_PREFIX_TARGET=1; others hold single addresses. */
const clusters = fc.record({
  length: fc.constantFrom(24, 25, 26),
  pods: fc.integer({ min: 1, max: 60 }),
  others: fc.integer({ min: 0, max: 40 }),
  every: fc.constantFrom(1, 3, 17),
});

describe('room for nodes in prefix mode', () => {
  it('is reached at both ends by placers that want it, and random ones stay inside', async () => {
    await fc.assert(
      fc.asyncProperty(clusters, fc.integer(), async ({ length, pods, others, every }, seed) => {
        const size = 2 ** (32 - length);
        const prefixes = 1 + Math.ceil(pods / BLOCK);
        const held = Math.min(others, Math.floor((size - 1 - 4 - (prefixes + 2) * BLOCK) / every) - 2);
        const world = new World().subnet('subnet-a', `10.0.0.0/${length}`, 'eu-west-1a');
        if (held > 0) world.foreign('eni-other', 'subnet-a', held, {}, every);
        world.node('a', { home: 'subnet-a', primary: prefixes, prefixes: true, running: pods, maxPods: 110 });
        const of = world.snapshot({ env: { ENABLE_PREFIX_DELEGATION: 'true' } });
        const start = fresh(size);
        const enis = of.networkInterfaces.status === 'ok' ? of.networkInterfaces.data : [];
        const offset = (ip: string) => ip.split('.').reduce((n, octet) => n * 256 + Number(octet), 0) - 10 * 2 ** 24;
        for (const eni of enis) {
          for (const ip of [eni.primaryIp!, ...eni.secondaryIps]) start[offset(ip)] = 1;
          for (const prefix of eni.prefixes)
            start.fill(1, offset(prefix.split('/')[0]!), offset(prefix.split('/')[0]!) + BLOCK);
        }
        const { nodesUntilExhaustion: room } = await projected(of, 'today');
        const most = typeof room === 'number' ? room : room!.max;
        expect(nodesThatFit(start, prefixes, spoiling)).toBe(worst(room!));
        expect(nodesThatFit(start, prefixes, packing)).toBe(most);
        let state = seed >>> 0;
        const random: Pick = (free) => {
          state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
          return free[state % free.length]!;
        };
        const anyhow = nodesThatFit(start, prefixes, random);
        expect(anyhow).toBeGreaterThanOrEqual(worst(room!));
        expect(anyhow).toBeLessThanOrEqual(most);
      }),
      { numRuns: 150 },
    );
  });
});
