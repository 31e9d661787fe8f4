/** What a run with a remedy gave, beside the run without it. */
import type { ProjectionVerdict, Remedy, SubnetProjection } from '../../contract/plan.ts';
import { things } from '../../contract/words.ts';
import { least, type Projection } from '../run-scenario.ts';

/** What is said of a remedy that helps. */
export type Outcome = Pick<
  Remedy,
  'sufficient' | 'verdict' | 'addresses' | 'blocks' | 'subnets' | 'stillShort' | 'rest'
>;

const RANK: Readonly<Record<ProjectionVerdict, number>> = { pass: 0, 'at-risk': 1, incomplete: 2, fail: 3 };

/**
 * Undefined where it does not help: neither is the verdict milder nor the shortage smaller. `exists` tells subnets that are there
 * without the remedy.
 */
export function outcomeOf(
  without: Projection,
  tried: Projection,
  exists: (subnetId: string) => boolean,
): Outcome | undefined {
  if (compare(burden(tried), burden(without)) >= 0) return undefined;
  const before = new Map(without.subnets.map((s) => [s.subnetId, s]));
  const subnets = tried.subnets.flatMap((s) => {
    const own = before.get(s.subnetId);
    const start = (side: 'addresses' | 'blocks') =>
      own ? judged(own, side, without) : exists(s.subnetId) ? (s[side]?.before ?? 0) : 0;
    const won = (side: 'addresses' | 'blocks') => judged(s, side, tried) - start(side);
    const blocks = s.blocks && (!own || own.blocks) ? won('blocks') : 0;
    return [{ subnetId: s.subnetId, availabilityZone: s.availabilityZone, addresses: won('addresses'), blocks }];
  });
  const total = (side: 'addresses' | 'blocks') => subnets.reduce((n, s) => n + s[side], 0);
  return {
    sufficient: tried.verdict === 'pass',
    verdict: tried.verdict,
    addresses: total('addresses'),
    blocks: total('blocks'),
    subnets: subnets.filter((s) => s.addresses !== 0 || s.blocks !== 0),
    stillShort: lackOf(tried),
    rest: tried.verdict === 'pass' ? null : restOf(tried),
  };
}

/** Free afterwards at the end that is judged. */
function judged({ addresses, blocks }: SubnetProjection, side: 'addresses' | 'blocks', { judged: end }: Projection) {
  const after = side === 'addresses' ? addresses.after : blocks?.after;
  if (after === undefined) return 0;
  return typeof after === 'number' ? after : end === 'worst' ? after.min : after.max;
}

/** How badly it goes, the gravest first: the verdict, what is short, pods without a place, floors, days. */
type Burden = readonly number[];

export function burden(of: Projection): Burden {
  const { addresses, blocks } = lackOf(of);
  const pending = of.pending.reduce((n, p) => n + p.pods, 0);
  const days = of.runwayDays === null ? 0 : -least(of.runwayDays);
  return [RANK[of.verdict], addresses + 16 * blocks, pending, underFloors(of), days, of.incomplete.length];
}

export function compare(a: Burden, b: Burden): number {
  for (const [i, n] of a.entries()) if (n !== b[i]) return n - b[i]!;
  return 0;
}

/** What subnets lack at the worst placement; a zone that is lost lacks nothing. */
export function lackOf({ subnets }: Projection): Remedy['stillShort'] {
  const lack = { addresses: 0, blocks: 0 };
  for (const { verdict, addresses, blocks } of subnets) {
    if (verdict === 'pass') continue;
    lack.addresses += Math.max(-least(addresses.after), 0);
    lack.blocks += blocks ? Math.max(-least(blocks.after), 0) : 0;
  }
  return lack;
}

/** Floors hold per zone: what each zone lacks of its largest. */
function underFloors({ subnets, zones }: Projection): number {
  return zones.reduce((sum, { zone, addressesAfter, blocksAfter }) => {
    const bad = subnets.filter((s) => s.availabilityZone === zone && s.verdict !== 'pass');
    const addresses = Math.max(0, ...bad.map((s) => s.addresses.floor ?? 0)) - least(addressesAfter);
    const blocks = blocksAfter === null ? 0 : Math.max(0, ...bad.map((s) => s.blocks?.floor ?? 0)) - least(blocksAfter);
    return sum + (bad.length === 0 ? 0 : Math.max(addresses, 0) + 16 * Math.max(blocks, 0));
  }, 0);
}

function restOf(of: Projection): string {
  if (of.firstToBreak) return of.firstToBreak.statement;
  const worst = [...of.subnets].sort((a, b) => RANK[b.verdict] - RANK[a.verdict])[0];
  const [pending] = of.pending.filter((p) => p.pods > 0);
  if (worst && worst.verdict !== 'pass' && worst.reasons[0] !== undefined)
    return `${worst.subnetId} (${worst.availabilityZone}): ${worst.reasons[0]}`;
  if (pending) return `${things(pending.pods, 'pod')} of ${pending.owner} stay Pending: ${pending.reason}`;
  return of.incomplete[0]?.reason ?? `the scenario is ${of.verdict}`;
}
