/** A seeded source of random numbers (mulberry32): same seed, same run. */
export interface Random {
  /** A whole number from 0 up to, not including, `bound`. `bound` is 1 to 2^31. */
  below(bound: number): number;
}

export function seededRandom(seed: number): Random {
  let state = seed | 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return (t ^ (t >>> 14)) >>> 0;
  };
  return { below: (bound) => Math.floor((next() / 4_294_967_296) * bound) };
}
