/** In which order nodes come to subnets, and what one of them takes. */

import type { NodeGrowth } from './growth.ts';
import { type End, freeAddresses, type Ledger } from './ledger.ts';
import { type NodeNeed, needAt } from './placement.ts';
import type { Template } from './templates.ts';
import { type ProjectionWorld, podsOn } from './world.ts';

/** One subnet of each zone after the other. */
export function roundRobin(templates: readonly Template[]): readonly Template[] {
  const lists = zonesOf(templates);
  const longest = Math.max(0, ...lists.map((l) => l.length));
  return Array.from({ length: longest }, (_, i) => lists.flatMap((l) => l[i] ?? [])).flat();
}

/** Templates by zone, the zones by name. */
export function zonesOf(templates: readonly Template[]): readonly (readonly Template[])[] {
  const zones = [...new Set(templates.map((t) => t.zone))].sort();
  return zones.map((zone) => templates.filter((t) => t.zone === zone));
}

/** Of one zone: the subnet with most free addresses. */
export function roomiest(templates: readonly Template[], ledger: Ledger): Template {
  const free = (t: Template) => {
    const account = ledger.get(t.subnetId);
    return account ? freeAddresses(account) : Number.NEGATIVE_INFINITY;
  };
  return templates.reduce((best, t) => (free(t) > free(best) ? t : best));
}

export function needOfNew(
  world: ProjectionWorld,
  addition: NodeGrowth,
  like: Template['like'][number],
  end: End,
): NodeNeed {
  const own = world.model.next(like);
  const pods = podsOn(world, own, addition.podsPerNode, addition.branchPerNode);
  return needAt(own, pods, world.pair.pattern, end);
}
