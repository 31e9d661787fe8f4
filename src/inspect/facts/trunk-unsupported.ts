import { defineFact, section } from './define-fact.ts';
import { isRecent } from './node-troubles.ts';

/**
 * Nodes to which the VPC resource controller of this cluster will attach no trunk, by its own word of the last hour: it goes
 * by the table it was built with, which may be older than the type (pkg/provider/branch/trunk).
 */
export const trunkUnsupported = defineFact({
  id: 'trunkUnsupported',
  needs: { events: section('events') },
  derive: ({ events }, { now }): ReadonlySet<string> =>
    new Set(
      events.flatMap((e) => {
        if (e.kind !== 'trunk-unsupported' || !isRecent(e, now)) return [];
        return e.node ?? (e.object.kind === 'Node' ? e.object.name : []);
      }),
    ),
});
