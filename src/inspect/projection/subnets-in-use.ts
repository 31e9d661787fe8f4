/** Which subnets feed nodes and pods in a projection, and what one more node takes of each. */
import { usesCustomNetworking } from '../../calc/patterns.ts';
import type { SubnetProjection } from '../contract/plan.ts';
import { section } from '../facts/define-fact.ts';
import { eniOwners } from '../facts/eni-owners.ts';
import { subnetRoles } from '../facts/subnet-roles.ts';
import type { NodeGrowth } from './growth.ts';
import { needOfNew } from './ordering.ts';
import { addressesOf, blocksOf, type NodeNeed } from './placement.ts';
import { type Template, templatesFor } from './templates.ts';
import type { ProjectionWorld } from './world.ts';

type Feeds = SubnetProjection['feeds'][number];

export interface SubnetInUse {
  readonly feeds: readonly Feeds[];
  /** Prefixes are taken here. */
  readonly prefixes: boolean;
  /** What one more node takes here; the hungriest decides. */
  readonly next: { readonly addresses: number; readonly blocks: number };
  /** What it takes here before anything else, and nowhere else: its primary ENI, and trunk and branch ENIs beside it. */
  readonly home: { readonly addresses: number; readonly blocks: number };
  /** Who else grows here by rules of his own, in plain words. */
  readonly others: readonly string[];
}

export type SubnetsInUse = ReadonlyMap<string, SubnetInUse>;

export function subnetsInUse(world: ProjectionWorld, additions: readonly NodeGrowth[]): SubnetsInUse {
  const key = `in use ${JSON.stringify(additions.map(({ group, instanceType, podsPerNode, zones }) => [group, instanceType, podsPerNode, zones]))}`;
  const known = world.memo.get(key) as SubnetsInUse | undefined;
  if (known) return known;
  const drafts = new Map<string, Draft>();
  const draftOf = (id: string): Draft => {
    const home = { addresses: 0, blocks: 0 };
    const draft = drafts.get(id) ?? { feeds: new Set<Feeds>(), prefixes: false, addresses: 0, blocks: 0, home };
    drafts.set(id, draft);
    return draft;
  };
  const present: NodeGrowth[] = [
    ...(world.nodes.length > 0 ? [{ count: 1 }] : []),
    ...world.groups.map((g) => ({ count: 1, group: g.name })),
  ];
  for (const addition of [...additions, ...present])
    for (const template of templatesFor(world, addition)) note(world, addition, template, draftOf);
  const roles = world.run.valueOf(subnetRoles);
  for (const [id, own] of roles ?? []) if (own.includes('fargate')) draftOf(id).feeds.add('fargate');
  const tenants = othersIn(world);
  const found = new Map(
    [...drafts].map(([id, { feeds, prefixes, addresses, blocks, home }]): [string, SubnetInUse] => [
      id,
      { feeds: [...feeds].sort(), prefixes, next: { addresses, blocks }, home, others: tenants.get(id) ?? [] },
    ]),
  );
  world.memo.set(key, found);
  return found;
}

interface Draft {
  readonly feeds: Set<Feeds>;
  prefixes: boolean;
  addresses: number;
  blocks: number;
  readonly home: { addresses: number; blocks: number };
}

function note(world: ProjectionWorld, addition: NodeGrowth, template: Template, draftOf: (id: string) => Draft): void {
  const { sites } = template;
  for (const like of new Set(template.like)) {
    const need = needOfNew(world, addition, like, 'worst');
    const { prefixes } = world.model.next(like);
    const home = draftOf(sites.node);
    home.feeds.add('nodes');
    const besideIt = usesCustomNetworking(world.pair.pattern) ? 0 : need.beside;
    home.home.addresses = Math.max(home.home.addresses, atHome(need) + besideIt);
    home.home.blocks = Math.max(home.home.blocks, need.primary.blocks);
    if (!sites.pods.includes(sites.node)) home.addresses = Math.max(home.addresses, atHome(need));
    for (const id of sites.pods) {
      const draft = draftOf(id);
      draft.feeds.add('pods');
      draft.prefixes ||= prefixes;
      const elsewhere = id === sites.node ? 0 : need.primary.singles + 16 * need.primary.blocks;
      draft.addresses = Math.max(draft.addresses, addressesOf(need) - elsewhere);
      draft.blocks = Math.max(draft.blocks, blocksOf(need) - (id === sites.node ? 0 : need.primary.blocks));
    }
  }
}

function atHome({ primary }: NodeNeed): number {
  return primary.singles + 16 * primary.blocks;
}

/** Auto Mode and other clusters take addresses by rules that are not read here. */
function othersIn({ run }: ProjectionWorld): ReadonlyMap<string, readonly string[]> {
  const known = others.get(run) ?? othersOf(run);
  others.set(run, known);
  return known;
}

/** The same under every pair. */
const others = new WeakMap<ProjectionWorld['run'], ReadonlyMap<string, readonly string[]>>();

function othersOf(run: ProjectionWorld['run']): ReadonlyMap<string, readonly string[]> {
  const cluster = run.valueOf(section('cluster'))?.name;
  const found = new Map<string, Set<string>>();
  for (const { eni, class: its, cluster: owner } of run.valueOf(eniOwners)?.values() ?? []) {
    const who =
      its === 'auto-mode'
        ? 'nodes of EKS Auto Mode take addresses here by rules of their own'
        : owner !== undefined && owner !== cluster && CNI.has(its)
          ? `cluster ${owner} takes addresses here as well`
          : undefined;
    if (who === undefined) continue;
    const here = found.get(eni.subnetId) ?? new Set();
    found.set(eni.subnetId, here.add(who));
  }
  return new Map([...found].map(([id, who]) => [id, [...who].sort()]));
}

/** What grows with a cluster's pods. */
const CNI: ReadonlySet<string> = new Set(['node-primary', 'cni-secondary', 'sgp-trunk', 'sgp-branch', 'other-cluster']);
