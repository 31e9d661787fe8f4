import { defineFact, section } from './define-fact.ts';
import { isRecent } from './node-troubles.ts';

/** Nodes for which EC2 refused a further interface in the last hour because the instance has all it may have. */
export const attachmentRefused = defineFact({
  id: 'attachmentRefused',
  needs: { events: section('events'), cni: section('cni') },
  derive: ({ events, cni }, { now }): ReadonlySet<string> =>
    new Set(
      events.flatMap((e) => {
        if (e.kind !== 'attachment-limit' || !isRecent(e, now)) return [];
        if (e.node) return [e.node];
        if (e.object.kind === 'Node') return [e.object.name];
        return cni.pods.find((p) => p.name === e.object.name)?.node ?? [];
      }),
    ),
});
