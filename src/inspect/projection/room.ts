/** How many more nodes like today's fit before a subnet refuses one. */
import { groupBy } from '../facts/support/group-by.ts';
import type { Ledger } from './ledger.ts';
import { type CapacityNode, split } from './nodes.ts';
import type { PairModel } from './pair.ts';
import { type NodeNeed, needOf, place, type Sites, type SitesOf } from './placement.ts';

/** Nearest rank: the smallest value that at least 95 of 100 do not exceed; 0 for none. */
export function percentile95(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(Math.ceil(sorted.length * 0.95) - 1, 0)] ?? 0;
}

interface Template {
  readonly sites: Sites;
  readonly need: NodeNeed;
}

/**
 * Adds nodes of the cluster's own mix, each with the 95th percentile of today's pods, as far as the type carries them, zone
 * after zone, until some subnet refuses one. Zones where a node would have no subnet for its pods are passed over.
 * Null where no zone is left. Takes from the ledger it is given.
 */
export function roomForNodes(
  model: PairModel,
  nodes: readonly CapacityNode[],
  ledger: Ledger,
  sites: SitesOf,
): number | null {
  const zones = templatesByZone(model, nodes, sites);
  if (zones.length === 0) return null;
  for (let added = 0; ; added++) {
    const templates = zones[added % zones.length]!;
    const { sites: where, need } = templates[Math.floor(added / zones.length) % templates.length]!;
    if (!place(ledger, where, need, model.pair.pattern, true)) return added;
  }
}

function templatesByZone(model: PairModel, nodes: readonly CapacityNode[], sites: SitesOf): Template[][] {
  const { pattern } = model.pair;
  const demands = nodes.map((n) => split(n, pattern, model.current, model.of(n).branchEnis));
  const pods = percentile95(demands.map((d) => d.addressed));
  const branchPods = percentile95(demands.map((d) => d.branch));
  const byZone = groupBy(nodes, (n) => n.zone ?? '');
  return [...byZone.keys()].sort().flatMap((zone) => {
    const templates = byZone.get(zone)!.flatMap((node): Template[] => {
      const where = sites(node, pattern);
      if (!where) return [];
      const own = model.of(node);
      const branch = Math.min(branchPods, own.branchEnis, own.maxPods);
      const ordinary = Math.min(pods, own.podIps, own.maxPods - branch);
      return [{ sites: where, need: needOf(own.held(ordinary, branch), pattern) }];
    });
    return templates.length > 0 ? [templates] : [];
  });
}
