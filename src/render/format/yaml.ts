/** `-o yaml`: the report as JSON has it, in YAML. */

import { REPORT_KINDS } from '../../inspect/contract/kinds.ts';
import { sanitizeLines } from '../sanitize.ts';
import type { ReportFormat } from './define-format.ts';

export const yaml: ReportFormat = {
  name: 'yaml',
  // A snapshot is read back from JSON alone.
  kinds: REPORT_KINDS.filter((kind) => kind !== 'SnapshotSummary'),
  wants: 'report',
  write: async (report) => {
    // a CommonJS package: once it is bundled, an import() yields nothing but the default export
    const { default: library } = await import('yaml');
    return sanitizeLines(library.stringify(report, { lineWidth: 0, aliasDuplicateObjects: false }));
  },
};
