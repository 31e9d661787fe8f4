/** What to type: the quickest way with its commands, the others by their titles; everything in the wide format. */

import { EFFECTS } from '../../../inspect/contract/effects.ts';
import type { Fix } from '../../../inspect/contract/finding.ts';
import { freesText } from '../../../inspect/contract/words.ts';
import { type Block, span } from '../../blocks.ts';
import { commandsShown, minding } from '../inspect/commands.ts';

/** @param setup what makes the commands reach the cluster; it stands before the first that are shown */
export function fixesBlocks(fixes: readonly Fix[], wide: boolean, setup: readonly string[]): Block[] {
  const first = fixes.findIndex((fix, i) => (wide || i === 0) && fix.commands.length > 0);
  return fixes.flatMap((fix, i): Block[] => {
    const full = wide || i === 0;
    const beside = [EFFECTS[fix.effect], ...(fix.frees ? [`frees ${freesText(fix.frees)}`] : [])];
    return [
      {
        kind: 'line',
        hang: 2,
        text: [
          span(i === 0 ? '→ ' : 'or ', 'accent'),
          fix.title,
          span(` · ${beside.join(' · ')}`, 'muted'),
          ...(full ? [minding(fix)] : []),
        ],
      },
      ...(i === first && setup.length > 0 ? commandsShown({ commands: setup }, wide) : []),
      ...(full ? commandsShown(fix, wide) : []),
    ];
  });
}
