/** `-o table`: what fits one screen. */

import { REPORT_KINDS } from '../../inspect/contract/kinds.ts';
import type { Block } from '../blocks.ts';
import type { BlocksFormat, FormatOptions } from './define-format.ts';

export const table: BlocksFormat = {
  name: 'table',
  kinds: REPORT_KINDS,
  wants: 'blocks',
  wide: false,
  write: (blocks, options) => writeText(blocks, options, false),
};

/** Lays blocks out for a terminal. What colours and aligns is loaded here, by those who draw. */
export async function writeText(blocks: readonly Block[], options: FormatOptions, wide: boolean): Promise<string> {
  const [{ createTheme }, { renderText }] = await Promise.all([import('../theme.ts'), import('../text/text.ts')]);
  return renderText(blocks, { theme: createTheme(options), wide, headers: options.headers });
}
