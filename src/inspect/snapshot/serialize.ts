import type { ClusterSnapshot } from '../snapshot.ts';

/**
 * A snapshot as pieces of text, one section a line: small enough for 150,000 pods, and two snapshots can still be compared line by line.
 */
export function* snapshotPieces(snapshot: ClusterSnapshot): Generator<string> {
  let lead = '{\n';
  for (const [key, value] of Object.entries(snapshot)) {
    if (value === undefined) continue;
    yield `${lead}${JSON.stringify(key)}:${JSON.stringify(value)}`;
    lead = ',\n';
  }
  yield '\n}\n';
}
