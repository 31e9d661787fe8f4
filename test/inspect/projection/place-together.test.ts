import { expect, it } from 'vitest';
import { type Account, copyOf, type Ledger } from '../../../src/inspect/projection/ledger.ts';
import { place, type SitedNeed } from '../../../src/inspect/projection/placement.ts';
import { placeTogether } from '../../../src/inspect/projection/room-leap.ts';
import type { Stretch } from '../../../src/inspect/projection/stretches.ts';
import { dice } from '../../support/mutations.ts';
import { subnet } from '../../support/snapshot-builder.ts';

const account = (subnetId: string, singles: number, blocks: number | null, reserved: number): [string, Account] => [
  subnetId,
  {
    subnet: subnet({ subnetId }),
    usable: 0,
    usableBlocks: null,
    upperBound: false,
    singles: blocks === null ? singles * 16 : singles,
    blocks,
    reserved,
  },
];

it('nodes placed at once leave the ledger as nodes placed one by one, none refused, or untouched', () => {
  const outcomes = { together: 0, refused: 0 };
  const ids = ['subnet-a', 'subnet-b', 'subnet-c'];
  for (let seed = 0; seed < 600; seed++) {
    const roll = dice(seed * 7919 + 3);
    const ledger: Ledger = new Map(
      ids.slice(0, 2 + roll(2)).map((id) => account(id, roll(60), roll(8) ? roll(120) : null, roll(3) ? 0 : roll(9))),
    );
    const id = () => ids[roll(20) ? roll(2) : 2]!;
    const kinds = Array.from({ length: 1 + roll(4) }, (): SitedNeed => {
      const prefixes = roll(2) === 1;
      const part = () => ({ singles: prefixes ? 1 : 1 + roll(12), blocks: prefixes ? roll(3) : 0 });
      return {
        sites: { node: id(), pods: roll(30) ? [id()] : [id(), id()] },
        need: { primary: part(), further: Array.from({ length: roll(3) }, part), beside: roll(3) ? 0 : roll(5) },
      };
    });
    const nodes = Array.from({ length: roll(12) }, (): Stretch<SitedNeed> => {
      return { of: kinds[roll(kinds.length)]!, count: 1 + roll(3) };
    });
    for (const end of ['best', 'worst'] as const)
      for (const pattern of ['default', 'custom'] as const) {
        const [together, oneByOne] = [copyOf(ledger), copyOf(ledger)];
        const placed = placeTogether(together, nodes, pattern, end);
        if (placed)
          for (const { of, count } of nodes)
            for (let n = 0; n < count; n++) expect(place(oneByOne, of.sites, of.need, pattern, end)).toEqual([]);
        expect([...together.values()]).toEqual([...(placed ? oneByOne : ledger).values()]);
        outcomes[placed ? 'together' : 'refused']++;
      }
  }
  expect(Math.min(outcomes.together, outcomes.refused)).toBeGreaterThan(200);
});
