/** Where nothing could be read there is no report, only the reason. */
import type { Section } from '../snapshot/section.ts';
import type { Sections } from '../snapshot.ts';
import { COLLECTORS } from './index.ts';

/** One line: why AWS told nothing, and why Kubernetes told nothing. */
export class NothingAnswered extends Error {}

/** Tells who asked, which every valid credential may know; it says nothing of the cluster. */
const SAYS_NOTHING = new Set(['caller']);

/** @throws NothingAnswered */
export function assertAnswered(sections: Sections): void {
  const heard = COLLECTORS.some((c) => !SAYS_NOTHING.has(c.section) && 'data' in sections[c.section]);
  if (heard) return;
  throw new NothingAnswered(
    `nothing could be read; AWS: ${reasonOf('aws', sections)}; Kubernetes: ${reasonOf('kubernetes', sections)}`,
  );
}

/** The reason most sections of a side give; those that only pass on another's do not count. */
function reasonOf(side: 'aws' | 'kubernetes', sections: Sections): string {
  const counts = new Map<string, number>();
  for (const c of COLLECTORS) {
    const s: Section<unknown> = sections[c.section];
    if (c.side !== side || !('reason' in s) || s.reason.startsWith('needs ')) continue;
    counts.set(s.reason, (counts.get(s.reason) ?? 0) + 1);
  }
  const [first] = [...counts].sort(([, a], [, b]) => b - a);
  return first?.[0] ?? 'no reason given';
}
