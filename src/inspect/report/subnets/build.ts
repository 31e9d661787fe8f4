/** Who holds each subnet's addresses, where whole /28 are, and what frees more: facts → the report of `subnets`. */

import { type MadeBy, reportHead } from '../../contract/head.ts';
import type { BlockDetail, ReservePlan, SubnetItem, SubnetsReport } from '../../contract/subnets.ts';
import { type Run, section } from '../../facts/define-fact.ts';
import { type EniOwner, eniOwners } from '../../facts/eni-owners.ts';
import { reach } from '../../facts/reach.ts';
import { allSubnetAccounts, type SubnetAccounting } from '../../facts/subnet-accounting.ts';
import { type BlockStates, subnetBlocks } from '../../facts/subnet-blocks.ts';
import { subnetNeed } from '../../facts/subnet-need.ts';
import { subnetSources } from '../../facts/subnet-sources.ts';
import { isForeign, type SubnetUse, subnetUse } from '../../facts/subnet-use.ts';
import type { Policy } from '../../policy.ts';
import { drainable } from '../../projection/drains/drainable.ts';
import { type HeldBlocks, heldBlocks } from '../../projection/drains/held-blocks.ts';
import { type Movers, moversOf } from '../../projection/drains/movers.ts';
import { gapsOf } from '../../snapshot/section.ts';
import { SECTION_NAMES } from '../../snapshot.ts';
import { blockDetail } from './block.ts';
import { type Context, contextOf } from './context.ts';
import { drainReports, usualWants } from './drains.ts';
import { growPlans } from './grow.ts';
import { clustersIn, interfacesOf, UNKNOWN_OWNERS } from './interfaces.ts';
import { fragmentationOf, mapOf } from './map.ts';
import { reservePlan } from './reserve.ts';

export interface SubnetsAsk {
  /** Subnets by id; all that concern the cluster where empty. */
  readonly subnetIds: readonly string[];
  /** Every subnet of the VPC, whether it concerns the cluster or not. */
  readonly wholeVpc: boolean;
  /** Index of a block within its subnet, or an address inside one. */
  readonly block?: { readonly index: number } | { readonly address: number };
  /** Blocks that drains shall free. */
  readonly drain?: number;
  /** Blocks to reserve for prefixes. */
  readonly reserve?: number;
  /** Prefix length of one more subnet in each zone, 16 to 28. */
  readonly grow?: number;
}

export function buildSubnets(run: Run, ask: SubnetsAsk, policy: Policy, tool: MadeBy['tool']): SubnetsReport {
  const ctx = contextOf(run);
  const vpc = run.valueOf(section('vpc'));
  const parts = partsOf(run, ask, policy);
  const items = parts.accounts.map((account) => item(ctx, parts, account, ask));
  const unknown = items.flatMap((i) => (i.owners ?? []).filter((o) => UNKNOWN_OWNERS.has(o.class)));
  return {
    ...reportHead('Subnets', { tool, generatedAt: run.snapshot.collectedAt }),
    setup: ctx.cluster ? (run.valueOf(reach)?.setup ?? []) : [],
    cluster: ctx.cluster
      ? {
          name: ctx.cluster.name,
          region: ctx.cluster.region,
          account: ctx.cluster.account,
          mode: ctx.networking?.mode ?? null,
        }
      : null,
    vpcId: vpc?.vpcId ?? ctx.cluster?.vpcId ?? parts.accounts[0]?.subnet.vpcId ?? null,
    vpcCidrs: vpc ? vpc.cidrs.filter((c) => c.state === 'associated').map((c) => c.cidr) : null,
    items,
    unknownOwners: {
      enis: unknown.reduce((n, o) => n + o.enis, 0),
      addresses: unknown.reduce((n, o) => n + o.addresses + 16 * o.prefixes, 0),
    },
    block: ask.block ? blockDetails(run, parts, ask.block) : null,
    reserve: ask.reserve === undefined ? null : reservePlans(ctx, parts, ask.reserve),
    grow:
      ask.grow === undefined
        ? null
        : growPlans(
            ctx,
            [...parts.accounts].sort((a, b) => rank(parts, a) - rank(parts, b)).map((a) => a.subnet),
            ask.grow,
          ),
    unread: SECTION_NAMES.map((name) => ({ section: name, gaps: gapsOf(run.snapshot[name], name) })).filter(
      ({ gaps }) => gaps.length > 0,
    ),
  };
}

/** Everything that the subnets asked for are looked up in. */
interface Parts {
  readonly accounts: readonly SubnetAccounting[];
  readonly account?: string;
  readonly clusterName?: string;
  readonly sources: ReadonlyMap<string, readonly string[]>;
  readonly uses?: ReadonlyMap<string, SubnetUse>;
  readonly blocks?: ReadonlyMap<string, BlockStates>;
  readonly owners?: ReadonlyMap<string, EniOwner>;
  readonly movers: Movers;
  readonly held: (subnetId: string) => HeldBlocks | undefined;
}

