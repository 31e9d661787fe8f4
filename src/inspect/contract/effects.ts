import type { Fix } from './finding.ts';

/** When a fix helps, in words; in the order in which they help. */
export const EFFECTS: Readonly<Record<Fix['effect'], string>> = {
  immediate: 'at once',
  minutes: 'within minutes',
  'node-replacement': 'as nodes are replaced',
};

const ORDER = Object.keys(EFFECTS);

export function byTimeToEffect(a: Fix, b: Fix): number {
  return ORDER.indexOf(a.effect) - ORDER.indexOf(b.effect);
}
