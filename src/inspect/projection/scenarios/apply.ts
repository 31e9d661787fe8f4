/** What is declared, carried out: every group at its desired size, with the types and subnets it has now. */
import { sizedTo } from '../group-sizes.ts';
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
        return [settled, ...swapping(world)];
      },
    };
  },
};

/** While groups are replaced: those that come first stand beside the old ones, whose nodes keep what they hold. */
function swapping(world: ProjectionWorld): Growth[] {
  const orders = new Map(world.options.swaps?.map((s) => [s.group, s.order]));
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
