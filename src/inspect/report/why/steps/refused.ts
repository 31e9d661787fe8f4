/** What kubelet, aws-node and the VPC resource controller were refused for this pod. */

import type { Link } from '../../../contract/why.ts';
import { eventsUnread, eventWords, often } from '../event-words.ts';
import type { PodPlace } from '../place.ts';
import { link, type Scene } from '../scene.ts';

export function refusedLink(scene: Scene, { events }: PodPlace): Link {
  const told = events.filter((e) => eventWords(e) !== undefined);
  const last = told.at(-1);
  const unread = eventsUnread(scene);
  if (last) {
    const { kind, reason, source, action, count, lastAt } = last;
    const from = source ? ` (${reason} of ${source})` : ` (${reason})`;
    return link('events', 'broken', `${eventWords(last)}${from}, ${often(last, scene.now)}`, {
      kind,
      reason,
      source: source ?? null,
      action: action ?? null,
      count,
      lastAt: lastAt ?? null,
      kinds: [...new Set(told.map((e) => e.kind))],
    });
  }
  if (unread) return link('events', 'unknown', `what it was refused is not known: ${unread}`);
  return link('events', 'unknown', 'no event of it speaks of the network; events age out after about an hour');
}
