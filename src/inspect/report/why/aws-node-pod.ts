/** A pod of aws-node itself that does not run: what its containers do, and what keeps them from running. */
import type { Link } from '../../contract/why.ts';
import { age, things } from '../../contract/words.ts';
import { awsNodeDown } from '../../facts/aws-node-down.ts';
import { section } from '../../facts/define-fact.ts';
import { AWS_NODE, brokenContainer, type ContainerState } from '../../facts/support/aws-node-state.ts';
import type { Cni } from '../../snapshot/kubernetes.ts';
import type { Pod } from '../../snapshot/pods.ts';
import { type Causes, causeFrom } from './cause.ts';
import { lookAtPod } from './not-network.ts';
import type { PodPlace } from './place.ts';
import { subjectOf } from './pod.ts';
import { link, type Scene } from './scene.ts';
import { nodeLink } from './steps/node.ts';
import { eniConfigLink } from './steps/pattern.ts';
import { scheduledLink } from './steps/scheduled.ts';
import type { Story } from './story.ts';

type CniPod = Cni['pods'][number];

export function isAwsNode({ namespace, owner }: Pod): boolean {
  return namespace === 'kube-system' && owner === `DaemonSet/${AWS_NODE}`;
}

/** The pod of aws-node, where this is one that does not run: it shows "Running" while a container of it crashes again and again. */
export function downAwsNode(scene: Scene, { pod }: PodPlace): CniPod | undefined {
  if (!isAwsNode(pod) || pod.node === undefined) return undefined;
  const down = scene.get(awsNodeDown)?.get(pod.node);
  return down?.name === pod.name ? down : undefined;
}

export function awsNodeStory(scene: Scene, causes: Causes, place: PodPlace, down: CniPod): Story {
  const { id, node } = place;
  const finding = causes.ofAwsNode(node!.name);
  const links = [scheduledLink(scene, place), nodeLink(scene, node!), ...containerLinks(scene, down)];
  const chain = node?.net?.settings.customNetworking ? [...links, eniConfigLink(scene, node)] : links;
  const said = links.find((l) => l.status === 'broken' && l.step === 'container')?.statement ?? 'it is not ready';
  return {
    subject: subjectOf(place),
    state: 'stuck',
    summary: `${id}: ${said}${finding ? `; ${finding.message}` : ''}`,
    chain,
    cause: finding ? causeFrom(finding) : { severity: 'error', network: null, statement: said },
    fixes: finding?.fixes.length ? finding.fixes : [lookAtPod(place)],
    enis: null,
    pods: null,
  };
}

/** Containers of a pod of aws-node that runs and has been started again and again; none of other pods. */
export function startedAnew(scene: Scene, pod: Pod): readonly Link[] {
  if (!isAwsNode(pod)) return [];
  const own = scene.get(section('cni'))?.pods.find((p) => p.name === pod.name);
  if (!own) return [];
  const { ready, restarts } = own;
  return (own.containers ?? [{ name: AWS_NODE, init: false, ready, restarts }])
    .filter((c) => c.restarts > 0)
    .map((c) => link('container', c.ready ? 'ok' : 'broken', containerText(scene, c), { ...c }));
}

/** One link for each container that does not run well; one for the pod where the snapshot does not tell them apart. */
function containerLinks(scene: Scene, down: CniPod): readonly Link[] {
  const bad = brokenContainer(down);
  const { containers = [] } = down;
  if (containers.length === 0) {
    const { waitingReason, exitCode, restarts } = down;
    const state = { name: AWS_NODE, init: false, ready: false, restarts, waitingReason, exitCode };
    return [link('container', 'broken', containerText(scene, state), state)];
  }
  return [...containers]
    .sort((a, b) => Number(b === bad) - Number(a === bad))
    .map((c) => link('container', c.ready ? 'ok' : 'broken', containerText(scene, c), { ...c }));
}

/** `aws-node: CrashLoopBackOff, last ended Error with exit code 1 3 min ago, 11 restarts`. */
function containerText(scene: Scene, c: ContainerState): string {
  const code = c.exitCode === undefined ? '' : ` with exit code ${c.exitCode}`;
  const when = c.endedAt === undefined ? '' : `, ${age(Math.max(0, scene.now - Date.parse(c.endedAt) / 1000))} ago`;
  const parts = [
    ...(c.waitingReason ? [c.waitingReason] : c.ready ? ['runs'] : ['is not ready']),
    ...(c.endedReason !== undefined || code !== ''
      ? [`last ended ${c.endedReason ?? ''}${code}`.replace('  ', ' ') + when]
      : []),
    ...(c.restarts > 0 ? [things(c.restarts, 'restart')] : []),
  ];
  return `${c.init ? 'init container ' : ''}${c.name}: ${parts.join('; ')}`;
}
