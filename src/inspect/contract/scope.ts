/** Where findings meet. */
import type { Scope } from './finding.ts';

export function scopesOverlap(a: Scope, b: Scope): boolean {
  return (['nodes', 'pods', 'subnets', 'zones'] as const).some((k) => {
    const other = new Set(b[k]);
    return a[k]?.some((x) => other.has(x)) ?? false;
  });
}
