import { AddressTable } from './address-table.ts';

/** IPv4 addresses, each once, in the order in which they were added. */
export class AddressSet implements Iterable<number> {
  readonly #table: AddressTable;
  readonly #list: Uint32Array;
  #size = 0;

  /** @param most how many different addresses it will hold at most */
  constructor(most: number) {
    this.#table = new AddressTable(most);
    this.#list = new Uint32Array(most);
  }

  get size(): number {
    return this.#size;
  }

  has(address: number): boolean {
    return this.#table.get(address) !== undefined;
  }

  add(address: number): void {
    if (this.has(address)) return;
    this.#table.set(address, this.#size);
    this.#list[this.#size++] = address;
  }

  [Symbol.iterator](): Iterator<number> {
    return this.#list.subarray(0, this.#size)[Symbol.iterator]();
  }
}
