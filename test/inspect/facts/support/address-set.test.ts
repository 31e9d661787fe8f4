import { expect, it } from 'vitest';
import { AddressSet } from '../../../../src/inspect/facts/support/address-set.ts';
import { dice } from '../../../support/mutations.ts';

it('a set of addresses answers as a set does, in the order in which they came', () => {
  for (let seed = 0; seed < 40; seed++) {
    const roll = dice(seed);
    const known = new Set<number>();
    const set = new AddressSet(200);
    for (let i = 0; i < 200; i++) {
      const address = roll(4) === 0 ? roll(2 ** 32) : 0x0a000000 + roll(100);
      set.add(address);
      known.add(address);
    }
    expect(set.size).toBe(known.size);
    expect([...set]).toEqual([...known]);
    for (let i = 0; i < 200; i++) expect(set.has(0x0a000000 + i)).toBe(known.has(0x0a000000 + i));
  }
  expect([...new AddressSet(0)]).toEqual([]);
});
