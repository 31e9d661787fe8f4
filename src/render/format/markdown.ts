/** `-o markdown`: what the views show, for a pull request or a wiki. */

import { REPORT_KINDS } from '../../inspect/contract/kinds.ts';
import { renderMarkdown } from '../markdown.ts';
import type { BlocksFormat } from './define-format.ts';

export const markdown: BlocksFormat = {
  name: 'markdown',
  kinds: REPORT_KINDS,
  wants: 'blocks',
  wide: false,
  document: true,
  write: (blocks, { ascii }) => renderMarkdown(blocks, { ascii }),
};
