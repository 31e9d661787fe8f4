/** At most `most` of the given tasks run at once; the others wait their turn in order. */
export type Limit = <T>(task: () => Promise<T>) => Promise<T>;

export function limit(most: number): Limit {
  let running = 0;
  const waiting: (() => void)[] = [];
  return async (task) => {
    if (running >= most) await new Promise<void>((turn) => waiting.push(turn));
    else running++;
    try {
      return await task();
    } finally {
      const next = waiting.shift();
      if (next) next();
      else running--;
    }
  };
}
