/** What today's nodes take once they are settled with the pods a scenario gives them. */
import type { Pattern } from '../../calc/patterns.ts';
import { type AddressUse, addressUse } from '../facts/address-use.ts';
import { type NodeEnis, nodeEnis } from '../facts/node-enis.ts';
import {
  copyOf,
  type End,
  type EniNeed,
  fits,
  freeAddresses,
  type Ledger,
  ledgerWithoutNodes,
  take,
} from './ledger.ts';
import { type CapacityNode, split } from './nodes.ts';
import type { NodeModel } from './pair.ts';
import { blocksOf, type NodeNeed, needAt, place, type Sites } from './placement.ts';
import { release } from './release.ts';
import { type ProjectionWorld, podsOn } from './world.ts';

/** Pods of a node in the settled state. */
export interface Target {
  readonly addressed: number;
  readonly branch: number;
}

/** `at`: the node's place in the world's list. */
export type Targets = (node: CapacityNode, at: number) => Target;

/** The pods it has. */
export function ownPods(world: ProjectionWorld): Targets {
  return remembered(world, 'own pods', (node, own) =>
    split(node, world.pair.pattern, world.model.current, own.branchEnis),
  );
}

/** The density of the projection, or its own pods where those are more. */
export function filled(world: ProjectionWorld): Targets {
  const has = ownPods(world);
  return remembered(world, 'filled', (node, model, at) => {
    const [own, full] = [has(node, at), podsOn(world, model)];
    return { addressed: Math.max(own.addressed, full.addressed), branch: Math.max(own.branch, full.branch) };
  });
}

/** Asked of every node by every scenario. */
function remembered(
  world: ProjectionWorld,
  key: string,
  of: (node: CapacityNode, model: NodeModel, at: number) => Target,
): Targets {
  const known = world.memo.get(key) as Targets | undefined;
  if (known) return known;
  const found = world.nodes.map((node, at) => of(node, world.model.of(node), at));
  const targets: Targets = (_, at) => found[at]!;
  world.memo.set(key, targets);
  return targets;
}

interface Columns {
  readonly models: readonly NodeModel[];
  readonly sites: readonly (Sites | undefined)[];
}

/** What every course asks of every node. */
function columnsOf(world: ProjectionWorld): Columns {
  const known = world.memo.get('columns') as Columns | undefined;
  const columns = known ?? {
    models: world.nodes.map((n) => world.model.of(n)),
    sites: world.nodes.map((n) => world.sites(n, world.pair.pattern)),
  };
  world.memo.set('columns', columns);
  return columns;
}

export interface Settled {
  readonly ledger: Ledger;
  /** True where holdings of today's nodes could not be read: what they take further is then told by the model alone. */
  readonly byModel: boolean;
}

/**
 * The subnets once every node that stays holds what its pods ask for. Nodes of the pair in force keep what they hold and take
 * what is missing; under another pair they are replaced, or stand beside their replacement.
 */
export function settle(world: ProjectionWorld, targets: Targets, gone: ReadonlySet<string>, end: End): Settled {
  const { run, generation, pair } = world;
  const { models, sites } = columnsOf(world);
  const emptied =
    generation === 'replaced'
      ? ledgerWithoutNodes(run, world.ledger)
      : gone.size > 0
        ? ledgerWithoutNodes(run, world.ledger, gone)
        : undefined;
  const ledger = copyOf(emptied ?? world.ledger);
  for (const [id, addresses] of world.options.tenants ?? []) {
    const account = ledger.get(id);
    if (account) take(account, { singles: addresses, blocks: 0 }, end);
  }
  const enis = run.valueOf(nodeEnis);
  const use = run.valueOf(addressUse);
  const crowd = crowdIn(ledger, pair.pattern, end);
  for (const [at, node] of world.nodes.entries()) {
    if (gone.size > 0 && gone.has(node.name)) continue;
    const where = sites[at];
    if (!where) continue;
    const target = targets(node, at);
    const own = models[at]!;
    if (generation === 'grow') grow(ledger, { node, at }, own, target, where, enis?.get(node.name), use, world, end);
    else crowd.add(where, needAt(own, target, pair.pattern, end));
  }
  crowd.place();
  return { ledger, byModel: enis === undefined };
}

/**
 * Places many nodes, those that are alike together: it matters to nobody which came first, as long as all of them fit. Where
 * ENIs have a choice of subnets, or not all fit, they come one by one.
 */
function crowdIn(
  ledger: Ledger,
  pattern: Pattern,
  end: End,
): { add: (where: Sites, need: NodeNeed) => void; place: () => void } {
  const together = new Map<Sites, Map<NodeNeed, number>>();
  return {
    add(where, need) {
      const counts = together.get(where) ?? new Map<NodeNeed, number>();
      together.set(where, counts);
      counts.set(need, (counts.get(need) ?? 0) + 1);
    },
    place() {
      for (const [where, counts] of together)
        for (const [need, count] of counts) placeAlike(ledger, where, need, count, pattern, end);
    },
  };
}

