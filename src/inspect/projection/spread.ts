/** How so many new nodes spread over the subnets of a group. */

export interface Place {
  readonly subnetId: string;
  readonly zone: string;
  /** Nodes of the group that stay here. */
  readonly present: number;
}

/**
 * The most that each subnet may get. A group keeps its zones even (EC2 Auto Scaling, Availability Zone rebalancing) and, within
 * a zone, its subnets; where the count does not divide, any of those with fewest may get the odd one, and each is counted with
 * it. The sum can so be larger than `count`.
 */
export function largestShares(places: readonly Place[], count: number): ReadonlyMap<string, number> {
  const zones = [...new Set(places.map((p) => p.zone))];
  const perZone = levelled(
    zones.map((zone) => places.filter((p) => p.zone === zone).reduce((n, p) => n + p.present, 0)),
    count,
  );
  const shares = new Map<string, number>();
  for (const [i, zone] of zones.entries()) {
    const here = places.filter((p) => p.zone === zone);
    const inZone = levelled(
      here.map((p) => p.present),
      perZone[i]!,
    );
    for (const [j, place] of here.entries()) shares.set(place.subnetId, (shares.get(place.subnetId) ?? 0) + inZone[j]!);
  }
  return shares;
}

/** Fills up the lowest first; whoever stands at the level reached may get one of the odd ones. */
function levelled(present: readonly number[], count: number): number[] {
  if (present.length === 0) return [];
  const sorted = [...present].sort((a, b) => a - b);
  let level = sorted[0]!;
  let left = count;
  for (let i = 1; i <= sorted.length; i++) {
    const step = (sorted[i] ?? Number.POSITIVE_INFINITY) - level;
    const whole = Math.min(step, Math.floor(left / i));
    level += whole;
    left -= whole * i;
    if (whole < step) break;
  }
  return present.map((p) => (p > level ? 0 : level - p + (left > 0 ? 1 : 0)));
}

/** The nodes that stay where a group shrinks to `count`: the crowded zones give first; each keeps what it may at most. */
export function largestRemainders(places: readonly Place[], count: number): ReadonlyMap<string, number> {
  const zones = [...new Set(places.map((p) => p.zone))];
  const total = places.reduce((n, p) => n + p.present, 0);
  if (count >= total) return new Map(places.map((p) => [p.subnetId, p.present]));
  const share = Math.ceil(count / Math.max(zones.length, 1));
  return new Map(
    places.map((p) => {
      const zoneTotal = places.filter((q) => q.zone === p.zone).reduce((n, q) => n + q.present, 0);
      const elsewhere = total - zoneTotal;
      // What the other zones cannot hold stays here, however uneven it is.
      const keeps = Math.min(zoneTotal, Math.max(share, count - elsewhere));
      return [p.subnetId, Math.min(p.present, keeps)];
    }),
  );
}