function partsOf(run: Run, ask: SubnetsAsk, policy: Policy): Parts {
  const uses = run.valueOf(subnetUse);
  const blocks = run.valueOf(subnetBlocks);
  const owners = run.valueOf(eniOwners);
  const sources = run.valueOf(subnetSources) ?? new Map<string, readonly string[]>();
  const held = new Map<string, HeldBlocks>();
  return {
    accounts: asked(run.valueOf(allSubnetAccounts) ?? [], ask, sources),
    account: run.valueOf(section('caller'))?.account,
    clusterName: run.valueOf(section('cluster'))?.name,
    sources,
    uses,
    blocks,
    owners,
    movers: moversOf(run, policy),
    held: (id) => {
      const [use, states] = [uses?.get(id), blocks?.get(id)];
      if (!use || !states || !owners) return undefined;
      const known = held.get(id) ?? heldBlocks(use, owners, states.states.length);
      held.set(id, known);
      return known;
    },
  };
}

/** Without a cluster nothing tells which subnets matter: then all do. */
function asked(
  accounts: readonly SubnetAccounting[],
  { subnetIds, wholeVpc }: SubnetsAsk,
  sources: ReadonlyMap<string, readonly string[]>,
): readonly SubnetAccounting[] {
  if (subnetIds.length > 0) return accounts.filter((a) => subnetIds.includes(a.subnetId));
  const named = accounts.filter((a) => sources.has(a.subnetId));
  return wholeVpc || named.length === 0 ? accounts : named;
}

function item(ctx: Context, parts: Parts, account: SubnetAccounting, ask: SubnetsAsk): SubnetItem {
  const { subnet, subnetId } = account;
  const use = parts.uses?.get(subnetId);
  const states = parts.blocks?.get(subnetId);
  const foreign = isForeign(subnet, parts.account);
  return {
    subnetId,
    name: account.name,
    availabilityZone: account.availabilityZone,
    cidr: account.cidr,
    sources: parts.sources.get(subnetId) ?? [],
    sharedBy: foreign ? (subnet.ownerId ?? null) : null,
    ipv6Cidrs: subnet.ipv6Cidrs,
    addresses: account.addresses,
    blocks: states && account.blocks ? { ...account.blocks, upperBound: states.upperBound } : null,
    notes: [...account.notes, ...(states?.upperBoundReasons ?? [])],
    fragmentation:
      use && states
        ? fragmentationOf(use, states, account.addresses.free, account.addresses.reservedUnallocated)
        : null,
    clusters: use && parts.owners ? clustersIn(use, parts.owners, parts.clusterName) : null,
    owners: account.owners,
    leakedAddresses: parts.owners
      ? parts.movers.leaks.filter((l) => l.eni.subnetId === subnetId).reduce((n, l) => n + l.addresses, 0)
      : null,
    reservations: reservationsOf(ctx.run, subnetId),
    ...inBlocks(ctx, parts, subnetId, ask),
    interfaces: use && parts.owners ? interfacesOf(use, parts.owners) : null,
  };
}

function inBlocks(
  ctx: Context,
  { uses, blocks, held: heldOf, movers }: Parts,
  subnetId: string,
  ask: SubnetsAsk,
): Pick<SubnetItem, 'map' | 'drains' | 'drainable' | 'pinned'> {
  const use = uses?.get(subnetId);
  const states = blocks?.get(subnetId);
  const held = heldOf(subnetId);
  if (!use || !states || !held) return { map: null, drains: [], drainable: null, pinned: [] };
  const found = drainable(use, states.states, held, movers);
  const wanted = ctx.run.valueOf(subnetNeed)?.get(subnetId)?.blocks ?? 0;
  const lacking = wanted - states.counts.free - states.counts.prefixReserved;
  const wants = ask.drain === undefined ? usualWants(found, lacking) : [ask.drain];
  return {
    map: mapOf(states.states, held),
    drains: drainReports(ctx, found, movers, wants),
    drainable: found.blocks.length,
    pinned: found.pinned,
  };
}

function reservationsOf(run: Run, subnetId: string): SubnetItem['reservations'] {
  const read = run.valueOf(section('cidrReservations'));
  if (!read?.subnetIds.includes(subnetId)) return null;
  return read.reservations
    .filter((r) => r.subnetId === subnetId)
    .map(({ reservationId, cidr, type }) => ({ id: reservationId, cidr, type }));
}

/** Of every subnet asked for that has such a block. */
function blockDetails(run: Run, parts: Parts, block: NonNullable<SubnetsAsk['block']>): BlockDetail[] {
  return parts.accounts.flatMap(({ subnetId }) => {
    const use = parts.uses?.get(subnetId);
    const states = parts.blocks?.get(subnetId);
    const held = parts.held(subnetId);
    if (!use || !states || !held) return [];
    const index = 'index' in block ? block.index : Math.floor((block.address - use.cidr.first) / 16);
    if (index < 0 || index >= states.states.length) return [];
    return [blockDetail(run, use, states.states, held, parts.movers, index)];
  });
}

/** Subnets that pods or nodes get their addresses from come first: their routes are the ones to copy. */
function rank({ sources }: Parts, { subnetId }: SubnetAccounting): number {
  const of = sources.get(subnetId) ?? [];
  if (of.some((s) => s.startsWith('eniconfig:') || s === 'discovery')) return 0;
  return of.includes('node') ? 1 : 2;
}

function reservePlans(ctx: Context, parts: Parts, want: number): ReservePlan[] {
  return parts.accounts.flatMap(({ subnetId }) => {
    const use = parts.uses?.get(subnetId);
    const states = parts.blocks?.get(subnetId)?.states;
    const held = parts.held(subnetId);
    if (!use || !states || !held) return [];
    return [reservePlan(ctx, use, states, drainable(use, states, held, parts.movers), parts.movers, want)];
  });
}
