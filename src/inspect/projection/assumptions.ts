/** What a projection takes for granted, in plain words. */
import { usesCustomNetworking } from '../../calc/patterns.ts';
import { things } from '../contract/words.ts';
import type { Growth, NodeGrowth } from './growth.ts';
import type { Plays } from './judge.ts';
import { waitingPods } from './scenarios/workloads.ts';
import { openTypes, templatesFor, typeAt } from './templates.ts';
import { type ProjectionWorld, podsOn } from './world.ts';

export function assumptionsOf(world: ProjectionWorld, growth: Growth, plays: Plays): string[] {
  const uneven =
    growth.nodes.length > 0 ? ['an odd node may come up in any of the subnets: each is counted with it'] : [];
  return [
    ...(growth.assumptions ?? []),
    ...waitingAssumed(world, growth),
    ...podSubnetsAssumed(world),
    ...(plays.worst.nodesAdded > 0 || growth.fill ? perNode(world, growth, plays) : []),
    ...uneven,
    ...typesAssumed(world, plays.worst.nodes),
    othersAssumed(world),
    ...(plays.worst.byModel ? ['what nodes hold is told by the model: their ENIs were not read'] : []),
  ];
}

/** Pods on a new node; of a number that was asked for, whether a node takes so many. */
function perNode(world: ProjectionWorld, growth: Growth, { worst }: Plays): string[] {
  const { density } = world;
  const asked = new Set(growth.nodes.flatMap((n) => n.podsPerNode ?? []));
  const untold = growth.fill || asked.size === 0 || growth.nodes.some((n) => n.podsPerNode === undefined);
  if (untold && density.source === 'asked') asked.add(density.pods);
  const told = [...asked].map((pods) => {
    const taken = worst.nodes.flatMap((addition) => {
      const like = templatesFor(world, addition)[0]?.like[0];
      return like ? [podsOn(world, world.model.next(like), pods).addressed] : [];
    });
    const most = Math.max(...taken);
    const cut = taken.length > 0 && most < pods ? `: a node takes ${most}, and so many are reckoned with` : '';
    return `${things(pods, 'pod')} with an address on a new node, as asked${cut}`;
  });
  if (!untold || density.source === 'asked') return told;
  const usual =
    density.source === 'p95'
      ? `${density.pods} pods with an address on a new node: the 95th percentile of today's`
      : 'new nodes are full: maxPods less two for the host network';
  return [...told, usual];
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
