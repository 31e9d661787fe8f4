/** `-o json`: the report itself, indented, in the order its fields are declared. */

import { REPORT_KINDS } from '../../inspect/contract/kinds.ts';
import { escapeUnseen } from '../sanitize.ts';
import type { ReportFormat } from './define-format.ts';

export const json: ReportFormat = {
  name: 'json',
  kinds: REPORT_KINDS,
  wants: 'report',
  write: (report) => `${escapeUnseen(JSON.stringify(report, null, 2))}\n`,
};
