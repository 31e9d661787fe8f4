/** Replacing nodes one at a time, the way their group allows. */

import { things } from '../../contract/words.ts';
import type { FixContext } from '../../facts/fix-context.ts';
import type { NodeGroup } from '../../facts/support/node-group.ts';
import { commandFor, commandLine, named } from '../../shell.ts';
import type { Node } from '../../snapshot/kubernetes.ts';
import { aws, kubectl } from '../support/commands.ts';

export interface Leaving {
  readonly node: Node;
  readonly group: NodeGroup;
}

/** How long a node may take to leave, and the one in its place to become ready. */
const PATIENCE = '--timeout=15m';

/** What to mind, for the fix that does it. */
export function riskOfDrains(nodes: number): string {
  const next = nodes > 1 ? ' Each command waits until the node before it is gone and its group is ready again.' : '';
  return `Drains evict pods, as PodDisruptionBudgets allow.${next}`;
}

/**
 * One command a node. Each begins by waiting for what the one before has started, and goes on only where that ended well:
 * pasted in one go, they never take two nodes of a group at once. Karpenter drains a node whose object is deleted and starts
 * another for its pods; any other node is drained and its instance handed back to the Auto Scaling group, which starts another.
 */
export function replaceNodes(ctx: FixContext, leaving: readonly Leaving[]): string[] {
  const sizes = new Map<string | undefined, number>();
  for (const { node, group } of leaving) {
    const members = membersOf(node, group);
    sizes.set(members, (sizes.get(members) ?? 0) + 1);
  }
  // thousands of nodes of one group wait for the same
  const waits = new Map<string, Waits>();
  const waitsOf = (members: string): Waits => {
    const known = waits.get(members) ?? waitsFor(members, sizes.get(members)!);
    waits.set(members, known);
    return known;
  };
  const ways = waysOut(ctx);
  return leaving.map((each, i) =>
    [...(leaving.length > 1 ? waitFor(each, leaving[i - 1], ways, waitsOf) : []), ...leave(each, ways)].join(' && '),
  );
}

/** What is waited for before the next node of a group leaves it. */
interface Waits {
  /** Until it has as many nodes again; undefined where one alone is to leave it. */
  readonly asMany?: string;
  readonly ready: string;
}

function waitsFor(members: string, leaving: number): Waits {
  return {
    ...(leaving > 1 ? { asMany: asMany(members, leaving) } : {}),
    ready: kubectl('wait', '--for=condition=Ready', 'node', '-l', members, PATIENCE),
  };
}

/**
 * Until its group has as many nodes again as are to leave it, and all of them are ready: the node before is gone some minutes
 * before the one in its place joins. Karpenter may need fewer than before. Where no label tells the group, or a node is not ready
 * anyway, until the node before is gone.
 */
function waitFor(
  { node, group }: Leaving,
  before: Leaving | undefined,
  { gone }: WaysOut,
  waitsOf: (members: string) => Waits,
): string[] {
  const members = node.ready === 'True' ? membersOf(node, group) : undefined;
  if (!members) return before ? [gone(before.node.name)] : [];
  const { asMany: back, ready } = waitsOf(members);
  return before && back !== undefined && group.kind !== 'karpenter' ? [back, ready] : [ready];
}

/** Looks of ten seconds: a quarter of an hour, as the waits of kubectl. */
const LOOKS = 90;

/** `kubectl wait` cannot wait for a number. Ends with a word where it does not come, as when the API server refuses every look. */
function asMany(members: string, wanted: number): string {
  const script = `for i in $(seq ${LOOKS}); do test $("$@" | wc -l) -ge ${wanted} && exit; sleep 10; done; echo "$0" >&2; exit 1`;
  const short = `fewer than ${things(wanted, 'node')} of ${members} after ${LOOKS / 6} minutes: look at the group, then go on`;
  const look = ['kubectl', 'get', 'nodes', '-l', members, '-o', 'name', '--request-timeout=20s'];
  return commandLine('sh', '-c', script, short, ...look);
}

function leave({ node, group }: Leaving, { discard, drain, end, gone }: WaysOut): string[] {
  // kubectl returns when the finalizer is off: Karpenter has drained the node and ended its instance
  if (group.kind === 'karpenter') return [discard(node.name)];
  return node.instanceId ? [drain(node.name), end(node.instanceId), gone(node.name)] : [drain(node.name)];
}

type WaysOut = ReturnType<typeof waysOut>;

/** By the name of a node or the id of its instance. */
function waysOut(ctx: FixContext) {
  return {
    discard: commandFor('node', (name) => kubectl('delete', 'node', name)),
    drain: commandFor('node', (name) => kubectl('drain', name, '--ignore-daemonsets', '--delete-emptydir-data')),
    end: commandFor('instance', (id) =>
      aws(
        ctx,
        ...['autoscaling', 'terminate-instance-in-auto-scaling-group', '--instance-id', id],
        '--no-should-decrement-desired-capacity',
      ),
    ),
    gone: commandFor('node', (name) => kubectl('wait', '--for=delete', 'node', name, PATIENCE)),
  };
}

/** The label all nodes of a group carry, `karpenter.sh/nodepool=default`; quoted as one word. */
function membersOf(node: Node, group: NodeGroup): string | undefined {
  const label = [
    'karpenter.sh/nodepool',
    'karpenter.sh/provisioner-name',
    'eks.amazonaws.com/nodegroup',
    'alpha.eksctl.io/nodegroup-name',
  ].find((l) => node.labels[l] === group.name && group.name !== '');
  return label === undefined ? undefined : `${label}=${named('nodegroup', group.name)}`;
}
