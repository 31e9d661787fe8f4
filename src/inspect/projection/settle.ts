/** What today's nodes take once they are settled with the pods a scenario gives them. */
import type { Pattern } from '../../calc/patterns.ts';
import { type AddressUse, addressUse } from '../facts/address-use.ts';
import { type NodeEnis, nodeEnis } from '../facts/node-enis.ts';
import { columnsOf, maskOf, type Targets } from './columns.ts';
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
import type { NodeModel } from './pair.ts';
import { blocksOf, type NodeNeed, needAt, place, type Sites } from './placement.ts';
import { release } from './release.ts';
import { type ProjectionWorld, podsOn } from './world.ts';

/** The pods it has. */
export function ownPods(world: ProjectionWorld): Targets {
  return columnsOf(world).own;
}

/** The density of the projection, or its own pods where those are more; a node that is closed to pods keeps what it has. */
export function filled(world: ProjectionWorld): Targets {
  const known = world.memo.get('filled') as Targets | undefined;
  if (known) return known;
  const { own, models } = columnsOf(world);
  const full = new Map([...new Set(models)].map((model) => [model, podsOn(world, model)]));
  const open = (at: number) => !world.nodes[at]!.unschedulable;
  const found: Targets = {
    addressed: own.addressed.map((pods, at) => (open(at) ? Math.max(pods, full.get(models[at]!)!.addressed) : pods)),
    branch: own.branch.map((pods, at) => (open(at) ? Math.max(pods, full.get(models[at]!)!.branch) : pods)),
  };
  world.memo.set('filled', found);
  return found;
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
  const { run, generation } = world;
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
  if (generation === 'grow') growAll(ledger, world, targets, gone, enis, end);
  else
    for (const { where, need, count } of crowdOf(world, targets, gone, end))
      placeAlike(ledger, where, need, count, world.pair.pattern, end);
  return { ledger, byModel: enis === undefined };
}

interface Alike {
  readonly where: Sites;
  readonly need: NodeNeed;
  readonly count: number;
}

/** Room in a key for pods of a node, and for those on branch ENIs; kubelet takes fewer. */
const PODS = 2 ** 16;
const BRANCH_PODS = 2 ** 10;

/**
 * Nodes that are alike together: it matters to nobody which came first, as long as all of them fit. Subnet by subnet, in the
 * order of the nodes.
 */
function crowdOf(world: ProjectionWorld, targets: Targets, gone: ReadonlySet<string>, end: End): readonly Alike[] {
  const { models, sites, kinds } = columnsOf(world);
  const missing = maskOf(world, gone);
  const counts = new Map<number, { readonly at: number; count: number }>();
  for (let at = 0; at < kinds.length; at++) {
    if (missing[at] === 1 || sites[at] === undefined) continue;
    const key = (kinds[at]! * PODS + targets.addressed[at]!) * BRANCH_PODS + targets.branch[at]!;
    const known = counts.get(key);
    if (known) known.count++;
    else counts.set(key, { at, count: 1 });
  }
  const together = new Map<Sites, Map<NodeNeed, number>>();
  for (const { at, count } of counts.values()) {
    const pods = { addressed: targets.addressed[at]!, branch: targets.branch[at]! };
    const need = needAt(models[at]!, pods, world.pair.pattern, end);
    const here = together.get(sites[at]!) ?? new Map<NodeNeed, number>();
    together.set(sites[at]!, here);
    here.set(need, (here.get(need) ?? 0) + count);
  }
  return [...together].flatMap(([where, needs]) => [...needs].map(([need, count]) => ({ where, need, count })));
}

/** Where ENIs have a choice of subnets, or not all fit, nodes come one by one. */
function placeAlike(ledger: Ledger, where: Sites, need: NodeNeed, count: number, pattern: Pattern, end: End): void {
  const single = where.pods.length === 1;
  const sure = !single ? 0 : blocksOf(need) === 0 ? count : Math.min(surelyFit(ledger, where, need), count);
  if (sure > 0) place(ledger, where, times(need, sure), pattern, end);
  for (let i = sure; i < count; i++) {
    place(ledger, where, need, pattern, end);
    // With no whole block left that could be broken, the rest is a sum.
    if (single && [where.node, ...where.pods].every((id) => (ledger.get(id)?.blocks ?? 0) <= 0)) {
      place(ledger, where, times(need, count - i - 1), pattern, end);
      return;
    }
  }
}

/** Nodes for which there is room for sure, even if every single address broke up a block. */
function surelyFit(ledger: Ledger, where: Sites, need: NodeNeed): number {
  const blocks = blocksOf(need) + singlesOf(need);
  const least = Math.min(...[where.node, ...where.pods].map((id) => ledger.get(id)?.blocks ?? 0));
  return Math.max(Math.floor(least / blocks), 0);
}

