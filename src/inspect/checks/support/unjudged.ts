/** What a check could not judge, put together. */
import type { NodesByPlatform } from '../../facts/platforms.ts';
import type { PodSubnets } from '../../facts/pod-subnets.ts';
import type { Gap } from '../../snapshot/section.ts';
import type { Unjudged } from '../define-check.ts';

/** Nodes by name with what is not known of them; undefined where that is none. */
export function nodesUnjudged(
  nodes: NodesByPlatform | undefined,
  unknown: ReadonlyMap<string, Gap> | undefined,
): Unjudged | undefined {
  return unjudged('node', nodes?.served.length ?? 0, [...(unknown?.values() ?? [])]);
}

/** Nodes of which it is not known where their pods take addresses, all of them where that could not be told at all. */
export function nodesWithoutSubnets(
  nodes: NodesByPlatform | undefined,
  draws: PodSubnets | undefined,
  missing: readonly Gap[],
): Unjudged | undefined {
  const served = nodes?.served ?? [];
  const lost = served.filter((n) => !draws?.byNode.has(n.name));
  if (draws)
    return unjudged(
      'node',
      served.length,
      lost.map(() => ({ kind: 'not-told', reason: 'the subnet of a node is not known' })),
    );
  return lost.length === 0 ? undefined : { count: lost.length, of: served.length, what: 'node', gaps: missing };
}

/** One gap for each object; equal ones are told once. Undefined without any. */
export function unjudged(what: string, of: number, each: readonly Gap[]): Unjudged | undefined {
  if (each.length === 0) return undefined;
  const gaps = [...new Map(each.map((g) => [`${g.permission ?? ''} ${g.reason}`, g])).values()];
  return { count: each.length, of, what, gaps };
}
