/** `snapshot -o csv`: one row a section. */
import type { SnapshotSummary } from '../../../inspect/contract/snapshot-summary.ts';
import { type Rows, rowsOf } from './cells.ts';

export function snapshotRows({ sections }: SnapshotSummary): Rows {
  return rowsOf(sections, {
    section: (s) => s.name,
    status: (s) => s.status,
    items: (s) => s.items,
    lacking: (s) => s.lacking.join('; '),
  });
}
