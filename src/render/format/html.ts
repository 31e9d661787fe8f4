/** `-o html`: one page that can be mailed, printed and read without a network. */

import { REPORT_KINDS } from '../../inspect/contract/kinds.ts';
import { renderHtml } from '../html.ts';
import type { BlocksFormat } from './define-format.ts';

export const html: BlocksFormat = {
  name: 'html',
  kinds: REPORT_KINDS,
  wants: 'blocks',
  wide: true,
  page: true,
  write: (blocks, { now }) =>
    renderHtml(blocks, `Made by vpccni at ${new Date(now).toISOString().slice(0, 16)}Z; it only reads.`),
};
