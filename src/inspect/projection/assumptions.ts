/** What a projection takes for granted, in plain words. */
import { usesCustomNetworking } from '../../calc/patterns.ts';
import { things } from '../contract/words.ts';
import type { Growth, NodeGrowth } from './growth.ts';
import type { Plays } from './judge.ts';
import { waitingPods } from './scenarios/workloads.ts';
import { openTypes, typeAt } from './templates.ts';
import type { ProjectionWorld } from './world.ts';

export function assumptionsOf(world: ProjectionWorld, growth: Growth, plays: Plays): string[] {
  const { density } = world;
  const perNode =
    density.source === 'p95'
      ? [`${density.pods} pods with an address on a new node: the 95th percentile of today's`]
      : density.source === 'full'
        ? ['new nodes are full: maxPods less two for the host network']
        : [`${density.pods} pods with an address on a new node, as asked`];
  const uneven =
    growth.nodes.length > 0 ? ['an odd node may come up in any of the subnets: each is counted with it'] : [];
  return [
    ...(growth.assumptions ?? []),
    ...waitingAssumed(world, growth),
    ...podSubnetsAssumed(world),
    ...(plays.worst.nodesAdded > 0 || growth.fill ? perNode : []),
    ...uneven,
    ...typesAssumed(world, plays.worst.nodes),
    othersAssumed(world),
    ...(plays.worst.byModel ? ['what nodes hold is told by the model: their ENIs were not read'] : []),
  ];
}

function podSubnetsAssumed({ options: { podSubnets = [] }, pair }: ProjectionWorld): string[] {
  if (podSubnets.length === 0 || !usesCustomNetworking(pair.pattern)) return [];
  const places = podSubnets.map(({ cidr, zone }) => `${cidr} in ${zone}`);
  return [`pods are in subnets that do not exist yet where no ENIConfig has one: ${places.join(', ')}`];
}

/** Nodes that are filled up have room for them within their density. */
function waitingAssumed(world: ProjectionWorld, { fill }: Growth): string[] {
  const pods = fill ? 0 : waitingPods(world).reduce((n, p) => n + p.count, 0);
  return pods === 0
    ? []
    : [
        `${things(pods, 'pod')} that ${pods === 1 ? 'waits' : 'wait'} for a node today ${pods === 1 ? 'is' : 'are'} placed as well`,
      ];
}

/** Which types the ends of a range stand for, where nobody has chosen one. */
function typesAssumed(world: ProjectionWorld, additions: readonly NodeGrowth[]): string[] {
  const found = additions.flatMap((addition) => {
    const types = openTypes(world, addition);
    const [most, least] = [typeAt(world, addition, 'worst'), typeAt(world, addition, 'best')];
    if (types.length === 0 || most === undefined || most === least) return [];
    return [
      `nodes of ${addition.group} may be any of ${types.length} types: from ${least} to ${most}, by what they take`,
    ];
  });
  return [...new Set(found)];
}

/** What everybody else is taken to hold. */
function othersAssumed({ options: { tenants } }: ProjectionWorld): string {
  if (!tenants || tenants.size === 0) return 'what others hold in these subnets stays as it is';
  const more = [...tenants].map(([id, addresses]) => `${addresses} more in ${id}`);
  return `others hold as much as they did at most in the snapshots given: ${more.join(', ')}`;
}
