import { describe, expect, it } from 'vitest';
import { AddressTable } from '../../../../src/inspect/facts/support/address-table.ts';

describe('a table of addresses', () => {
  it('answers as a map does, for neighbours and for addresses far apart', () => {
    const known = new Map<number, number>();
    const addresses = Array.from({ length: 3000 }, (_, i) =>
      i % 3 === 0 ? 0x0a000000 + i : (Math.imul(i, 2654435761) >>> 0) % 2 ** 32,
    );
    const table = new AddressTable(addresses.length);
    addresses.forEach((address, i) => {
      table.set(address, i % 7);
      known.set(address, i % 7);
    });
    for (const address of addresses) expect(table.get(address)).toBe(known.get(address));
    for (let i = 0; i < 3000; i++) {
      const other = (Math.imul(i + 7919, 40503) >>> 0) % 2 ** 32;
      expect(table.get(other)).toBe(known.get(other));
    }
  });

  it('holds the first and the last address, and takes another number for one it has', () => {
    const table = new AddressTable(2);
    expect([table.get(0), table.get(0xffffffff)]).toEqual([undefined, undefined]);
    table.set(0, 4);
    table.set(0xffffffff, 0);
    table.set(0, 5);
    expect([table.get(0), table.get(0xffffffff)]).toEqual([5, 0]);
  });

  it('has a place for one where none was said to come', () => {
    expect(new AddressTable(0).get(1)).toBeUndefined();
  });
});
