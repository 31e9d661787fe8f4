/** What is declared, carried out: every group at its desired size, with the types and subnets it has now. */
import { besideLeftovers, sizedTo } from '../group-sizes.ts';
import type { Growth } from '../growth.ts';
import type { ProjectionWorld } from '../world.ts';
import { noArgument, type ScenarioKind } from './scenario.ts';

export const apply: ScenarioKind = {
  name: 'apply',
  form: 'apply',
  summary: 'every group at its desired size, as declared',
  options: [],
  parse: (argument) => {
    noArgument('apply', argument);
    return {
      id: 'apply',
      growths: (world) => {
        const { nodes, gone, replaced } = sizedTo(world, new Map(world.groups.map((g) => [g, g.desired])), false);
        const settled: Growth = {
          title: 'every group at its desired size',
          nodes,
          pods: [],
          gone,
          fill: true,
          assumptions: replaced > 0 ? [`${replaced} nodes are replaced: their group launches others now`] : [],
        };
        return [settled, ...besideLeftovers(world, settled), ...swapping(world), ...rolling(world, settled)];
      },
    };
  },
};

/** Deployments that the change rolls have more pods for a while: `maxSurge` of them (apps/v1, a quarter unless told otherwise). */
function rolling(world: ProjectionWorld, settled: Growth): Growth[] {
  const rolled = world.options.rolling ?? [];
  if (rolled.length === 0) return [];
  const total = rolled.reduce((n, r) => n + r.pods, 0);
  return [
    {
      ...settled,
      title: `${settled.title}, while ${total} more pods stand beside those they replace`,
      pods: rolled.map(({ owner, namespace, pods }) => ({ count: pods, like: { owner, namespace } })),
      peak: true,
      // old pods may go first, and make room
      avoidable: rolled.every((r) => !r.must),
      assumptions: [...(settled.assumptions ?? []), 'every Deployment of the change rolls, all at once'],
    },
  ];
}

/** While groups are replaced: those that come first stand beside the old ones, whose nodes keep what they hold. */
function swapping(world: ProjectionWorld): Growth[] {
  const orders = new Map(world.options.swaps?.filter((s) => s.order !== 'last').map((s) => [s.group, s.order]));
  const swapped = world.groups.filter((g) => orders.has(g.name));
  if (swapped.length === 0) return [];
  const others = world.groups.filter((g) => !orders.has(g.name));
  const joining = sizedTo(world, new Map(others.map((g) => [g, g.desired])), false).nodes;
  return [
    {
      title: `while ${swapped.map((g) => g.name).join(', ')} ${swapped.length === 1 ? 'is' : 'are'} replaced`,
      nodes: [...joining, ...swapped.map((g) => ({ count: g.desired, group: g.name, apart: true }))].filter(
        (n) => n.count > 0,
      ),
      pods: [],
      gone: new Set(swapped.filter((g) => orders.get(g.name) === 'after').flatMap((g) => g.nodes)),
    },
  ];
}
