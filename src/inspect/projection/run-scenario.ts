/** Runs one scenario: plays its courses out at both ends, judges them, and reports the gravest. */
import { usesCustomNetworking } from '../../calc/patterns.ts';
import type { Course, Incomplete, ScenarioResult, SubnetProjection } from '../contract/plan.ts';
import type { Bounded } from '../contract/report.ts';
import { things, verb } from '../contract/words.ts';
import { assumptionsOf } from './assumptions.ts';
import { columnsOf } from './columns.ts';
import { fittingNodes, inZonesThatAreLeft, isOverdrawn, podsUntil } from './exhaustion.ts';
import { type Floors, NO_FLOORS } from './floors.ts';
import type { Growth, NodeGrowth } from './growth.ts';
import { bounded, gravest, type Judged, judge, type PaceSeen, type Plays } from './judge.ts';
import { type End, freeAddresses, freeBlocks, overdrawn } from './ledger.ts';
import { playBoth } from './play-both.ts';
import { play } from './project.ts';
import type { Scenario } from './scenarios/scenario.ts';
import { templatesFor } from './templates.ts';
import { type ProjectionWorld, podsOn } from './world.ts';

export interface ProjectionOptions {
  /** Which placement of single addresses a verdict rests on; `range` fails only what fails at both ends. */
  readonly fragmentation?: 'worst' | 'best' | 'range';
  readonly floors?: Floors;
  /** Days that subnets last at the pace seen: what a floor of days judges where a scenario has no growth of its own. */
  readonly runways?: readonly PaceSeen[];
}

/** What `remediesFor` asks again and again: the result without remedies. */
export type Projection = Omit<ScenarioResult, 'remedies'>;

export function runScenario(world: ProjectionWorld, scenario: Scenario, options: ProjectionOptions = {}): Projection {
  const laid = scenario.lay?.(world) ?? world;
  const growths = scenario.growths(laid);
  const results = growths.map((growth) => ({ growth, ...project(laid, scenario, growth, options) }));
  const { growth, plays, result } = results
    .slice(1)
    .reduce(
      (worst, one) =>
        isGraver(one.result, worst.result) && !(one.growth.peak && one.result.verdict === worst.result.verdict)
          ? one
          : worst,
      results[0]!,
    );
  return { ...result, course: courseOf(laid, scenario, growth, result, plays) };
}

/** One course of events. */
function project(
  world: ProjectionWorld,
  scenario: Pick<Scenario, 'id' | 'name' | 'at' | 'horizonDays'>,
  growth: Growth,
  options: ProjectionOptions,
): { readonly result: Omit<Projection, 'course'>; readonly plays: Plays } {
  const judged: Judged = options.fragmentation === 'worst' ? 'worst' : 'best';
  const floors = options.floors ?? NO_FLOORS;
  const plays = playBoth(world, growth);
  const paces = scenario.at ? [] : (options.runways ?? []);
  const rules = { judged, floors, lostZone: growth.lostZone, paces };
  const { subnets, zones } = judge(world, plays, rules);
  const incomplete = [...incompleteOf(world, growth, plays), ...unpaced(floors, paces)];
  const addition = inZonesThatAreLeft(world, growth, growth.nodes[0] ?? plays.worst.nodes[0] ?? { count: 1 });
  const nodesUntilExhaustion = fittingNodes(world, addition, plays);
  const density = densityOf(world, addition);
  const runwayDays = scenario.at ? runwayOf(world, scenario.at, scenario.horizonDays ?? 0) : shortestOf(paces);
  const ranOut =
    floors.minRunwayDays !== undefined && runwayDays !== null && least(runwayDays) < floors.minRunwayDays
      ? (['fail'] as const)
      : [];
  const pending = plays.worst.pending.some((p) => p.pods > 0) ? (['at-risk'] as const) : [];
  const verdict = gravest([
    ...subnets.map((s) => s.verdict),
    ...ranOut,
    ...pending,
    ...(incomplete.length > 0 ? (['incomplete'] as const) : []),
  ]);
  const result = {
    id: scenario.id,
    name: scenario.name,
    title: growth.title,
    ...world.pair,
    current: world.current,
    verdict: verdict === 'fail' ? failing(world, growth) : verdict,
    judged,
    density,
    nodesAdded: plays.worst.nodesAdded,
    podsAdded: plays.worst.podsAdded,
    subnets,
    zones,
    nodesUntilExhaustion,
    podsUntilExhaustion: podsUntil(world, growth, addition, density?.pods),
    runwayDays,
    firstToBreak: firstToBreak(subnets, plays),
    pending: plays.worst.pending,
    assumptions: assumptionsOf(world, growth, plays),
    incomplete,
  };
  return { result, plays };
}