function placeAlike(ledger: Ledger, where: Sites, need: NodeNeed, count: number, pattern: Pattern, end: End): void {
  const single = where.pods.length === 1;
  if (single && (blocksOf(need) === 0 || allFit(ledger, where, need, count))) {
    place(ledger, where, times(need, count), pattern, end);
    return;
  }
  for (let i = 0; i < count; i++) place(ledger, where, need, pattern, end);
}

/** For sure, even if every single address broke up a block. */
function allFit(ledger: Ledger, where: Sites, need: NodeNeed, count: number): boolean {
  const blocks = count * (blocksOf(need) + singlesOf(need));
  return [where.node, ...where.pods].every((id) => (ledger.get(id)?.blocks ?? 0) >= blocks);
}

function singlesOf({ primary, further, beside }: NodeNeed): number {
  return further.reduce((n, e) => n + e.singles, primary.singles + beside);
}

function times({ primary, further, beside }: NodeNeed, count: number): NodeNeed {
  const each = (e: EniNeed): EniNeed => ({ singles: e.singles * count, blocks: e.blocks * count });
  return { primary: each(primary), further: further.map(each), beside: beside * count };
}

function grow(
  ledger: Ledger,
  { node, at }: { readonly node: CapacityNode; readonly at: number },
  own: NodeModel,
  target: Target,
  where: Sites,
  seen: NodeEnis | undefined,
  use: ReadonlyMap<string, AddressUse> | undefined,
  world: ProjectionWorld,
  end: End,
): void {
  const { pattern } = world.pair;
  const wanted = needAt(own, target, pattern, end);
  if (!seen) {
    const has = needAt(own, ownPods(world)(node, at), pattern, end);
    const more = {
      singles: sum(wanted, 'singles') - sum(has, 'singles'),
      blocks: sum(wanted, 'blocks') - sum(has, 'blocks'),
    };
    takeSomewhere(ledger, where, { singles: Math.max(more.singles, 0), blocks: Math.max(more.blocks, 0) }, end);
    return;
  }
  // Nodes of another mode stay as they are until they are replaced.
  if (showsOtherMode(seen, own.prefixes)) return;
  let missing = wanted.slots - heldSlots(seen, own.prefixes);
  if (missing < 0 && use && world.options.trims) release(ledger, world, own, seen, -missing, use, end);
  const open = seen.data.filter((e) => !seen.excluded.includes(e) && !(own.primaryClosed && e === seen.primary));
  for (const eni of open) {
    if (missing <= 0) break;
    const more = Math.min(own.slotsPerEni - eni.secondaryIps.length - eni.prefixes.length, missing);
    const account = ledger.get(eni.subnetId);
    if (more <= 0 || !account) continue;
    take(account, own.prefixes ? { singles: 0, blocks: more } : { singles: more, blocks: 0 }, end);
    missing -= more;
  }
  while (missing > 0 && own.slotsPerEni > 0) {
    const batch = Math.min(missing, own.slotsPerEni);
    takeSomewhere(ledger, where, own.prefixes ? { singles: 1, blocks: batch } : { singles: 1 + batch, blocks: 0 }, end);
    missing -= batch;
  }
  const beside = wanted.beside - (seen.trunk ? 1 : 0) - seen.branch.length;
  const home = ledger.get(
    (own.primaryClosed && world.model.settings.customNetworking ? where.pods[0] : undefined) ?? where.node,
  );
  if (beside > 0 && home) take(home, { singles: beside, blocks: 0 }, end);
}

/** Its slots are filled in the other mode, all of them. */
function showsOtherMode(seen: NodeEnis, prefixes: boolean): boolean {
  const own = heldSlots(seen, prefixes);
  return own === 0 && heldSlots(seen, !prefixes) > 0;
}

/** Slots filled in the node's mode. */
function heldSlots(seen: NodeEnis, prefixes: boolean): number {
  const open = seen.data.filter((e) => !seen.excluded.includes(e));
  return open.reduce((n, e) => n + (prefixes ? e.prefixes.length : e.secondaryIps.length), 0);
}

function sum(need: { readonly primary: EniNeed; readonly further: readonly EniNeed[] }, of: keyof EniNeed): number {
  return need.further.reduce((n, e) => n + e[of], need.primary[of]);
}

/** In the first eligible subnet that takes it, the roomiest first; else the roomiest is overdrawn. */
function takeSomewhere(ledger: Ledger, where: Sites, need: EniNeed, end: End): void {
  const candidates = where.pods
    .flatMap((id) => ledger.get(id) ?? [])
    .sort((a, b) => freeAddresses(b) - freeAddresses(a));
  const account = candidates.find((a) => fits(a, need, end)) ?? candidates[0];
  if (account) take(account, need, end);
}
