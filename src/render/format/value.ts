/** `-o value`: the bare number for a script; of several types one line each, type and number with a tab between. */
import type { MaxPodsReport } from '../../inspect/contract/report.ts';
import { formatByKind } from './define-format.ts';

export const value = formatByKind('value', { MaxPods: ({ items }) => items }, (items: MaxPodsReport['items']) =>
  items.length === 1
    ? `${items[0]!.maxPods}\n`
    : items.map(({ instanceType, maxPods }) => `${instanceType}\t${maxPods}\n`).join(''),
);
