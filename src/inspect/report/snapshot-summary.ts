/** What a snapshot holds and what it lacks, for the screen of `vpccni snapshot`. */
import { type MadeBy, reportHead } from '../contract/head.ts';
import type { SnapshotSummary } from '../contract/snapshot-summary.ts';
import { gapsOf, type Section } from '../snapshot/section.ts';
import { type ClusterSnapshot, SECTION_NAMES } from '../snapshot.ts';

export function snapshotSummary(snapshot: ClusterSnapshot, tool: MadeBy['tool']): SnapshotSummary {
  const { cluster } = snapshot;
  const known = 'data' in cluster ? cluster.data : undefined;
  return {
    ...reportHead('SnapshotSummary', { tool, generatedAt: snapshot.collectedAt }),
    cluster: known?.name ?? null,
    region: known?.region ?? null,
    kubernetesVersion: known?.version ?? null,
    collectedAt: snapshot.collectedAt,
    redacted: snapshot.redacted ?? false,
    sections: SECTION_NAMES.map((name) => {
      const section: Section<unknown> = snapshot[name];
      return {
        name,
        status: section.status,
        items: 'data' in section ? countOf(section.data) : null,
        lacking: gapsOf(section, name).map((g) => (g.section === name ? g.reason : `needs ${g.section}: ${g.reason}`)),
      };
    }),
    sources: snapshot.sources,
  };
}

function countOf(data: unknown): number | null {
  if (Array.isArray(data)) return data.length;
  const { count } = data as { count?: unknown };
  return typeof count === 'number' ? count : null;
}
