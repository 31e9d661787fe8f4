/** Capacity of this cluster under each of the ten pattern and mode pairs, by the closed form of the ipamd model. */
import { ADDRESSES_PER_BLOCK } from '../../calc/blocks.ts';
import { parseCniVersion } from '../../calc/maxpods/index.ts';
import { PAIRS, type Pair, usesCustomNetworking } from '../../calc/patterns.ts';
import type { Bounded, CapacityRow } from '../contract/report.ts';
import type { Run } from '../facts/define-fact.ts';
import { demand, NO_DEMAND } from '../facts/demand.ts';
import { networking } from '../facts/networking.ts';
import { standingOf } from './blockers.ts';
import { nodesByKind } from './kinds.ts';
import { copyOf, type End, type Ledger, ledgerNow, ledgerWithoutNodes, overdrawn, shareUsed } from './ledger.ts';
import { type CapacityNode, type CapacityNodes, capacityNodes, split } from './nodes.ts';
import { type PairModel, pairModel } from './pair.ts';
import { needOf, place, type SitedNeed, type SitesOf, sitesOf } from './placement.ts';
import { roomForNodes } from './room.ts';
import { placeTogether } from './room-leap.ts';
import { ownPods, settle } from './settle.ts';
import type { Stretches } from './stretches.ts';
import { isWorld, worldOf } from './world.ts';

/** Always ten rows in the order of `PAIRS`; what cannot be told is null. */
export function capacityRows(run: Run): CapacityRow[] {
  const inForce = run.valueOf(networking);
  const nodes = capacityNodes(run);
  if (!inForce) return PAIRS.map((pair) => unknownRow(pair, false, 'settings of aws-node, which could not be read'));
  const current: Pair = { pattern: inForce.pattern, mode: inForce.mode };
  const isCurrent = (p: Pair) => p.pattern === current.pattern && p.mode === current.mode;
  if (!nodes || nodes.nodes.length === 0) {
    const reason = nodes ? 'nodes that aws-node serves: there are none' : 'nodes, which could not be read';
    return PAIRS.map((pair) => unknownRow(pair, isCurrent(pair), reason));
  }

  const cniVersion = parseCniVersion(inForce.cniVersion ?? '');
  const sites = sitesOf(run);
  const now = ledgerNow(run);
  const emptied = now && ledgerWithoutNodes(run, now);
  const all: Nodes = { ...nodes, alike: nodesByKind(nodes.nodes, sites) };
  return PAIRS.map((pair) => {
    const model = pairModel(pair, inForce);
    return {
      ...pair,
      current: model.current,
      ...standingOf(run, model, all.alike, sites, cniVersion),
      ...numbersOf(model, all),
      ...roomIn(run, model, all, sites, model.current ? now : emptied),
    };
  });
}

function unknownRow(pair: Pair, current: boolean, reason: string): CapacityRow {
  return {
    ...pair,
    current,
    supported: current,
    blockers: [{ reason, nodes: 0, zones: [] }],
    maxPodsPerNode: null,
    clusterPods: null,
    addresses: null,
    blocks: null,
    worstSubnet: null,
    roomForNodes: null,
    branchPodsAssumed: null,
  };
}

type Numbers = Pick<CapacityRow, 'maxPodsPerNode' | 'clusterPods' | 'addresses' | 'blocks' | 'branchPodsAssumed'>;

function numbersOf(model: PairModel, { alike, complete, demandKnown, policiesKnown }: Nodes): Numbers {
  const { pattern, mode } = model.pair;
  const max = alike.map(({ of }) => model.of(of).maxPods);
  const maxPodsPerNode = { min: Math.min(...max), max: Math.max(...max) };
  if (!complete || !demandKnown)
    return { maxPodsPerNode, clusterPods: null, addresses: null, blocks: null, branchPodsAssumed: null };
  let clusterPods = 0;
  let node = 0;
  let pod = 0;
  let blocks = 0;
  let branchPods = 0;
  for (const { of: n, count } of alike) {
    const own = model.of(n);
    const { addressed, branch } = split(n, pattern, model.current, own.branchEnis);
    const held = own.held(addressed, branch);
    const { attached, managed } = own.otherCards;
    const cards = managed.reduce((sum, e) => sum + e.singles + ADDRESSES_PER_BLOCK * e.blocks, 0);
    const besidePods = attached.singles + ADDRESSES_PER_BLOCK * attached.blocks;
    const atHome = !usesCustomNetworking(pattern);
    clusterPods += count * Math.min(own.maxPods, own.podIps + branch + n.demand.hostNetwork);
    node += count * ((held.subnetIPsBySubnet.node ?? 0) + besidePods + (atHome ? cards : 0));
    pod += count * (held.subnetIPs - (held.subnetIPsBySubnet.node ?? 0) + (atHome ? 0 : cards));
    blocks += count * (held.prefixes + attached.blocks + managed.reduce((sum, e) => sum + e.blocks, 0));
    branchPods += count * branch;
  }
  return {
    maxPodsPerNode,
    clusterPods,
    addresses: { node, pod },
    blocks: mode === 'prefix' ? blocks : null,
    branchPodsAssumed: policiesKnown || model.current ? branchPods : null,
  };
}

