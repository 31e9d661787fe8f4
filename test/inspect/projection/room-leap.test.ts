import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { copyOf, type End, type Ledger } from '../../../src/inspect/projection/ledger.ts';
import { place, type SitedNeed } from '../../../src/inspect/projection/placement.ts';
import { leapOver, takingsOf } from '../../../src/inspect/projection/room-leap.ts';
import type { Stretches } from '../../../src/inspect/projection/stretches.ts';
import { subnet } from '../../support/snapshot-builder.ts';

const IDS = ['subnet-a', 'subnet-b', 'subnet-c'];
const eni = fc.record({ singles: fc.integer({ min: 1, max: 30 }), blocks: fc.integer({ min: 0, max: 3 }) });
const node = fc.record({
  sites: fc.record({ node: fc.constantFrom(...IDS), pods: fc.constantFrom(...IDS).map((id) => [id]) }),
  need: fc.record({ primary: eni, further: fc.array(eni, { maxLength: 3 }), beside: fc.integer({ min: 0, max: 4 }) }),
});
const stretch = fc.record({ of: node, count: fc.integer({ min: 1, max: 5 }) });
const accounts = fc.tuple(
  ...IDS.map((subnetId) =>
    fc.record({
      subnet: fc.constant(subnet({ subnetId })),
      usable: fc.constant(65_531),
      usableBlocks: fc.constant(4094),
      upperBound: fc.constant(false),
      singles: fc.integer({ min: 0, max: 20_000 }),
      blocks: fc.option(fc.integer({ min: 0, max: 4000 }), { nil: null }),
      reserved: fc.integer({ min: 0, max: 5 }),
    }),
  ),
);

/** One node after the other, zone after zone, until one is refused. */
function oneByOne(ledger: Ledger, zones: readonly Stretches<SitedNeed>[], end: End, from: number): number {
  const each = zones.map((stretches) => stretches.flatMap(({ of, count }) => new Array<SitedNeed>(count).fill(of)));
  for (let added = from; ; added++) {
    const nodes = each[added % each.length]!;
    const { sites, need } = nodes[Math.floor(added / each.length) % nodes.length]!;
    if (place(ledger, sites, need, 'default', end).length > 0) return added;
  }
}

describe('placing nodes that surely fit at once', () => {
  it.each<End>(['best', 'worst'])('ends where placing them one by one ends (%s)', (end) => {
    fc.assert(
      fc.property(
        fc.array(fc.array(stretch, { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 3 }),
        accounts,
        (zones, all) => {
          const start: Ledger = new Map(all.map((a) => [a.subnet.subnetId, a]));
          const plain = copyOf(start);
          const leaping = copyOf(start);
          const expected = oneByOne(plain, zones, end, 0);
          const leapt = leapOver(leaping, takingsOf(zones, 'default'), end);
          expect(leapt).toBeLessThanOrEqual(expected);
          expect(oneByOne(leaping, zones, end, leapt)).toBe(expected);
          expect(leaping).toEqual(plain);
        },
      ),
      { numRuns: 200 },
    );
  });

  it('leaves nodes that may choose among subnets to be placed one by one', () => {
    const need = { primary: { singles: 1, blocks: 0 }, further: [{ singles: 10, blocks: 0 }], beside: 0 };
    expect(
      takingsOf([[{ of: { sites: { node: 'subnet-a', pods: ['subnet-a', 'subnet-b'] }, need }, count: 1 }]], 'default'),
    ).toBeUndefined();
  });
});
