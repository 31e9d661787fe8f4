/** What is declared, carried out: every group at its desired size, with the types and subnets it has now. */
import { sizedTo } from '../group-sizes.ts';
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
        return [
          {
            title: 'every group at its desired size',
            nodes,
            pods: [],
            gone,
            fill: true,
            assumptions: replaced > 0 ? [`${replaced} nodes are replaced: their group launches others now`] : [],
          },
        ];
      },
    };
  },
};
