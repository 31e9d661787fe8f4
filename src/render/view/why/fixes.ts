/** What to type: the quickest way with its commands, the others by their titles; everything in the wide format. */

import { EFFECTS } from '../../../inspect/contract/effects.ts';
import type { Fix } from '../../../inspect/contract/finding.ts';
import { freesText } from '../../../inspect/contract/words.ts';
import { type Block, span } from '../../blocks.ts';
import { commandsShown } from '../inspect/commands.ts';

export function fixesBlocks(fixes: readonly Fix[], wide: boolean): Block[] {
  return fixes.flatMap((fix, i): Block[] => {
    const full = wide || i === 0;
    const beside = [
      EFFECTS[fix.effect],
      ...(fix.frees ? [`frees ${freesText(fix.frees)}`] : []),
      ...(full && fix.risk ? [`risk: ${fix.risk}`] : []),
    ];
    return [
      {
        kind: 'line',
        hang: 2,
        text: [span(i === 0 ? '→ ' : 'or ', 'accent'), fix.title, span(` · ${beside.join(' · ')}`, 'muted')],
      },
      ...(full ? commandsShown(fix, wide) : []),
    ];
  });
}
