/** How many more nodes like today's fit before a subnet refuses one. */
import type { Bounded } from '../contract/report.ts';
import { groupBy } from '../facts/support/group-by.ts';
import { percentileOfCounts } from '../facts/support/percentile.ts';
import { copyOf, type End, type Ledger } from './ledger.ts';
import { type CapacityNode, split } from './nodes.ts';
import type { PairModel } from './pair.ts';
import { addressesOf, blocksOf, needOf, place, type SitedNeed, type SitesOf } from './placement.ts';
import { leapOver, type Takings, takingsOf } from './room-leap.ts';
import { lengthOf, placesOf, type Stretch, type Stretches } from './stretches.ts';

/**
 * Adds nodes of the cluster's own mix, each with the 95th percentile of today's pods, as far as the type carries them, zone
 * after zone, until some subnet refuses one. Zones where a node would have no subnet for its pods are passed over.
 * Null where no zone is left. The number at either end of the fragmentation, each from its own ledger, which is left alone.
 */
export function roomForNodes(
  model: PairModel,
  nodes: Stretches<CapacityNode>,
  ledgers: Readonly<Record<End, Ledger>>,
  sites: SitesOf,
): Bounded | null {
  const zones = templatesByZone(model, nodes, sites);
  if (zones.length === 0) return null;
  const takings = takingsOf(zones, model.pair.pattern);
  const roomAt = (end: End) => fill(end, zones, takings, copyOf(ledgers[end]), model);
  const min = roomAt('worst');
  const max = roomAt('best');
  return min === max ? min : { min, max };
}

/** How many nodes the ledger takes. */
function fill(
  end: End,
  zones: readonly Stretches<SitedNeed>[],
  takings: Takings | undefined,
  ledger: Ledger,
  model: PairModel,
): number {
  const turns = zones.map((templates) => ({ length: lengthOf(templates), at: placesOf(templates) }));
  for (let added = leapOver(ledger, takings, end); ; added++) {
    const { length, at } = turns[added % turns.length]!;
    const { sites, need } = at(Math.floor(added / turns.length) % length);
    if (place(ledger, sites, need, model.pair.pattern, end).length > 0) return added;
  }
}

function templatesByZone(
  model: PairModel,
  nodes: Stretches<CapacityNode>,
  sites: SitesOf,
): readonly Stretches<Template>[] {
  const { pattern } = model.pair;
  const demands = nodes.map(({ of, count }) => ({
    ...split(of, pattern, model.current, model.of(of).branchEnis),
    count,
  }));
  const pods = percentileOfCounts(
    demands.map(({ addressed, count }) => ({ value: addressed, count })),
    0.95,
  );
  const branchPods = percentileOfCounts(
    demands.map(({ branch, count }) => ({ value: branch, count })),
    0.95,
  );
  const byZone = groupBy(nodes, ({ of }) => of.zone ?? '');
  const known = new Map<CapacityNode, Template | undefined>();
  const templateOf = (node: CapacityNode): Template | undefined => {
    if (!known.has(node)) known.set(node, templateFor(node, model, { pods, branchPods }, sites));
    return known.get(node);
  };
  return [...byZone.keys()].sort().flatMap((zone) => {
    const templates = byZone.get(zone)!.flatMap(({ of: node, count }) => {
      const of = templateOf(node);
      return of ? [{ of, count }] : [];
    });
    return templates.length > 0 ? [templates.sort(byNeed)] : [];
  });
}

interface Template extends SitedNeed {
  readonly addresses: number;
  readonly blocks: number;
}

function templateFor(
  node: CapacityNode,
  model: PairModel,
  { pods, branchPods }: { readonly pods: number; readonly branchPods: number },
  sites: SitesOf,
): Template | undefined {
  const { pattern } = model.pair;
  const where = sites(node, pattern);
  if (!where) return undefined;
  const own = model.next(node);
  const branch = Math.min(branchPods, own.branchEnis, own.maxPods);
  const ordinary = Math.min(pods, own.podIps, own.maxPods - branch);
  const need = needOf(own.held(ordinary, branch), pattern, own.otherCards);
  return { sites: where, need, addresses: addressesOf(need), blocks: blocksOf(need) };
}

/** The hungriest first, so that neither the order of a list nor a name changes the number. */
function byNeed({ of: a }: Stretch<Template>, { of: b }: Stretch<Template>): number {
  return b.addresses - a.addresses || b.blocks - a.blocks;
}
