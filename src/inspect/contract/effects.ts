import type { Fix } from './finding.ts';

/** When a fix helps, in words. */
export const EFFECTS: Readonly<Record<Fix['effect'], string>> = {
  immediate: 'at once',
  minutes: 'within minutes',
  'node-replacement': 'as nodes are replaced',
};
