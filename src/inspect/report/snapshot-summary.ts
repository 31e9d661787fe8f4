/** What a snapshot holds and what it lacks, for the screen of `vpccni snapshot`. */
import { REPORT_VERSION, type ReportHead } from '../contract/report.ts';
import { gapsOf, type Section } from '../snapshot/section.ts';
import { type ClusterSnapshot, SECTION_NAMES, type Source } from '../snapshot.ts';

export interface SnapshotSummary extends ReportHead<'SnapshotSummary'> {
  readonly cluster: string | null;
  readonly region: string | null;
  readonly kubernetesVersion: string | null;
  readonly collectedAt: string;
  readonly redacted: boolean;
  readonly sections: readonly {
    readonly name: string;
    readonly status: Section<unknown>['status'];
    /** Number of things in it; null where it is one thing or none was read. */
    readonly items: number | null;
    readonly lacking: readonly string[];
  }[];
  readonly sources: readonly Source[];
}

export function snapshotSummary(snapshot: ClusterSnapshot, tool: SnapshotSummary['tool']): SnapshotSummary {
  const { cluster } = snapshot;
  const known = 'data' in cluster ? cluster.data : undefined;
  return {
    schemaVersion: REPORT_VERSION,
    kind: 'SnapshotSummary',
    tool,
    generatedAt: snapshot.collectedAt,
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
