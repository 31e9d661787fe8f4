/** EKS lists names and describes one thing at a time: list, describe each, and keep what could be read. */
import type { Gap } from '../../snapshot/section.ts';
import { CollectFailure, gapOfFailure } from '../failure.ts';

export interface Described<T> {
  readonly data: T[];
  readonly missing: Gap[];
}

/**
 * Describes every name. One that has gone since the listing is left out; one that is denied or fails is a gap.
 * @throws CollectFailure where none of several could be described: then the section is denied, not empty.
 */
export async function describeEach<T>(
  names: readonly string[],
  describe: (name: string) => Promise<T | undefined>,
): Promise<Described<T>> {
  const results = await Promise.allSettled(names.map(describe));
  const data: T[] = [];
  const failures: unknown[] = [];
  for (const r of results) {
    if (r.status === 'fulfilled') {
      if (r.value !== undefined) data.push(r.value);
    } else if (!(r.reason instanceof CollectFailure && r.reason.kind === 'not-found')) failures.push(r.reason);
  }
  if (failures.length > 0 && data.length === 0) throw failures[0];
  return { data, missing: distinct(failures.map(gapOfFailure)) };
}

function distinct(gaps: readonly Gap[]): Gap[] {
  return [...new Map(gaps.map((g) => [`${g.permission ?? ''} ${g.reason}`, g])).values()];
}