function singlesOf({ primary, further, beside }: NodeNeed): number {
  return further.reduce((n, e) => n + e.singles, primary.singles + beside);
}

function times({ primary, further, beside }: NodeNeed, count: number): NodeNeed {
  const each = (e: EniNeed): EniNeed => ({ singles: e.singles * count, blocks: e.blocks * count });
  return { primary: each(primary), further: further.map(each), beside: beside * count };
}

/** What today's nodes hold; undefined where their ENIs were not read. */
interface Holding {
  readonly seen: NodeEnis;
  readonly slots: number;
  /** Its slots are filled in the other mode: it stays as it is until it is replaced. */
  readonly otherMode: boolean;
}

function holdingsOf(
  world: ProjectionWorld,
  enis: ReadonlyMap<string, NodeEnis> | undefined,
): readonly (Holding | undefined)[] {
  const known = world.memo.get('holdings') as readonly (Holding | undefined)[] | undefined;
  if (known) return known;
  const { models } = columnsOf(world);
  const found = world.nodes.map(({ name }, at): Holding | undefined => {
    const seen = enis?.get(name);
    const { prefixes } = models[at]!;
    return seen && { seen, slots: heldSlots(seen, prefixes), otherMode: showsOtherMode(seen, prefixes) };
  });
  world.memo.set('holdings', found);
  return found;
}

/** Nodes keep what they hold and take what is missing. */
function growAll(
  ledger: Ledger,
  world: ProjectionWorld,
  targets: Targets,
  gone: ReadonlySet<string>,
  enis: ReadonlyMap<string, NodeEnis> | undefined,
  end: End,
): void {
  const { models, sites, own } = columnsOf(world);
  const { pattern } = world.pair;
  const missing = maskOf(world, gone);
  const holdings = holdingsOf(world, enis);
  const use = world.run.valueOf(addressUse);
  for (let at = 0; at < models.length; at++) {
    const where = sites[at];
    if (missing[at] === 1 || !where) continue;
    const model = models[at]!;
    const pods = { addressed: targets.addressed[at]!, branch: targets.branch[at]! };
    const wanted = needAt(model, pods, pattern, end);
    const holding = holdings[at];
    if (holding) {
      if (!holding.otherMode) grow(ledger, holding, model, wanted, where, use, world, end);
      continue;
    }
    const has = needAt(model, { addressed: own.addressed[at]!, branch: own.branch[at]! }, pattern, end);
    const more = {
      singles: sum(wanted, 'singles') - sum(has, 'singles'),
      blocks: sum(wanted, 'blocks') - sum(has, 'blocks'),
    };
    takeSomewhere(ledger, where, { singles: Math.max(more.singles, 0), blocks: Math.max(more.blocks, 0) }, end);
  }
}

function grow(
  ledger: Ledger,
  { seen, slots }: Holding,
  own: NodeModel,
  wanted: ReturnType<typeof needAt>,
  where: Sites,
  use: ReadonlyMap<string, AddressUse> | undefined,
  world: ProjectionWorld,
  end: End,
): void {
  let missing = wanted.slots - slots;
  if (missing < 0 && use && world.options.trims) release(ledger, world, own, seen, -missing, use, end);
  if (missing > 0) {
    const open = seen.data.filter((e) => !seen.excluded.includes(e) && !(own.primaryClosed && e === seen.primary));
    for (const eni of open) {
      if (missing <= 0) break;
      const more = Math.min(own.slotsPerEni - eni.secondaryIps.length - eni.prefixes.length, missing);
      const account = ledger.get(eni.subnetId);
      if (more <= 0 || !account) continue;
      take(account, own.prefixes ? { singles: 0, blocks: more } : { singles: more, blocks: 0 }, end);
      missing -= more;
    }
  }
  while (missing > 0 && own.slotsPerEni > 0) {
    const batch = Math.min(missing, own.slotsPerEni);
    takeSomewhere(ledger, where, own.prefixes ? { singles: 1, blocks: batch } : { singles: 1 + batch, blocks: 0 }, end);
    missing -= batch;
  }
  const beside = wanted.beside - (seen.trunk ? 1 : 0) - seen.branch.length;
  if (beside <= 0) return;
  const home = ledger.get(
    (own.primaryClosed && world.model.settings.customNetworking ? where.pods[0] : undefined) ?? where.node,
  );
  if (home) take(home, { singles: beside, blocks: 0 }, end);
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
