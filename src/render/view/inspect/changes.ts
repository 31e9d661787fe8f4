/** What changed lately and may be why. */
import type { Inspection } from '../../../inspect/report.ts';
import { type Block, span } from '../../blocks.ts';
import { age, moment } from '../words.ts';

const SHOWN = 5;

export function changesBlocks({ changes, generatedAt }: Inspection): Block[] {
  if (changes.length === 0) return [];
  const now = Date.parse(generatedAt);
  const newest = [...changes].sort((a, b) => Date.parse(b.at) - Date.parse(a.at)).slice(0, SHOWN);
  return [
    { kind: 'heading', text: 'CHANGED LATELY' },
    {
      kind: 'table',
      indent: 2,
      columns: [
        { title: 'WHEN', align: 'right' },
        { title: 'AT', drop: 1 },
        { title: 'WHAT' },
        { title: 'DETAIL', flexible: true },
      ],
      rows: newest.map((c) => [
        `${age((now - Date.parse(c.at)) / 1000)} ago`,
        span(moment(c.at), 'muted'),
        c.what,
        c.detail,
      ]),
    },
  ];
}
