/** What changed lately and may be why. */
import type { Inspection } from '../../../inspect/contract/report.ts';
import { age, moment } from '../../../inspect/contract/words.ts';
import { type Block, span, unbroken } from '../../blocks.ts';

const SHOWN = 5;

export function changesBlocks({ changes, generatedAt }: Inspection, wide: boolean): Block[] {
  if (changes.length === 0) return [];
  const now = Date.parse(generatedAt);
  const newest = [...changes].sort((a, b) => Date.parse(b.at) - Date.parse(a.at)).slice(0, SHOWN);
  const ages = newest.map((c) => `${age((now - Date.parse(c.at)) / 1000)} ago`);
  const width = Math.max(...ages.map((a) => a.length));
  return [
    { kind: 'heading', text: 'CHANGED LATELY' },
    ...newest.map(
      (c, i): Block => ({
        kind: 'line',
        indent: 2,
        hang: width + 2,
        clip: !wide,
        text: [
          span(unbroken(ages[i]!.padStart(width)), 'muted'),
          unbroken('  '),
          ...(wide ? [span(unbroken(`${moment(c.at)}  `), 'muted')] : []),
          c.what,
          ...(c.detail ? [': ', c.detail] : []),
        ],
      }),
    ),
  ];
}
