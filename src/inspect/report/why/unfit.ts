/** What the scheduler holds against nodes. */

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

/** What the scheduler says, as far as the event tells. */
export function unfitText(event: ClusterEvent): string {
  return KINDS[event.kind] ?? 'no node fits (FailedScheduling)';
}
