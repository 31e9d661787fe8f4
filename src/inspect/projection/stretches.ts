/** Lists in which many things that follow one another are the same: thousands of nodes are of some dozen kinds. */

/** One thing, so many times in a row. */
export interface Stretch<T> {
  readonly of: T;
  /** At least 1. */
  readonly count: number;
}

export type Stretches<T> = readonly Stretch<T>[];

/** A list of things that are not known to be alike. */
export function singly<T>(items: readonly T[]): Stretches<T> {
  return items.map((of) => ({ of, count: 1 }));
}

/** Number of things in the list. */
export function lengthOf(stretches: Stretches<unknown>): number {
  return stretches.reduce((n, { count }) => n + count, 0);
}

/** The thing in each place of the list, 0 to its length less one. */
export function placesOf<T>(stretches: Stretches<T>): (place: number) => T {
  let end = 0;
  const ends = stretches.map(({ count }) => {
    end += count;
    return end;
  });
  return (place) => {
    let [low, high] = [0, ends.length - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (ends[middle]! > place) high = middle;
      else low = middle + 1;
    }
    return stretches[low]!.of;
  };
}
