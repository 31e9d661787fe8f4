/** From two plays, one at each end of the fragmentation, to the verdict on every subnet. */
import { ADDRESSES_PER_BLOCK } from '../../calc/blocks.ts';
import type { ProjectionVerdict, SubnetProjection, ZoneProjection } from '../contract/plan.ts';
import type { Bounded } from '../contract/report.ts';
import { type Floor, type Floors, floorOf } from './floors.ts';
import { type Account, freeAddresses, freeBlocks } from './ledger.ts';
import type { Exhausted, Played } from './project.ts';
import { type SubnetInUse, subnetsInUse } from './subnets-in-use.ts';
import type { ProjectionWorld } from './world.ts';

export type Judged = 'worst' | 'best';

export interface Plays {
  readonly worst: Played;
  readonly best: Played;
}

/** The gravest wins; what is incomplete stands above a risk: it could be worse. */
const ORDER: readonly ProjectionVerdict[] = ['pass', 'at-risk', 'incomplete', 'fail'];

export function gravest(verdicts: readonly ProjectionVerdict[]): ProjectionVerdict {
  return verdicts.reduce<ProjectionVerdict>((a, b) => (ORDER.indexOf(b) > ORDER.indexOf(a) ? b : a), 'pass');
}

export function bounded(a: number, b: number): Bounded {
  return a === b ? a : { min: Math.min(a, b), max: Math.max(a, b) };
}

/** Free afterwards, at both ends. */
interface Left {
  readonly worst: number;
  readonly best: number;
}

interface ZoneLeft {
  readonly addresses: Left;
  readonly blocks: Left;
}

export interface Judgement {
  readonly subnets: readonly SubnetProjection[];
  readonly zones: readonly ZoneProjection[];
}

/** How long a subnet lasts at the pace that older snapshots show; null where it does not shrink, or nothing is known. */
export interface PaceSeen {
  readonly subnetId: string;
  readonly of: 'addresses' | 'blocks';
  readonly trend: 'shrinking' | 'steady' | 'growing' | 'unknown';
  readonly daysLeft: number | null;
}

export interface Rules {
  readonly judged: Judged;
  readonly floors: Floors;
  readonly lostZone: string | undefined;
  readonly paces: readonly PaceSeen[];
}

export function judge(world: ProjectionWorld, plays: Plays, rules: Rules): Judgement {
  const uses = subnetsInUse(world, plays.worst.nodes);
  const zones = leftByZone(plays, uses);
  const subnets = [...world.ledger]
    .filter(([id]) => uses.has(id) || isTouched(world, plays, id))
    .map(([id, now]) => subnetOf(id, now, plays, uses.get(id), zones, rules))
    .sort((a, b) => compare(a.availabilityZone, b.availabilityZone) || compare(a.subnetId, b.subnetId));
  return { subnets, zones: zonesOf(subnets, plays) };
}

/** Interfaces of the control plane take from subnets that feed nothing else. */
function isTouched(world: ProjectionWorld, { worst }: Plays, id: string): boolean {
  const [now, then] = [world.ledger.get(id), worst.final.get(id)];
  return now !== undefined && then !== undefined && freeAddresses(now) !== freeAddresses(then);
}

