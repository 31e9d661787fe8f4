/** So many more pods: on the nodes there are first, then on new ones, as far as their groups go. */
import { countArgument, idOf, type ScenarioKind } from './scenario.ts';
import { ownerLike } from './workloads.ts';

export const pods: ScenarioKind = {
  name: 'pods',
  form: 'pods=N',
  summary: 'N more pods, like those of --like deploy/NAME -n NS where that is given',
  options: ['like'],
  parse: (argument, options) => {
    const count = countArgument('pods=N', argument);
    return {
      id: idOf(`pods=+${count}`, options),
      growths: (world) => {
        const like = options.like && ownerLike(world, options.like);
        return [
          {
            title: `+${count} pods${like ? ` like those of ${like.owner} in ${like.namespace}` : ''}`,
            nodes: [],
            pods: [
              { count, ...(like ? { like, branch: like.branch, ...(like.needs ? { needs: like.needs } : {}) } : {}) },
            ],
          },
        ];
      },
    };
  },
};
