import type { Kube } from '../clients/kube.ts';

export interface RawPod {
  metadata: {
    name: string;
    namespace: string;
    creationTimestamp: string;
    annotations?: Record<string, string>;
    ownerReferences?: { kind: string }[];
  };
  spec: { nodeName?: string; hostNetwork?: boolean };
  status: { phase?: string; podIP?: string; containerStatuses?: { state?: { waiting?: { reason?: string } } }[] };
}

/** All pods, page by page as a reader does it. */
export async function allPods(kube: Kube, limit = 500): Promise<RawPod[]> {
  const pods: RawPod[] = [];
  let next = '';
  do {
    const page = await kube.call<{ items: RawPod[]; metadata: { continue?: string } }>(
      'GET',
      `/api/v1/pods?limit=${limit}${next && `&continue=${encodeURIComponent(next)}`}`,
    );
    pods.push(...page.items);
    next = page.metadata.continue ?? '';
  } while (next);
  return pods;
}

export type MeasuredClass = 'ordinary' | 'hostNetwork' | 'branch' | 'terminal';

/** Class by who gives the address: nobody any more, the host, a branch ENI, or the CNI. */
export function classOf(pod: RawPod): MeasuredClass {
  if (pod.status.phase === 'Succeeded' || pod.status.phase === 'Failed') return 'terminal';
  if (pod.spec.hostNetwork) return 'hostNetwork';
  if (pod.metadata.annotations?.['vpc.amazonaws.com/pod-eni']) return 'branch';
  return 'ordinary';
}

/** On a node, without an address, its containers not yet created. */
export function waits(pod: RawPod): boolean {
  const creating = pod.status.containerStatuses?.some((c) => c.state?.waiting?.reason === 'ContainerCreating');
  return pod.status.phase === 'Pending' && pod.spec.nodeName !== undefined && !pod.status.podIP && creating === true;
}
