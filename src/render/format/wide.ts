/** `-o wide`: everything the views can say. */

import { REPORT_KINDS } from '../../inspect/contract/kinds.ts';
import type { BlocksFormat } from './define-format.ts';
import { writeText } from './table.ts';

export const wide: BlocksFormat = {
  name: 'wide',
  kinds: REPORT_KINDS,
  wants: 'blocks',
  wide: true,
  write: (blocks, options) => writeText(blocks, options, true),
};
