import type { Random } from './random.ts';

/**
 * The order in which Go walks a map: from a random position around a table of slots, empty ones skipped. ipamd picks ENIs
 * and CIDRs this way (`data_store.go:AssignPodIPv4Address`), so the choice is random but not even: with at most eight
 * entries they sit side by side in one group of eight, and the first is met first most of the time.
 */
export class GoMap<T extends object> {
  private slots: (T | undefined)[] = new Array<T | undefined>(GROUP).fill(undefined);
  private count = 0;
  private readonly random: Random;

  constructor(random: Random) {
    this.random = random;
  }

  get size(): number {
    return this.count;
  }

  add(item: T): void {
    const capacity = this.slots.length;
    if (capacity === GROUP) {
      if (this.count === GROUP) this.resize(2 * GROUP);
    } else if (this.count >= (capacity * 7) / 8) {
      this.resize(2 * capacity);
    }
    this.place(item);
    this.count += 1;
  }

  delete(item: T): void {
    const at = this.slots.indexOf(item);
    if (at < 0) return;
    this.slots[at] = undefined;
    this.count -= 1;
  }

  /** The first entry that satisfies the test in one walk. */
  find(test: (item: T) => boolean): T | undefined {
    const { slots } = this;
    const mask = slots.length - 1;
    const start = this.random.below(slots.length);
    for (let step = 0; step <= mask; step++) {
      const item = slots[(start + step) & mask];
      if (item !== undefined && test(item)) return item;
    }
    return undefined;
  }

  /** Whether any entry satisfies the test; the order does not matter and the random source is not touched. */
  some(test: (item: T) => boolean): boolean {
    for (const item of this.slots) if (item !== undefined && test(item)) return true;
    return false;
  }

  /** All entries in the order of one walk. */
  walk(): T[] {
    const { slots } = this;
    const mask = slots.length - 1;
    const start = this.random.below(slots.length);
    const items: T[] = [];
    for (let step = 0; step <= mask; step++) {
      const item = slots[(start + step) & mask];
      if (item !== undefined) items.push(item);
    }
    return items;
  }

  /** The order in which a copy, filled by walking this map, is walked itself (`data_store.go:GetENIInfos`). */
  walkCopy(): T[] {
    const copy = new GoMap<T>(this.random);
    for (const item of this.walk()) copy.add(item);
    return copy.walk();
  }

  /** Entries in no meaningful order, without touching the random source. */
  *[Symbol.iterator](): Generator<T> {
    for (const item of this.slots) if (item !== undefined) yield item;
  }

  /** A group of eight, chosen by the key's hash; when it is full the next ones in a fixed pattern. */
  private place(item: T): void {
    const { slots } = this;
    const groups = slots.length / GROUP;
    let group = groups === 1 ? 0 : this.random.below(groups);
    for (let probe = 1; ; probe++) {
      for (let at = group * GROUP; at < (group + 1) * GROUP; at++) {
        if (slots[at] !== undefined) continue;
        slots[at] = item;
        return;
      }
      group = (group + probe) & (groups - 1);
    }
  }

  private resize(capacity: number): void {
    const items = this.slots;
    this.slots = new Array<T | undefined>(capacity).fill(undefined);
    for (const item of items) if (item !== undefined) this.place(item);
  }
}

const GROUP = 8;
