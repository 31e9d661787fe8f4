/** So many more nodes, spread over the subnets of the group they join. */
import type { NodeGrowth } from '../growth.ts';
import type { ProjectionWorld } from '../world.ts';
import { countArgument, idOf, ScenarioError, type ScenarioKind, type ScenarioOptions } from './scenario.ts';

export const nodes: ScenarioKind = {
  name: 'nodes',
  form: 'nodes=+N',
  summary: 'N more nodes, as the cluster has them or as --instance and --nodegroup say',
  options: ['instanceType', 'nodegroup', 'podsPerNode'],
  parse: (argument, options) => {
    const count = countArgument('nodes=+N', argument);
    const { instanceType, nodegroup } = options;
    const what = instanceType ?? (nodegroup === undefined ? 'nodes of the present mix' : `nodes of ${nodegroup}`);
    return {
      id: idOf(`nodes=+${count}`, options),
      growths: (world) => [
        {
          title: `+${count} ${what}`,
          nodes: [{ count, ...checked(world, options) }],
          pods: [],
        },
      ],
    };
  },
};

/** @throws ScenarioError for a type nobody knows the limits of, and for a group the cluster does not have. */
function checked(
  world: ProjectionWorld,
  { instanceType, nodegroup, podsPerNode }: ScenarioOptions,
): Omit<NodeGrowth, 'count'> {
  if (instanceType !== undefined && world.limitsOf(instanceType) === undefined)
    throw new ScenarioError(`--instance ${instanceType}: there is no such instance type`);
  if (nodegroup !== undefined && !world.groups.some((g) => g.name === nodegroup)) {
    const names = world.groups.map((g) => g.name).join(', ');
    throw new ScenarioError(
      `--nodegroup ${nodegroup}: the cluster has ${names === '' ? 'no group that is known' : names}`,
    );
  }
  return {
    ...(nodegroup === undefined ? {} : { group: nodegroup }),
    ...(instanceType === undefined ? {} : { instanceType }),
    ...(podsPerNode === undefined ? {} : { podsPerNode }),
  };
}
