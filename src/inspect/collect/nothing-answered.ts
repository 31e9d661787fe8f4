/** Where nothing could be read there is no report, only the reason. */
import type { Section } from '../snapshot/section.ts';
import type { Sections } from '../snapshot.ts';
import type { Collector } from './define-collector.ts';
import { COLLECTORS } from './index.ts';
import { mayBeMissing } from './kubernetes/api-path.ts';

/** One line: why AWS told nothing, and why Kubernetes told nothing. */
export class NothingAnswered extends Error {}

/** Tells who asked, which every valid credential may know; it says nothing of the cluster. */
const SAYS_NOTHING = new Set(['caller']);

/** Why Kubernetes could not be asked through EKS; what AWS said follows. */
export const NOT_THROUGH_EKS = 'no kubeconfig, and EKS does not name the API server: ';

/** @throws NothingAnswered */
export function assertAnswered(sections: Sections): void {
  if (COLLECTORS.some((c) => tells(c, sections[c.section]))) return;
  const [aws, kubernetes] = [reasonOf('aws', sections), reasonOf('kubernetes', sections)];
  throw new NothingAnswered(
    kubernetes.startsWith(NOT_THROUGH_EKS)
      ? `nothing could be read: ${aws}; and there is no kubeconfig`
      : `nothing could be read; AWS: ${aws}; Kubernetes: ${kubernetes}`,
  );
}

/** An empty list of custom kinds may only mean that the server does not know them, which everybody may ask. */
function tells(c: Collector, section: Section<unknown>): boolean {
  if (SAYS_NOTHING.has(c.section) || !('data' in section)) return false;
  const custom = c.side === 'kubernetes' && c.calls.every((call) => mayBeMissing(call.rbac));
  return !(custom && Array.isArray(section.data) && section.data.length === 0);
}

/** The reason most sections of a side give, and how many are denied; those that only pass on another's do not count. */
function reasonOf(side: 'aws' | 'kubernetes', sections: Sections): string {
  const counts = new Map<string, number>();
  const denied = new Set<string>();
  for (const c of COLLECTORS) {
    const s: Section<unknown> = sections[c.section];
    if (c.side !== side || !('reason' in s) || ('needs' in s && s.needs)) continue;
    counts.set(s.reason, (counts.get(s.reason) ?? 0) + 1);
    if (s.status === 'denied') denied.add(s.permission);
  }
  const [first] = [...counts].sort(([, a], [, b]) => b - a);
  const more = denied.size - 1;
  return `${first?.[0] ?? 'no reason given'}${more > 0 ? `, and ${more} more denied (vpccni permissions prints what to grant)` : ''}`;
}
