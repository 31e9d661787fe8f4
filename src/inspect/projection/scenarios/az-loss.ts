/** A zone is lost: its pods come to the others, and nodes with them, as far as their groups go. Each zone in turn. */
import type { Incomplete } from '../../contract/plan.ts';
import { things } from '../../contract/words.ts';
import { gapsOf } from '../../snapshot/section.ts';
import { nodesIn } from '../columns.ts';
import type { Growth, PodGrowth } from '../growth.ts';
import type { ProjectionWorld } from '../world.ts';
import { ScenarioError, type ScenarioKind } from './scenario.ts';
import { type MovablePods, moreLike, movablePods } from './workloads.ts';

export const azLoss: ScenarioKind = {
  name: 'az-loss',
  form: 'az-loss[=ZONE]',
  summary: 'a zone is lost, each in turn unless one is named; the worst is reported',
  options: [],
  parse: (argument) => {
    if (argument === '') throw new ScenarioError('az-loss=ZONE: the zone is missing');
    return {
      id: argument === undefined ? 'az-loss' : `az-loss=${argument}`,
      growths: (world) => growths(world, argument),
    };
  },
};

function growths(world: ProjectionWorld, asked: string | undefined): readonly Growth[] {
  const zones = [...new Set(world.nodes.flatMap((n) => n.zone ?? []))].sort();
  if (asked !== undefined && !zones.includes(asked))
    throw new ScenarioError(`az-loss=${asked}: nodes are in ${zones.join(', ') || 'no zone that is known'}`);
  const lost = asked === undefined ? zones : [asked];
  if (lost.length === 0) return [{ title: 'no zone to lose: there are no nodes', nodes: [], pods: [] }];
  return lost.map((zone) => loss(world, zone, zones));
}

function loss(world: ProjectionWorld, zone: string, zones: readonly string[]): Growth {
  const others = zones.filter((z) => z !== zone);
  const here = nodesIn(world, zone);
  const pods = movablePods(world, here);
  const bound = pods.filter((p) => p.zones && !p.zones.some((z) => others.includes(z)));
  const moving = pods.filter((p) => !bound.includes(p));
  const count = moving.reduce((n, p) => n + p.pods, 0);
  const nowhere = others.length === 0 && count > 0;
  return {
    title: `${zone} is lost: ${things(here.size, 'node')}, ${things(count, 'pod')} ${count === 1 ? 'comes' : 'come'} to ${others.join(', ') || 'no other zone'}`,
    nodes: [],
    pods: nowhere ? [] : moving.map((p) => leaving(p, others)),
    lostZone: zone,
    stranded: [
      ...strandedBy(bound, zone),
      ...(nowhere ? [{ owner: 'all pods', pods: count, reason: 'there is no other zone with nodes' }] : []),
    ],
    incomplete: volumesUnread(world, moving),
  };
}

function leaving(pods: MovablePods, others: readonly string[]): PodGrowth {
  return { ...moreLike(pods, pods.pods), zones: others.filter((z) => pods.zones?.includes(z) ?? true) };
}

/** A lost zone keeps pods whose volume is there and nowhere else. */
function strandedBy(bound: readonly MovablePods[], zone: string): NonNullable<Growth['stranded']> {
  const found = new Map<string, number>();
  for (const { owner, namespace, pods } of bound) {
    const name = `${owner} in ${namespace}`;
    found.set(name, (found.get(name) ?? 0) + pods);
  }
  return [...found].map(([owner, pods]) => ({ owner, pods, reason: `a volume of theirs is in ${zone} only` }));
}

/** Whether a pod with a claim can leave hangs on where its volume is. */
function volumesUnread(world: ProjectionWorld, moving: readonly MovablePods[]): readonly Incomplete[] {
  const pods = moving.filter((p) => p.volumesUnknown).reduce((n, p) => n + p.pods, 0);
  if (pods === 0) return [];
  return gapsOf(world.run.snapshot.persistentVolumes, 'persistentVolumes').map(({ reason, permission }) => ({
    reason: `persistentVolumes: ${reason}: whether ${things(pods, 'pod')} with a volume can leave the zone is not known`,
    ...(permission === undefined ? {} : { permission }),
  }));
}