type Room = Pick<CapacityRow, 'worstSubnet' | 'roomForNodes'>;
const UNKNOWN_ROOM: Room = { worstSubnet: null, roomForNodes: null };

interface Nodes extends CapacityNodes {
  /** The same nodes, those that are alike as one. */
  readonly alike: Stretches<CapacityNode>;
}

/**
 * The pair in force is judged by the subnets as they are now, any other by what they would be with every node replaced: `start`.
 */
function roomIn(run: Run, model: PairModel, all: Nodes, sites: SitesOf, start: Ledger | undefined): Room {
  const { alike, complete, demandKnown } = all;
  if (!start || !complete || !demandKnown) return UNKNOWN_ROOM;
  const prefixMode = model.pair.mode === 'prefix';
  const used = subnetsUsed(model, alike, sites);
  if (prefixMode && [...used.pods].some((id) => start.get(id)?.blocks === null)) return UNKNOWN_ROOM;
  const settled = settling(run, model, all, start, sites);
  const ledgers = { best: settled('best'), worst: settled('worst') };
  const isOverdrawn = (end: End) =>
    [...used.nodes, ...used.pods].some((id) => {
      const account = ledgers[end].get(id);
      return account !== undefined && overdrawn(account, prefixMode && used.pods.has(id));
    });
  const room = isOverdrawn('best') ? 0 : roomForNodes(model, alike, ledgers, sites);
  return {
    worstSubnet: worstOf(ledgers.best, used, prefixMode),
    // Where today's nodes do not all fit at one end, none more does at that end.
    roomForNodes: isOverdrawn('worst') && room !== null ? widened(room) : room,
  };
}

function widened(room: Bounded): Bounded {
  const max = typeof room === 'number' ? room : room.max;
  return max === 0 ? 0 : { min: 0, max };
}

/** Under the pair in force nodes keep what they hold and take what pods that wait still ask for. */
function settling(
  run: Run,
  model: PairModel,
  { nodes, alike }: Nodes,
  start: Ledger,
  sites: SitesOf,
): (end: End) => Ledger {
  if (!model.current) return replacing(model, alike, start, sites);
  const waiting = run.valueOf(demand);
  const asking = nodes.filter((n) => {
    const { addressed, holding } = waiting?.get(n.name) ?? NO_DEMAND;
    return addressed > holding;
  });
  const world = asking.length > 0 ? worldOf(run) : [];
  if (!isWorld(world)) return () => copyOf(start);
  const theirs = { ...world, nodes: asking, memo: new Map() };
  return (end) => settle(theirs, ownPods(theirs), NOBODY, end).ledger;
}

const NOBODY: ReadonlySet<string> = new Set();

/** Each node anew. */
function replacing(
  model: PairModel,
  nodes: Stretches<CapacityNode>,
  start: Ledger,
  sites: SitesOf,
): (end: End) => Ledger {
  const { pattern } = model.pair;
  const known = new Map<CapacityNode, SitedNeed | undefined>();
  const sited = nodes.flatMap(({ of: node, count }) => {
    if (!known.has(node)) known.set(node, needFor(node, model, sites));
    const of = known.get(node);
    return of ? [{ of, count }] : [];
  });
  return (end) => {
    const ledger = copyOf(start);
    if (placeTogether(ledger, sited, pattern, end)) return ledger;
    for (const { of, count } of sited) for (let n = 0; n < count; n++) place(ledger, of.sites, of.need, pattern, end);
    return ledger;
  };
}

function needFor(node: CapacityNode, model: PairModel, sites: SitesOf): SitedNeed | undefined {
  const { pattern } = model.pair;
  const where = sites(node, pattern);
  if (!where) return undefined;
  const own = model.of(node);
  const { addressed, branch } = split(node, pattern, model.current, own.branchEnis);
  return { sites: where, need: needOf(own.held(addressed, branch), pattern, own.otherCards) };
}

interface SubnetsUsed {
  /** Those of primary ENIs, and those further ENIs are created in. */
  readonly nodes: ReadonlySet<string>;
  readonly pods: ReadonlySet<string>;
}

function subnetsUsed(model: PairModel, nodes: Stretches<CapacityNode>, sites: SitesOf): SubnetsUsed {
  const found = [...new Set(nodes.map(({ of }) => sites(of, model.pair.pattern)))].flatMap((s) => s ?? []);
  return { nodes: new Set(found.map((s) => s.node)), pods: new Set(found.flatMap((s) => s.pods)) };
}

function worstOf(ledger: Ledger, used: SubnetsUsed, prefixMode: boolean): CapacityRow['worstSubnet'] {
  let worst: CapacityRow['worstSubnet'] = null;
  for (const subnetId of new Set([...used.pods, ...used.nodes])) {
    const account = ledger.get(subnetId);
    if (!account) continue;
    const ratio = shareUsed(account, prefixMode && used.pods.has(subnetId));
    if (!worst || ratio > worst.ratio) worst = { subnetId, ratio };
  }
  return worst;
}
