/** Restarting aws-node on chosen nodes; pods that run there keep their network meanwhile. */

import type { FixContext } from '../../facts/fix-context.ts';
import { named } from '../../shell.ts';
import { kubectl } from '../support/commands.ts';

/** No command where no aws-node pod stands on any of these nodes. */
export function restartAwsNode(ctx: FixContext, nodes: readonly string[]): string[] {
  const here = new Set(nodes);
  const pods = (ctx.cni?.pods ?? [])
    .filter((p) => p.node !== undefined && here.has(p.node))
    .map((p) => named('pod', p.name));
  return pods.length === 0 ? [] : [kubectl('-n', 'kube-system', 'delete', 'pod', '--wait=false', ...pods)];
}
