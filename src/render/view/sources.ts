/** `-v`: what was asked, of whom, and how it went. */

import { count, things } from '../../inspect/contract/words.ts';
import type { Source } from '../../inspect/snapshot.ts';
import { type Block, span } from '../blocks.ts';

/** @param reached lines that say how the cluster was reached */
export function sourcesView(reached: readonly string[], sources: readonly Source[]): Block[] {
  return [
    ...reached.map((text): Block => ({ kind: 'line', text, hang: 2 })),
    {
      kind: 'table',
      columns: [
        { title: 'SECTION' },
        { title: 'CALL', flexible: true },
        { title: 'REQUESTS', align: 'right' },
        { title: 'ITEMS', align: 'right' },
        { title: 'ms', align: 'right' },
        { title: 'RETRIES', align: 'right' },
        { title: 'OUTCOME', flexible: true },
      ],
      rows: sources.map((s) => [
        s.section,
        s.call,
        count(s.requests),
        count(s.items),
        count(s.milliseconds),
        s.retries > 0 ? span(count(s.retries), 'warning') : '0',
        s.outcome === 'ok' ? 'ok' : span(s.outcome, 'warning'),
      ]),
    },
    {
      kind: 'line',
      text: span(
        `${things(
          sources.reduce((n, s) => n + s.requests, 0),
          'request',
        )} in all, each a Describe, Get or List`,
        'muted',
      ),
    },
  ];
}
