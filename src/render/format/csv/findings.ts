/** `inspect -o csv`: one row a finding. */
import type { Finding } from '../../../inspect/contract/finding.ts';
import { type Rows, rowsOf } from './cells.ts';

export function findingRows(findings: readonly Finding[]): Rows {
  return rowsOf(findings, {
    id: (f) => f.id,
    code: (f) => f.code,
    subReason: (f) => f.subReason,
    severity: (f) => f.severity,
    confidence: (f) => f.confidence,
    title: (f) => f.title,
    message: (f) => f.message,
    grain: (f) => f.grain,
    resourcesTotal: (f) => f.resourcesTotal,
    resources: (f) => f.resources.map(({ id }) => id),
    causedBy: (f) => f.causedBy,
    fixes: (f) => f.fixes.map(({ title }) => title).join('; '),
  });
}
