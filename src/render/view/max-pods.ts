/** Max pods: one type, several types, or the ten pairs of pattern and mode. */
import type { MaxPodsReport } from '../../inspect/contract/report.ts';
import type { Block } from '../blocks.ts';
import { explainView } from './max-pods/explain.ts';
import { manyView } from './max-pods/many.ts';
import { modesView } from './max-pods/modes.ts';
import { oneView } from './max-pods/one.ts';

export interface MaxPodsViewOptions {
  readonly wide: boolean;
  /** Adds where each number comes from. */
  readonly explain: boolean;
}

export function maxPodsView(report: MaxPodsReport, { wide, explain }: MaxPodsViewOptions): readonly Block[] {
  // Where the numbers come from stands above them: the answer is the last line.
  return [...(explain ? [...explainView(report), { kind: 'blank' } as const] : []), ...screen(report, wide)];
}

function screen(report: MaxPodsReport, wide: boolean): readonly Block[] {
  const [first, ...rest] = report.items;
  if (!first) return [];
  if (rest.length === 0) return oneView(report, first, wide);
  const types = new Set(report.items.map((item) => item.instanceType)).size;
  return types < report.items.length ? modesView(report) : manyView(report);
}
