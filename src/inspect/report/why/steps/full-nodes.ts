/** For a pod on no node: how many nodes are full in the sense the scheduler counts. */

import type { Link } from '../../../contract/why.ts';
import { things } from '../../../contract/words.ts';
import { section } from '../../../facts/define-fact.ts';
import { demand } from '../../../facts/demand.ts';
import type { PodPlace } from '../place.ts';
import { link, type Scene } from '../scene.ts';

/** Nothing where the scheduler did not speak of numbers of pods or of branch ENIs. */
export function fullNodesLink(scene: Scene, { events }: PodPlace): readonly Link[] {
  const kind: string | undefined = events.filter((e) => e.reason === 'FailedScheduling').at(-1)?.kind;
  const nodes = scene.get(section('nodes'));
  if (kind !== 'too-many-pods' && kind !== 'pod-eni-insufficient') return [];
  if (!nodes) return [link('nodes', 'unknown', `the nodes are not known: ${scene.missing(section('nodes'))}`)];
  const pods = scene.get(demand);
  if (!pods) return [link('nodes', 'unknown', `the pods of the nodes are not known: ${scene.missing(demand)}`)];
  const branch = kind === 'pod-eni-insufficient';
  const limited = nodes.flatMap((n) => {
    const limit = branch ? (n.podEni ?? 0) : n.maxPods;
    return limit === undefined
      ? []
      : [{ limit, used: (branch ? pods.get(n.name)?.branch : pods.get(n.name)?.total) ?? 0 }];
  });
  const full = limited.filter(({ limit, used }) => used >= limit).length;
  const room = limited.reduce((sum, { limit, used }) => sum + Math.max(0, limit - used), 0);
  const of = branch ? 'have no free branch ENI' : 'are at their maxPods';
  const left = branch ? 'branch ENIs' : 'pods';
  const unread = nodes.length - limited.length;
  const rest = [
    ...(full < limited.length ? [`; room for ${room} ${left} on the others`] : []),
    ...(unread > 0 ? [`; the limit of ${things(unread, 'node')} is not known`] : []),
  ].join('');
  return [
    link(
      'nodes',
      full < limited.length ? 'ok' : unread > 0 ? 'unknown' : 'broken',
      `${full} of ${things(nodes.length, 'node')} ${of}${rest}`,
      {
        nodes: nodes.length,
        full,
        room,
        of: branch ? 'pod-eni' : 'pods',
      },
    ),
  ];
}