function subnetOf(
  id: string,
  now: Account,
  plays: Plays,
  use: SubnetInUse | undefined,
  zones: ReadonlyMap<string, ZoneLeft>,
  rules: Rules,
): SubnetProjection {
  const { subnet } = now;
  const zone = subnet.availabilityZone;
  const [worst, best] = [plays.worst.final.get(id)!, plays.best.final.get(id)!];
  const addresses: Left = { worst: freeAddresses(worst), best: freeAddresses(best) };
  const blocks: Left | undefined =
    use?.prefixes && now.blocks !== null ? { worst: freeBlocks(worst) ?? 0, best: freeBlocks(best) ?? 0 } : undefined;
  const floor = floorFor(id, now, use, blocks !== undefined, rules);
  const own: ZoneLeft = {
    addresses: { worst: servingPods(worst, use), best: servingPods(best, use) },
    blocks: blocks ?? { worst: 0, best: 0 },
  };
  const pods = use?.feeds.includes('pods') ? zones.get(zone) : undefined;
  const floors = [
    ...underFloor('addresses', addresses, (pods ?? own).addresses, floor.addresses, floor, rules.judged),
    ...(blocks ? underFloor('free /28', blocks, (pods ?? own).blocks, floor.blocks, floor, rules.judged) : []),
  ];
  const home = use && floor.nextNode ? noHome(use, own, floor, rules.judged) : [];
  const [byFloor, byHome] = [floors, home].map((f) => ORDER.indexOf(gravest(f.map((one) => one.verdict))));
  const found =
    zone === rules.lostZone
      ? []
      : [
          ...shortage('address', 'addresses', addresses, rules.judged),
          ...(blocks ? shortage('/28 block', '/28 blocks', blocks, rules.judged) : []),
          ...floors,
          ...(byHome! > byFloor! ? home : []),
          ...noPod(use, addresses, rules),
          ...tooShort(id, rules),
          ...unsure(use, now, blocks !== undefined),
        ];
  return {
    subnetId: id,
    name: subnet.tags.Name || null,
    availabilityZone: zone,
    cidr: subnet.cidr,
    hypothetical: subnet.vpcId === '',
    feeds: use?.feeds ?? ['control-plane'],
    addresses: stock(freeAddresses(now), addresses, floor.addresses),
    blocks: blocks ? { ...stock(freeBlocks(now) ?? 0, blocks, floor.blocks), upperBound: now.upperBound } : null,
    exhaustedAt: exhaustedAt(plays.worst.exhausted.get(id), plays.best.exhausted.get(id)),
    verdict: gravest(found.map((f) => f.verdict)),
    reasons: found.map((f) => f.reason),
  };
}

function stock(before: number, left: Left, floor: number | null): SubnetProjection['addresses'] {
  return {
    before,
    need: bounded(before - left.worst, before - left.best),
    after: bounded(left.worst, left.best),
    floor,
  };
}

function floorFor(id: string, now: Account, use: SubnetInUse | undefined, prefixes: boolean, rules: Rules): Floor {
  const zone = now.subnet.availabilityZone;
  if (!use || zone === rules.lostZone || !use.feeds.some((f) => f === 'nodes' || f === 'pods'))
    return { addresses: null, blocks: null, enforced: false, nextNode: false };
  return floorOf(
    rules.floors,
    { subnetId: id, zone, usable: now.usable },
    { addresses: use.next.addresses, blocks: prefixes ? use.next.blocks : null },
  );
}

interface Found {
  readonly verdict: ProjectionVerdict;
  readonly reason: string;
}

function shortage(one: string, many: string, left: Left, judged: Judged): Found[] {
  const by = (n: number) => `${-n} ${n === -1 ? one : many}`;
  if (left[judged] < 0) return [{ verdict: 'fail', reason: `short of ${by(left[judged])}` }];
  if (left.worst < 0)
    return [
      { verdict: 'at-risk', reason: `short of ${by(left.worst)} where single addresses break up the most blocks` },
    ];
  return [];
}

/** `own`: of the subnet itself. What is short is said already; `left`: what pods of the zone have. */
function underFloor(
  what: string,
  own: Left,
  left: Left,
  floor: number | null,
  { enforced }: Floor,
  judged: Judged,
): Found[] {
  if (floor === null || left.worst >= floor || own[judged] < 0) return [];
  const failing = enforced && left[judged] < floor;
  return [under(what, failing ? left[judged] : left.worst, floor, failing ? 'fail' : 'at-risk')];
}

/** What pods have elsewhere in the zone is of no use to a node that finds no address for its first ENI. */
function noHome({ home }: SubnetInUse, own: ZoneLeft, { enforced }: Floor, judged: Judged): Found[] {
  return (['addresses', 'blocks'] as const).flatMap((side): Found[] => {
    const left = own[side];
    if (left.worst >= home[side] || left[judged] < 0) return [];
    const failing = enforced && left[judged] < home[side];
    const what = side === 'blocks' ? 'free /28' : 'addresses';
    const reason = `${failing ? left[judged] : left.worst} ${what} left in it, a node comes up with ${home[side]}`;
    return [{ verdict: failing ? 'fail' : 'at-risk', reason }];
  });
}

/** Fargate has no warm pool: without a free address the next pod there does not start. */
function noPod(use: SubnetInUse | undefined, left: Left, { floors, judged }: Rules): Found[] {
  if (!use?.feeds.includes('fargate') || left.worst > 0 || left[judged] < 0) return [];
  const failing = floors.nextNode === 'enforce' && left[judged] === 0;
  return [{ verdict: failing ? 'fail' : 'at-risk', reason: 'no address left in it for the next pod on Fargate' }];
}

