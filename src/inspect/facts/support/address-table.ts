/**
 * IPv4 addresses, each with a number: a hash table in two arrays. A map of the 150,000 addresses of a large cluster takes several
 * times as long to make.
 */
export class AddressTable {
  readonly #keys: Uint32Array;
  /** One more than the number; 0 where the place is empty. */
  readonly #values: Int32Array;
  readonly #shift: number;
  readonly #mask: number;

  /** @param most how many different addresses it will hold at most */
  constructor(most: number) {
    const bits = Math.max(4, Math.ceil(Math.log2(2 * most + 2)));
    const size = 2 ** bits;
    this.#shift = 32 - bits;
    this.#keys = new Uint32Array(size);
    this.#values = new Int32Array(size);
    this.#mask = size - 1;
  }

  /** The number of an address; undefined where it has none. */
  get(address: number): number | undefined {
    const value = this.#values[this.#placeOf(address)]!;
    return value === 0 ? undefined : value - 1;
  }

  /** @param value 0 to 2^31 - 2 */
  set(address: number, value: number): void {
    const place = this.#placeOf(address);
    this.#keys[place] = address;
    this.#values[place] = value + 1;
  }

  /** Where the address stands, or the empty place where it would. */
  #placeOf(address: number): number {
    // Fibonacci hashing of a block; its sixteen addresses lie side by side, since they are asked for one after the other
    let place = ((Math.imul(address >>> 4, 0x9e3779b1) >>> this.#shift) & ~15) | (address & 15);
    while (this.#values[place] !== 0 && this.#keys[place] !== address) place = (place + 1) & this.#mask;
    return place;
  }
}
