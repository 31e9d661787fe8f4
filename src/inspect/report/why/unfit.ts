/** What the scheduler holds against nodes. */

import { things } from '../../contract/words.ts';
import type { ClusterEvent } from '../../snapshot/kubernetes.ts';

/** By the event's kind, where it does not say of how many nodes. */
const KINDS: Readonly<Record<string, string>> = {
  'too-many-pods': 'the nodes are full by maxPods (Too many pods)',
  'pod-eni-insufficient': 'no node has a free branch ENI (Insufficient vpc.amazonaws.com/pod-eni)',
  'windows-ip-insufficient': 'no Windows node has a free address (Insufficient vpc.amazonaws.com/PrivateIPv4Address)',
};

/** Kinds of FailedScheduling that are about the network. */
export function isNetworkScheduling({ kind }: ClusterEvent): boolean {
  return KINDS[kind] !== undefined;
}

/** By what the scheduler holds against a node. */
const NODES: Readonly<Record<NonNullable<ClusterEvent['unfit']>[number]['what'], string>> = {
  'too-many-pods': 'full by maxPods (Too many pods)',
  'pod-eni': 'without a free branch ENI (Insufficient vpc.amazonaws.com/pod-eni)',
  'windows-ip': 'without a free Windows address',
  cpu: 'short of CPU',
  memory: 'short of memory',
  taint: 'tainted against it',
  affinity: 'excluded by its selectors or affinity',
  other: 'unfit for another reason',
};

/** `3 nodes short of CPU, 2 nodes full by maxPods`, as far as the event tells. */
export function unfitText(event: ClusterEvent): string {
  if (event.unfit?.length)
    return event.unfit.map(({ what, nodes }) => `${things(nodes, 'node')} ${NODES[what]}`).join(', ');
  return KINDS[event.kind] ?? 'no node fits (FailedScheduling)';
}
