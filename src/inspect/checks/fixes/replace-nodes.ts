/** Replacing nodes one by one, the way their group allows. */

import type { FixContext } from '../../facts/fix-context.ts';
import type { NodeGroup } from '../../facts/support/node-group.ts';
import { named } from '../../shell.ts';
import type { Node } from '../../snapshot/kubernetes.ts';
import { aws, kubectl } from '../support/commands.ts';

/**
 * Karpenter drains and replaces a node whose object is deleted; any other node is drained and its instance handed back to the
 * Auto Scaling group, which starts another.
 */
export function replaceNode(ctx: FixContext, node: Node, group: NodeGroup): string[] {
  if (group.kind === 'karpenter') return [kubectl('delete', 'node', named('node', node.name))];
  const drain = kubectl('drain', named('node', node.name), '--ignore-daemonsets', '--delete-emptydir-data');
  if (!node.instanceId) return [drain];
  return [
    drain,
    aws(
      ctx,
      'autoscaling',
      'terminate-instance-in-auto-scaling-group',
      '--instance-id',
      node.instanceId,
      '--no-should-decrement-desired-capacity',
    ),
  ];
}
