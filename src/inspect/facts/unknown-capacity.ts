import type { Gap } from '../snapshot/section.ts';
import { defineFact, section } from './define-fact.ts';
import { type NodeInstance, nodeInstances } from './node-instances.ts';
import { nodesServedByCni } from './platforms.ts';

/** Why `nodeCapacity` has no entry for a served node, by node name. */
export const unknownCapacity = defineFact({
  id: 'unknownCapacity',
  needs: { nodes: nodesServedByCni, instances: nodeInstances },
  helps: { instanceTypes: section('instanceTypes') },
  derive: ({ nodes, instances }, { gapsOf }): ReadonlyMap<string, Gap> => {
    const [unread] = gapsOf('instanceTypes');
    return new Map(
      nodes.served.flatMap(({ name }) => {
        const reason = unknownOf(instances.get(name));
        if (!reason) return [];
        const gap: Gap = unread ? { ...unread, reason: `${reason} (${unread.reason})` } : { kind: 'not-told', reason };
        return [[name, gap] as const];
      }),
    );
  },
});

function unknownOf(at: NodeInstance | undefined): string | undefined {
  if (at?.instanceType === undefined) return 'the instance type of a node is not known';
  return at.limits === undefined ? `nothing is known of instance type ${at.instanceType}` : undefined;
}
