/** So many more nodes, spread over the subnets of the group they join. */
import { countArgument, idOf, type ScenarioKind } from './scenario.ts';

export const nodes: ScenarioKind = {
  name: 'nodes',
  form: 'nodes=+N',
  summary: 'N more nodes, as the cluster has them or as --instance and --nodegroup say',
  options: ['instanceType', 'nodegroup', 'podsPerNode'],
  parse: (argument, options) => {
    const count = countArgument('nodes=+N', argument);
    const { instanceType, nodegroup, podsPerNode } = options;
    const what = instanceType ?? (nodegroup === undefined ? 'nodes of the present mix' : `nodes of ${nodegroup}`);
    return {
      id: idOf(`nodes=+${count}`, options),
      growths: () => [
        { title: `+${count} ${what}`, nodes: [{ count, group: nodegroup, instanceType, podsPerNode }], pods: [] },
      ],
    };
  },
};
