/** Documents changed at random, the same in every run. */

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
/** A number from 0 up to, and without, the one given. */
export type Dice = (below: number) => number;

/** mulberry32: the same mutations in every run. */
export function dice(seed: number): Dice {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 4294967296) * below);
  };
}

/** What stands where something else is expected. */
export const ODD: readonly Json[] = [
  null,
  true,
  -1,
  1e21,
  0,
  '',
  'subnet-0ff',
  '10.0.0.0/33',
  'm9.huge',
  [],
  {},
  [null],
  { a: [] },
];

/** Replaces or removes one value somewhere; the document itself is changed. */
export function mutated(value: Json, roll: Dice, odd: readonly Json[] = ODD): Json {
  const places: { at: Json[] | { [key: string]: Json }; key: string | number }[] = [];
  const walk = (v: Json) => {
    if (typeof v !== 'object' || v === null) return;
    for (const key of Array.isArray(v) ? v.keys() : Object.keys(v)) {
      places.push({ at: v, key });
      walk((v as Record<string, Json>)[key]!);
    }
  };
  walk(value);
  if (places.length === 0) return value;
  const { at, key } = places[roll(places.length)]!;
  const map = at as Record<string, Json>;
  if (roll(4) === 0) Array.isArray(at) ? at.splice(Number(key), 1) : delete map[key];
  else map[key] = structuredClone(odd[roll(odd.length)]!);
  return value;
}