/** A floor of days at the pace seen. */
function tooShort(id: string, { floors: { minRunwayDays }, paces }: Rules): Found[] {
  if (minRunwayDays === undefined) return [];
  return paces.flatMap(({ subnetId, of, daysLeft }): Found[] => {
    if (subnetId !== id || daysLeft === null || daysLeft >= minRunwayDays) return [];
    const what = of === 'blocks' ? 'free /28' : 'addresses';
    const reason = `${what} last ${Math.floor(daysLeft)} days at the pace seen, under the floor of ${minRunwayDays}`;
    return [{ verdict: 'fail', reason }];
  });
}

function under(what: string, left: number, floor: number, verdict: ProjectionVerdict): Found {
  return { verdict, reason: `${left} ${what} left in the zone, under the floor of ${floor}` };
}

/** Who else grows here, and what is not visible, could turn a pass into a failure. */
function unsure(use: SubnetInUse | undefined, now: Account, prefixes: boolean): Found[] {
  const hidden =
    prefixes && now.upperBound ? ['free /28 are an upper bound: others hold addresses here that are not visible'] : [];
  return [...(use?.others ?? []), ...hidden].map((reason) => ({ verdict: 'incomplete', reason }));
}

/**
 * Free addresses that may come to pods: in prefix mode also those in reservations, which prefixes take first, as long as a node
 * finds its own address outside them.
 */
function servingPods(account: Account, use: SubnetInUse | undefined): number {
  const free = freeAddresses(account);
  const singles = use ? use.next.addresses - ADDRESSES_PER_BLOCK * use.next.blocks : 0;
  return use?.prefixes && free >= singles ? free + ADDRESSES_PER_BLOCK * account.reserved : free;
}

function exhaustedAt(worst: Exhausted | undefined, best: Exhausted | undefined): SubnetProjection['exhaustedAt'] {
  if (!worst && !best) return null;
  const node = either(worst?.node, best?.node);
  const pod = either(worst?.pod, best?.pod);
  return { ...(node === undefined ? {} : { node }), ...(pod === undefined ? {} : { pod }) };
}

function either(a: number | undefined, b: number | undefined): Bounded | undefined {
  return a === undefined ? b : b === undefined ? a : bounded(a, b);
}

/** Sums over the subnets that feed pods; a subnet that is overdrawn takes nothing from its neighbours. */
function leftByZone(plays: Plays, uses: ReadonlyMap<string, SubnetInUse>): ReadonlyMap<string, ZoneLeft> {
  const sums = new Map<
    string,
    { addresses: { worst: number; best: number }; blocks: { worst: number; best: number } }
  >();
  for (const [id, use] of uses) {
    if (!use.feeds.includes('pods')) continue;
    for (const end of ['worst', 'best'] as const) {
      const account = plays[end].final.get(id);
      if (!account) continue;
      const zone = account.subnet.availabilityZone;
      const sum = sums.get(zone) ?? { addresses: { worst: 0, best: 0 }, blocks: { worst: 0, best: 0 } };
      sums.set(zone, sum);
      sum.addresses[end] += Math.max(servingPods(account, use), 0);
      sum.blocks[end] += Math.max(freeBlocks(account) ?? 0, 0);
    }
  }
  return sums;
}

function zonesOf(subnets: readonly SubnetProjection[], { worst }: Plays): ZoneProjection[] {
  const names = [...new Set(subnets.map((s) => s.availabilityZone))].sort();
  const verdicts = new Map(
    names.map((zone) => [zone, gravest(subnets.filter((s) => s.availabilityZone === zone).map((s) => s.verdict))]),
  );
  return names.map((zone) => {
    const here = subnets.filter((s) => s.availabilityZone === zone && s.feeds.includes('pods'));
    const verdict = verdicts.get(zone)!;
    const prefixes = subnets.some((s) => s.availabilityZone === zone && s.blocks !== null);
    return {
      zone,
      nodes: worst.addedByZone.get(zone) ?? 0,
      addressesAfter: total(here.map((s) => s.addresses.after)),
      blocksAfter: prefixes ? total(here.flatMap((s) => s.blocks?.after ?? [])) : null,
      verdict,
      starves: verdict === 'fail' && names.some((other) => other !== zone && verdicts.get(other) !== 'fail'),
    };
  });
}

function total(numbers: readonly Bounded[]): Bounded {
  const sum = (of: 'min' | 'max') => numbers.reduce<number>((all, n) => all + (typeof n === 'number' ? n : n[of]), 0);
  return bounded(sum('min'), sum('max'));
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
