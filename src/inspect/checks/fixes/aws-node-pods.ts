/** Restarting aws-node on chosen nodes; pods that run there keep their network meanwhile. */
import { named } from '../../shell.ts';
import { type FixContext, kubectl } from '../support/fix-context.ts';

/** No command where no aws-node pod stands on any of these nodes. */
export function restartAwsNode(ctx: FixContext, nodes: readonly string[]): string[] {
  const here = new Set(nodes);
  const pods = (ctx.cni?.pods ?? [])
    .filter((p) => p.node !== undefined && here.has(p.node))
    .map((p) => named('pod', p.name));
  return pods.length === 0 ? [] : [kubectl('-n', 'kube-system', 'delete', 'pod', '--wait=false', ...pods)];
}
