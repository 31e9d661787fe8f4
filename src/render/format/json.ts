/** `-o json`: the report itself, indented, in the order its fields are declared. */

import { REPORT_KINDS } from '../../inspect/contract/kinds.ts';
import { jsonPieces } from '../json-pieces.ts';
import type { ReportFormat } from './define-format.ts';

export const json: ReportFormat = {
  name: 'json',
  kinds: REPORT_KINDS,
  wants: 'report',
  write: (report) => ({ text: jsonPieces(report) }),
};