/** A shortage that one order of events avoids is a risk; one that rests on what is not known before an apply is not proven. */
function failing(world: ProjectionWorld, growth: Growth): Projection['verdict'] {
  if (world.options.undecided) return 'incomplete';
  return growth.avoidable ? 'at-risk' : 'fail';
}

function densityOf(world: ProjectionWorld, addition: NodeGrowth): Projection['density'] {
  const like = templatesFor(world, addition)[0]?.like[0];
  if (!like) return null;
  const { addressed } = podsOn(world, world.model.next(like), addition.podsPerNode);
  return { pods: addressed, source: addition.podsPerNode === undefined ? world.density.source : 'asked' };
}

function incompleteOf(world: ProjectionWorld, growth: Growth, { worst }: Plays): Incomplete[] {
  const unplaced = worst.unplaced.map(
    (n): Incomplete => ({
      reason: `nothing tells in which subnets or with which type ${n.group === undefined ? 'nodes' : `nodes of ${n.group}`} come up`,
    }),
  );
  const { sites } = columnsOf(world);
  const homeless = sites.filter((s) => s === undefined).length;
  const bound = sites.filter((s) => s?.pods.length === 0).length;
  const nowhere = [
    ...(homeless > 0
      ? [
          {
            reason: `${things(homeless, 'node')} ${verb(homeless, 'has', 'have')} no subnet for ${verb(homeless, 'its', 'their')} pods under ${world.pair.pattern} networking: no ENIConfig has one in ${verb(homeless, 'its', 'their')} zone`,
          },
        ]
      : []),
    ...(bound > 0
      ? [
          {
            reason: `${things(bound, 'node')} ${verb(bound, 'has', 'have')} no subnet for further ENIs: the tags kubernetes.io/role/cni leave none in ${bound === 1 ? 'its' : 'their'} zone`,
          },
        ]
      : []),
  ];
  return [
    ...world.unknowns,
    ...(growth.incomplete ?? []),
    ...worst.incomplete,
    ...unplaced,
    ...nowhere,
    ...withoutPodSubnet(world, worst.nodes),
  ];
}

/** Zones in which nodes that are added may come up, and no ENIConfig has a subnet; those of homeless nodes are told already. */
function withoutPodSubnet(world: ProjectionWorld, additions: readonly NodeGrowth[]): Incomplete[] {
  if (!usesCustomNetworking(world.pair.pattern) || additions.length === 0) return [];
  const { sites } = columnsOf(world);
  const told = new Set(world.nodes.flatMap((n, at) => (sites[at] ? [] : (n.zone ?? []))));
  const reasons = additions.flatMap((addition) => {
    const group = world.groups.find((g) => g.name === addition.group);
    const places = new Set(templatesFor(world, addition).map((t) => t.subnetId));
    if (!group || places.size === 0) return [];
    const zones = group.subnetIds.flatMap((id) =>
      places.has(id) ? [] : (world.ledger.get(id)?.subnet.availabilityZone ?? []),
    );
    const open = [...new Set(zones)].filter((z) => !told.has(z) && (addition.zones?.includes(z) ?? true)).sort();
    if (open.length === 0) return [];
    return [
      `nodes of ${group.name} that come up in ${open.join(', ')} have no subnet for their pods: no ENIConfig has one there`,
    ];
  });
  return [...new Set(reasons)].map((reason) => ({ reason }));
}

/** Null where no subnet shrinks at a pace that is known. */
function shortestOf(paces: readonly PaceSeen[]): number | null {
  const days = paces.flatMap((p) => p.daysLeft ?? []);
  return days.length > 0 ? Math.min(...days) : null;
}

/** A floor of days is not kept by a subnet of whose pace nothing is known. */
function unpaced({ minRunwayDays }: Floors, paces: readonly PaceSeen[]): Incomplete[] {
  const unknown = paces.filter((p) => p.trend === 'unknown').map((p) => p.subnetId);
  if (minRunwayDays === undefined || unknown.length === 0) return [];
  return [{ reason: `too few snapshots tell how long ${[...new Set(unknown)].join(', ')} last` }];
}

