/** How an aws-node pod stands, container by container. */
import type { Cni } from '../../snapshot/kubernetes.ts';

type CniPod = Cni['pods'][number];
export type ContainerState = NonNullable<CniPod['containers']>[number];

/** The container that gives pods their addresses. */
export const AWS_NODE = 'aws-node';
/** The network policy agent beside it. */
export const POLICY_AGENT = 'aws-eks-nodeagent';

/** Exit code of a process that was killed. */
const KILLED = 137;

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

/** Why it is not ready, by the container; in files that do not tell containers apart, by the pod. */
export type DownReason = 'crash' | 'image' | 'memory' | 'killed' | 'not-ready';

export function downReason(pod: CniPod, container: ContainerState | undefined): DownReason {
  const { waitingReason, exitCode, restarts } = container ?? pod;
  if (/Image|ErrPull/i.test(waitingReason ?? '')) return 'image';
  if (container?.endedReason === 'OOMKilled') return 'memory';
  if (exitCode === KILLED) return 'killed';
  if (waitingReason === 'CrashLoopBackOff' || (exitCode ?? 0) !== 0 || restarts > 3) return 'crash';
  return 'not-ready';
}

/** It waits for another container to begin with. */
function isStarting({ waitingReason, exitCode }: ContainerState): boolean {
  return exitCode === undefined && (waitingReason === 'PodInitializing' || waitingReason === 'ContainerCreating');
}
