import { node, small } from '../small.ts';

export const prefixMigration = small({
  name: 'prefix-migration',
  story: 'Prefix mode was switched on yesterday; the old node is full of single addresses, the new one holds prefixes.',
  cni: {
    env: { ENABLE_PREFIX_DELEGATION: 'true', WARM_PREFIX_TARGET: '1' },
    updatedMinutesAgo: 26 * 60,
  },
  nodes: {
    old: node('a', 24, { enis: [{ singles: 9 }, { singles: 9 }, { singles: 9 }] }),
    fresh: node('b', 30, { maxPods: 110, ageMinutes: 20 * 60 }),
  },
  told: ['MAX002', 'MAX003 <- MAX002', 'PFX004 <- MAX002'],
  shows: {
    // three ENIs of nine slots, sixteen addresses each
    PFX004: { nodes: 1, slots: 27, maxPods: 29 },
    MAX002: { nodes: 1, podIps: 432, maxPods: 29, possible: 110 },
  },
});
