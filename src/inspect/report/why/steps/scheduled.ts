/** Whether the scheduler found a node, and if not, what it holds against those there are. */

import type { Link } from '../../../contract/why.ts';
import { age } from '../../../contract/words.ts';
import { eventsUnread, often } from '../event-words.ts';
import type { PodPlace } from '../place.ts';
import { link, type Scene } from '../scene.ts';
import { unfitText } from '../unfit.ts';

export function scheduledLink(scene: Scene, { pod, node, events }: PodPlace): Link {
  if (node) {
    const { at } = node;
    const machine = [at?.instanceType, at?.zone].filter((t) => t !== undefined).join(', ');
    return link('scheduled', 'ok', `it is on ${node.name}${machine ? ` (${machine})` : ''}`, {
      node: node.name,
      instanceType: at?.instanceType ?? null,
      zone: at?.zone ?? null,
    });
  }
  const waits = age(Math.max(0, scene.now - Date.parse(pod.createdAt) / 1000));
  const refused = events.filter((e) => e.reason === 'FailedScheduling').at(-1);
  if (!refused) {
    const unread = eventsUnread(scene);
    const why = unread ? `; why is not known: ${unread}` : '; no event says why (they age out after about an hour)';
    return link('scheduled', 'unknown', `it has been on no node for ${waits}${why}`, { node: null });
  }
  const statement = `it has been on no node for ${waits}: ${unfitText(refused)} (${often(refused, scene.now)})`;
  return link('scheduled', 'broken', statement, {
    node: null,
    event: refused.reason,
    kind: refused.kind,
    count: refused.count,
    lastAt: refused.lastAt ?? null,
  });
}
