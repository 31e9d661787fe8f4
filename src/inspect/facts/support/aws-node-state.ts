/** How an aws-node pod stands, container by container. */
import type { Cni } from '../../snapshot/kubernetes.ts';

type CniPod = Cni['pods'][number];
export type ContainerState = NonNullable<CniPod['containers']>[number];

/** The container that gives pods their addresses. */
export const AWS_NODE = 'aws-node';

/**
 * Whether an aws-node pod that is not ready leaves pods without an address: its own container, or an init container before it,
 * does not run. The network policy agent beside it may be down without that. Where containers are not told apart, the pod decides.
 */
export function leavesPodsWaiting({ containers }: CniPod): boolean {
  return containers ? containers.some((c) => !c.ready && (c.init || c.name === AWS_NODE)) : true;
}

/** The container that keeps the pod from being ready; undefined where none is told. The gravest stands first. */
export function brokenContainer(pod: CniPod): ContainerState | undefined {
  const broken = (pod.containers ?? []).filter((c) => !c.ready);
  return broken.find((c) => !isStarting(c)) ?? broken[0];
}

/** It waits for another container to begin with. */
function isStarting({ waitingReason, exitCode }: ContainerState): boolean {
  return exitCode === undefined && (waitingReason === 'PodInitializing' || waitingReason === 'ContainerCreating');
}
