/** Pods that a lost zone keeps: their volume is there and nowhere else. */
import { section } from '../../facts/define-fact.ts';
import { isLive } from '../../facts/demand.ts';
import { podsOf } from '../../snapshot/pods.ts';
import type { Growth } from '../growth.ts';
import type { ProjectionWorld } from '../world.ts';

export function strandedIn(
  world: ProjectionWorld,
  zone: string,
  nodes: ReadonlySet<string>,
): NonNullable<Growth['stranded']> {
  const pods = world.run.valueOf(section('pods'));
  const volumes = world.run.valueOf(section('persistentVolumes'));
  if (!pods || !volumes) return [];
  const boundTo = new Map(volumes.map((v) => [v.claim, v.zones]));
  const found = new Map<string, number>();
  for (const pod of podsOf(pods)) {
    if (pod.node === undefined || !nodes.has(pod.node) || !isLive(pod)) continue;
    const bound = pod.claims?.some((claim) => {
      const zones = boundTo.get(`${pod.namespace}/${claim}`);
      return zones !== undefined && zones.length > 0 && zones.every((z) => z === zone);
    });
    if (!bound) continue;
    const owner = `${pod.owner ?? `Pod/${pod.name}`} in ${pod.namespace}`;
    found.set(owner, (found.get(owner) ?? 0) + 1);
  }
  return [...found].map(([owner, count]) => ({ owner, pods: count, reason: `a volume of theirs is in ${zone} only` }));
}
