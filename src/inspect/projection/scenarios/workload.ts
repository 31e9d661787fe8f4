/** Every HorizontalPodAutoscaler at its maximum. */
import type { Incomplete } from '../../contract/plan.ts';
import { section } from '../../facts/define-fact.ts';
import { gapsOf } from '../../snapshot/section.ts';
import type { Growth } from '../growth.ts';
import type { ProjectionWorld } from '../world.ts';
import { noArgument, type ScenarioKind } from './scenario.ts';
import { moreLike, movablePods } from './workloads.ts';

export const workload: ScenarioKind = {
  name: 'workload',
  form: 'workload',
  summary: 'every HorizontalPodAutoscaler at its maxReplicas',
  options: [],
  parse: (argument) => {
    noArgument('workload', argument);
    return { id: 'workload', growths: (world) => [growth(world)] };
  },
};

function growth(world: ProjectionWorld): Growth {
  const read = world.run.get(section('workloads'));
  const incomplete = gapsOf(world.run.snapshot.workloads, 'workloads').map(
    ({ reason, permission }): Incomplete => ({ reason: `workloads: ${reason}`, ...(permission ? { permission } : {}) }),
  );
  const found = read.known ? read.value : undefined;
  const present = new Map(movablePods(world).map((p) => [`${p.namespace} ${p.owner}`, p]));
  const pods = (found?.autoscalers ?? []).flatMap((h) => {
    const owner = `${h.targetKind}/${h.targetName}`;
    const now =
      found?.controllers.find((c) => c.kind === h.targetKind && c.name === h.targetName && c.namespace === h.namespace)
        ?.replicas ?? h.currentReplicas;
    const count = h.maxReplicas - now;
    if (count <= 0) return [];
    const own = present.get(`${h.namespace} ${owner}`);
    return [own ? moreLike(own, count) : { count, like: { owner, namespace: h.namespace } }];
  });
  const count = pods.reduce((n, p) => n + p.count, 0);
  return {
    title: `every HorizontalPodAutoscaler at its maximum: +${count} pods`,
    nodes: [],
    pods,
    incomplete,
  };
}
