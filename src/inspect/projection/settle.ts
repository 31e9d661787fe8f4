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

export type Targets = (node: CapacityNode) => Target;

/** The pods it has. */
export function ownPods(world: ProjectionWorld): Targets {
  const { model, pair } = world;
  return (node) => split(node, pair.pattern, model.current, model.of(node).branchEnis);
}

/** The density of the projection, or its own pods where those are more. */
export function filled(world: ProjectionWorld): Targets {
  const own = ownPods(world);
  return (node) => {
    const [has, full] = [own(node), podsOn(world, world.model.of(node))];
    return { addressed: Math.max(has.addressed, full.addressed), branch: Math.max(has.branch, full.branch) };
  };
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
  const { run, generation, pair, model, sites } = world;
  const emptied =
    generation === 'replaced'
      ? ledgerWithoutNodes(run, world.ledger)
      : gone.size > 0
        ? ledgerWithoutNodes(run, world.ledger, gone)
        : undefined;
  const ledger = copyOf(emptied ?? world.ledger);
  const enis = run.valueOf(nodeEnis);
  const use = run.valueOf(addressUse);
  const crowd = crowdIn(ledger, pair.pattern, end);
  for (const node of world.nodes) {
    if (gone.has(node.name)) continue;
    const where = sites(node, pair.pattern);
    if (!where) continue;
    const target = targets(node);
    const own = model.of(node);
    if (generation === 'grow') grow(ledger, node, own, target, where, enis?.get(node.name), use, world, end);
    else crowd.add(where, needAt(own, target, pair.pattern, end));
  }
  crowd.place();
  return { ledger, byModel: enis === undefined };
}

/**
 * Places many nodes. Those that take single addresses of one subnet each are taken together: it matters to nobody which came
 * first. The others come one by one.
 */
function crowdIn(
  ledger: Ledger,
  pattern: Pattern,
  end: End,
): { add: (where: Sites, need: NodeNeed) => void; place: () => void } {
  const together = new Map<string, { where: Sites; counts: Map<NodeNeed, number> }>();
  return {
    add(where, need) {
      if (where.pods.length !== 1 || blocksOf(need) > 0) {
        place(ledger, where, need, pattern, end);
        return;
      }
      const key = `${where.node} ${where.pods[0]}`;
      const same = together.get(key) ?? { where, counts: new Map<NodeNeed, number>() };
      together.set(key, same);
      same.counts.set(need, (same.counts.get(need) ?? 0) + 1);
    },
    place() {
      for (const { where, counts } of together.values())
        for (const [need, count] of counts) place(ledger, where, times(need, count), pattern, end);
    },
  };
}

function times({ primary, further, beside }: NodeNeed, count: number): NodeNeed {
  const each = (e: EniNeed): EniNeed => ({ singles: e.singles * count, blocks: e.blocks * count });
  return { primary: each(primary), further: further.map(each), beside: beside * count };
}

function grow(
  ledger: Ledger,
  node: CapacityNode,
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
    const has = needAt(own, ownPods(world)(node), pattern, end);
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
  const account = candidates.find((a) => fits(a, need)) ?? candidates[0];
  if (account) take(account, need, end);
}
