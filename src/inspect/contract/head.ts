/** The head of every report, made in one place. */

const REPORT_VERSION = 1;

export interface ReportHead<K extends string> {
  readonly schemaVersion: number;
  readonly kind: K;
  readonly tool: { readonly name: string; readonly version: string };
  /** When the report was made; for a report on a snapshot, when the snapshot was taken. */
  readonly generatedAt: string;
}

/** Who makes a report, and when: an ISO time. */
export type MadeBy = Pick<ReportHead<string>, 'tool' | 'generatedAt'>;

export function reportHead<const K extends string>(kind: K, { tool, generatedAt }: MadeBy): ReportHead<K> {
  return { schemaVersion: REPORT_VERSION, kind, tool, generatedAt };
}
