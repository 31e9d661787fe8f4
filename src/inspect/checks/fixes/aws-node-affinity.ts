/** Keeping aws-node off nodes that another engine serves, by the affinity that releases from v1.19.0 on are shipped with. */
import { mergeIntoAddon } from '../../cni-settings.ts';
import type { Fix } from '../../contract/finding.ts';
import { things } from '../../contract/words.ts';
import type { FixContext } from '../../facts/fix-context.ts';
import { kubectl } from '../support/commands.ts';

/** The affinity of releases from v1.19.0 on (config/master/aws-k8s-cni.yaml). */
const AFFINITY = {
  nodeAffinity: {
    requiredDuringSchedulingIgnoredDuringExecution: {
      nodeSelectorTerms: [
        {
          matchExpressions: [
            { key: 'kubernetes.io/os', operator: 'In', values: ['linux'] },
            { key: 'kubernetes.io/arch', operator: 'In', values: ['amd64', 'arm64'] },
            { key: 'eks.amazonaws.com/compute-type', operator: 'NotIn', values: ['fargate', 'hybrid', 'auto'] },
          ],
        },
      ],
    },
  },
};

/** Through the add-on's configuration where there is one, else on the DaemonSet itself. */
export function keepOff(ctx: FixContext, nodes: readonly string[]): Fix {
  return shipped(
    ctx,
    `Keep aws-node off ${things(nodes.length, 'node')} that it does not serve`,
    'Its pods leave those nodes, which keep the network they have',
  );
}

/** The same affinity for nodes that another one keeps aws-node off. */
export function letOn(ctx: FixContext, nodes: readonly string[]): Fix {
  return shipped(
    ctx,
    `Give aws-node the affinity it is shipped with, which lets ${things(nodes.length, 'node')} in`,
    `Its pods come to ${things(nodes.length, 'node')}`,
    true,
  );
}

/** @param byHand the affinity there is was set on the DaemonSet itself, which an update of the add-on preserves: that goes first */
function shipped(ctx: FixContext, title: string, leaves: string, byHand = false): Fix {
  const patch = kubectl(
    ...['-n', 'kube-system', 'patch', 'daemonset', 'aws-node', '--type', 'merge', '-p'],
    JSON.stringify({ spec: { template: { spec: { affinity: AFFINITY } } } }),
  );
  if (ctx.addon) {
    const { commands, changes } = mergeIntoAddon(ctx.cluster, ctx.addon, { affinity: AFFINITY });
    return {
      title,
      commands: byHand ? [patch, ...commands] : commands,
      changes: `${changes} ${leaves}; releases from v1.19.0 on do so by themselves.`,
      effect: 'minutes',
    };
  }
  return {
    title,
    commands: [patch],
    changes: `Gives the DaemonSet aws-node the affinity that releases from v1.19.0 on are shipped with, and restarts it node by node. ${leaves}.`,
    effect: 'minutes',
    risk: 'Replaces an affinity of your own, and the next update by what installed aws-node takes it back: put it there as well.',
  };
}
