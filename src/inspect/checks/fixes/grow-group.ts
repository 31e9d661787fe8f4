/** More nodes in a managed group that may grow. */
import type { Fix } from '../../contract/finding.ts';
import { things } from '../../contract/words.ts';
import type { NodeCapacity } from '../../facts/node-capacity.ts';
import { aws } from '../support/commands.ts';
import type { MaxPodsFixInputs } from './max-pods.ts';

/** One more node in the first group of these nodes that is below its maximum; autoscalers do so by themselves. */
export function growGroup(from: Pick<MaxPodsFixInputs, 'nodegroups' | 'fix'>, nodes: readonly NodeCapacity[]): Fix[] {
  const names = new Set(nodes.flatMap((c) => (c.group.kind === 'managed' ? [c.group.name] : [])));
  const group = from.nodegroups?.find((g) => names.has(g.name) && g.desiredSize < g.maxSize && g.status === 'ACTIVE');
  if (!group || !from.fix.cluster) return [];
  return [
    {
      title: `Add a node to managed group ${group.name}`,
      commands: [
        aws(
          from.fix,
          ...['eks', 'update-nodegroup-config', '--cluster-name', from.fix.cluster.name],
          ...['--nodegroup-name', group.name, '--scaling-config', `desiredSize=${group.desiredSize + 1}`],
        ),
      ],
      changes: `Raises its desired size from ${things(group.desiredSize, 'node')} to ${group.desiredSize + 1} of at most ${group.maxSize}.`,
      effect: 'minutes',
      risk: 'An autoscaler may take it back.',
    },
  ];
}
