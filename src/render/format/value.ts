/** `-o value`: the bare number for a script; of several items one line each, what tells them apart and the number, tabs between. */
import type { MaxPodsReport } from '../../inspect/contract/report.ts';
import { formatByKind } from './define-format.ts';

export const value = formatByKind('value', { MaxPods: ({ items }) => items }, (items: MaxPodsReport['items']) => {
  const [only] = items;
  if (only && items.length === 1) return `${only.maxPods}\n`;
  const types = new Set(items.map(({ instanceType }) => instanceType)).size;
  return items
    .map((item) => [
      item.instanceType,
      ...(types < items.length ? [item.pattern, item.requestedMode] : []),
      item.maxPods,
    ])
    .map((cells) => `${cells.join('\t')}\n`)
    .join('');
});
