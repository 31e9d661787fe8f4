/** What a change does, by the resource that causes it, and what of it was not understood. */
import type { ChangeSummary } from '../../../inspect/contract/plan.ts';
import { things } from '../../../inspect/contract/words.ts';
import { type Block, span } from '../../blocks.ts';

const SHOWN = 10;

export function changeBlocks(change: ChangeSummary | null, wide: boolean): Block[] {
  if (!change) return [];
  const effects = wide ? change.effects : change.effects.slice(0, SHOWN);
  const hidden = change.effects.length - effects.length;
  return [
    { kind: 'heading', text: 'CHANGE', note: span(change.files.join(', '), 'muted') },
    ...effects.map(
      (e): Block => ({
        kind: 'line',
        indent: 2,
        hang: 2,
        text: [e.address, span(` ${place(e)}  `, 'muted'), e.statement],
      }),
    ),
    ...(hidden > 0
      ? [{ kind: 'line', indent: 2, text: span(`${things(hidden, 'more effect')}: -o wide`, 'muted') } as const]
      : []),
    ...(change.unconcerned > 0
      ? [
          {
            kind: 'line',
            indent: 2,
            text: span(`${things(change.unconcerned, 'change')} without effect on addresses`, 'muted'),
          } as const,
        ]
      : []),
    ...change.notUnderstood.map(
      (n): Block => ({
        kind: 'line',
        indent: 2,
        hang: 2,
        text: [span('? ', 'warning'), n.address, span(` ${place(n)}  `, 'muted'), `not understood: ${n.reason}`],
      }),
    ),
  ];
}

function place({ file, line }: { readonly file: string; readonly line?: number | undefined }): string {
  return line === undefined ? file : `${file}:${line}`;
}
