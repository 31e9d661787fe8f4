/** Every HorizontalPodAutoscaler at its maximum. */
import type { Incomplete } from '../../contract/plan.ts';
import { section } from '../../facts/define-fact.ts';
import { gapsOf } from '../../snapshot/section.ts';
import type { Growth, PodGrowth } from '../growth.ts';
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
    return { id: 'workload', growths };
  },
};

/**
 * The maxima, and on top of them a release: a Deployment brings up its maxSurge before old pods go. One release after another
 * is how it must be possible. All at once, with the branch ENIs of pods that ended still held, is a risk.
 */
function growths(world: ProjectionWorld): readonly Growth[] {
  const settled = growth(world);
  const releases = releasesAt(world, settled);
  const [largest] = [...releases].sort((a, b) => b.surge - a.surge);
  if (!largest) return [settled];
  const peak = (title: string, pods: readonly PodGrowth[], avoidable: boolean): Growth => ({
    ...settled,
    title: `${settled.title}, and ${title}`,
    pods: [...settled.pods, ...pods],
    avoidable,
    assumptions: [
      'addresses of pods that ended rest 30 s and count as free all the while: pods may wait for them, no subnet gives more',
      ...(pods.some((p) => p.cooling) ? ['branch ENIs of pods that ended are held for 60 s and more'] : []),
    ],
  });
  const all = releases.flatMap((r) => [...r.surging, ...r.cooling]);
  const surge = releases.reduce((n, r) => n + r.surge, 0);
  return [
    ...(largest.surge > 0 ? [peak(`a release of ${largest.owner}: +${largest.surge}`, largest.surging, false)] : []),
    settled,
    ...(all.length > 1 ? [peak(`all released at once: +${surge}`, all, true)] : []),
  ];
}

interface Release {
  readonly owner: string;
  readonly surge: number;
  readonly surging: readonly PodGrowth[];
  /** Branch ENIs of its pods that ended. */
  readonly cooling: readonly PodGrowth[];
}

function releasesAt(world: ProjectionWorld, settled: Growth): readonly Release[] {
  const found = world.run.valueOf(section('workloads'))?.controllers ?? [];
  const present = new Map(movablePods(world).map((p) => [`${p.namespace} ${p.owner}`, p]));
  return found.flatMap((c): Release[] => {
    if (c.kind !== 'Deployment') return [];
    const owner = `Deployment/${c.name}`;
    const own = present.get(`${c.namespace} ${owner}`);
    if (!own) return [];
    const more = settled.pods.find((p) => p.like?.owner === owner && p.like.namespace === c.namespace)?.count ?? 0;
    const replicas = c.replicas + more;
    const surge = surgeOf(c.maxSurge ?? '25%', replicas);
    if (surge === 0 && !own.branch) return [];
    return [
      {
        owner,
        surge,
        surging: surge > 0 ? [moreLike(own, surge)] : [],
        cooling: own.branch ? [{ ...moreLike(own, replicas), cooling: true }] : [],
      },
    ];
  });
}

/** Rounded up (apps/v1, RollingUpdateDeployment). */
function surgeOf(maxSurge: string, replicas: number): number {
  if (!maxSurge.endsWith('%')) return Number(maxSurge) || 0;
  return Math.ceil(((Number(maxSurge.slice(0, -1)) || 0) / 100) * replicas);
}

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
