/** What would help, tried by the model: the best first. */
import type { ScenarioResult } from '../../../inspect/contract/plan.ts';
import { things } from '../../../inspect/contract/words.ts';
import { type Block, span } from '../../blocks.ts';
import { commandsShown } from '../inspect/commands.ts';

const SHOWN = 3;

export function remedyBlocks({ remedies }: ScenarioResult, wide: boolean): Block[] {
  const shown = wide ? remedies : remedies.slice(0, SHOWN);
  return shown.flatMap((r, i): Block[] => {
    const wins = [
      ...(r.addresses > 0 ? [`wins ${things(r.addresses, 'address', 'addresses')}`] : []),
      ...(r.blocks > 0 ? [`${things(r.blocks, '/28 block')}`] : []),
      ...(r.nodesToReplace > 0 ? [`${things(r.nodesToReplace, 'node')} to replace`] : []),
      r.sufficient ? 'enough' : 'not enough alone',
    ];
    const line: Block = {
      kind: 'line',
      indent: 2,
      hang: 2,
      text: [span(i === 0 ? '→ ' : 'or ', 'accent'), r.title, span(` · ${wins.join(' · ')}`, 'muted')],
    };
    return wide ? [line, ...commandsShown(r.fix, wide)] : [line];
  });
}