function firstToBreak(subnets: readonly SubnetProjection[], { worst: { settled } }: Plays): Projection['firstToBreak'] {
  const broken = subnets.filter((s) => isShort(s));
  // Short before a node was added: with what today's nodes ask for.
  const brokenAt = ({ subnetId, blocks, exhaustedAt }: SubnetProjection): number => {
    const account = settled.get(subnetId);
    const already = account !== undefined && overdrawn(account, blocks !== null);
    return already || exhaustedAt?.node === undefined ? 0 : least(exhaustedAt.node);
  };
  const [first] = [...broken].sort((a, b) => brokenAt(a) - brokenAt(b) || worstLeft(a) - worstLeft(b));
  if (!first) return null;
  const what =
    first.blocks && least(first.blocks.after) < 0 && least(first.addresses.after) >= 0 ? 'blocks' : 'addresses';
  const at = brokenAt(first);
  const nth = at === 0 ? "with today's nodes" : `at added node ${at}`;
  const by = what === 'blocks' ? -least(first.blocks!.after) : -least(first.addresses.after);
  return {
    subnetId: first.subnetId,
    zone: first.availabilityZone,
    what,
    statement: `${first.subnetId} (${first.availabilityZone}) runs out of ${what === 'blocks' ? 'free /28' : 'addresses'} ${nth}, ${by} short in the end`,
  };
}

function isShort(s: SubnetProjection): boolean {
  return s.verdict !== 'pass' && (least(s.addresses.after) < 0 || (s.blocks !== null && least(s.blocks.after) < 0));
}

function worstLeft(s: SubnetProjection): number {
  return Math.min(least(s.addresses.after), s.blocks ? 16 * least(s.blocks.after) : Number.POSITIVE_INFINITY);
}

export function least(n: Bounded): number {
  return typeof n === 'number' ? n : n.min;
}

/** The graver verdict, then the larger shortage. */
function isGraver(a: Omit<Projection, 'course'>, b: Omit<Projection, 'course'>): boolean {
  if (a.verdict !== b.verdict) return gravest([a.verdict, b.verdict]) === a.verdict;
  const left = (p: Pick<Projection, 'subnets'>) =>
    Math.min(Number.POSITIVE_INFINITY, ...p.subnets.filter((s) => s.feeds.length > 0).map(worstLeft));
  return left(a) < left(b);
}

/** Points of the little chart. */
const STEPS = 8;

function courseOf(
  world: ProjectionWorld,
  scenario: Pick<Scenario, 'at' | 'horizonDays'>,
  growth: Growth,
  { judged, subnets }: Pick<Projection, 'judged' | 'subnets'>,
  plays: Plays,
): Course | null {
  const prefixes = new Set(subnets.flatMap((s) => (s.blocks ? [s.subnetId] : [])));
  const { at, horizonDays } = scenario;
  if (at && horizonDays) {
    const steps = points(horizonDays);
    return course(world, 'days', steps, (day) => at(world, day), judged, prefixes);
  }
  const total = growth.nodes.reduce((n, g) => n + g.count, 0);
  if (total < 2 || !world.current || plays.worst.unplaced.length > 0) return null;
  const part = (nodes: number): Growth => ({
    ...growth,
    nodes: growth.nodes.map((g) => ({ ...g, count: Math.round((g.count * nodes) / total) })).filter((g) => g.count > 0),
  });
  return course(world, 'nodes', points(total), part, judged, prefixes);
}

function points(last: number): number[] {
  return [...new Set(Array.from({ length: STEPS + 1 }, (_, i) => Math.round((last * i) / STEPS)))];
}

function course(
  world: ProjectionWorld,
  unit: Course['unit'],
  steps: readonly number[],
  at: (step: number) => Growth,
  end: End,
  prefixes: ReadonlySet<string>,
): Course {
  const played = steps.map((step) => play(world, at(step), end));
  const ids = [...world.ledger.keys()].filter((id) =>
    played.some((p) => freeAddresses(p.final.get(id)!) !== freeAddresses(world.ledger.get(id)!)),
  );
  return {
    unit,
    steps,
    subnets: ids.sort().map((id) => {
      const accounts = played.map((p) => p.final.get(id)!);
      const blocks = accounts.map(freeBlocks);
      return {
        subnetId: id,
        addresses: accounts.map(freeAddresses),
        blocks: prefixes.has(id) && blocks.every((b) => b !== null) ? blocks : null,
      };
    }),
  };
}

/** Days until some subnet is overdrawn, at both ends; the horizon where none is. */
function runwayOf(world: ProjectionWorld, at: NonNullable<Scenario['at']>, horizonDays: number): Bounded {
  const until = (end: End) => {
    const fails = (day: number) => isOverdrawn(world, play(world, at(world, day), end).final);
    if (!fails(horizonDays)) return horizonDays;
    let [low, high] = [0, horizonDays];
    if (fails(0)) return 0;
    while (high - low > 1) {
      const middle = Math.floor((low + high) / 2);
      if (fails(middle)) high = middle;
      else low = middle;
    }
    return high;
  };
  return bounded(until('worst'), until('best'));
}
