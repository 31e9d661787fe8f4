import type { ClusterSnapshot } from '../snapshot.ts';

/**
 * A snapshot as text, one section a line: small enough for 150,000 pods, and two snapshots can still be compared line by line.
 */
export function serializeSnapshot(snapshot: ClusterSnapshot): string {
  const lines = Object.entries(snapshot)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value)}`);
  return `{\n${lines.join(',\n')}\n}\n`;
}
