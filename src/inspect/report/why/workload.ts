/** A workload: the story of its pod in most trouble, and how its others stand. */

import type { Why, WhyState } from '../../contract/why.ts';
import { things } from '../../contract/words.ts';
import { section } from '../../facts/define-fact.ts';
import { textsWhere } from '../../snapshot/pod-columns.ts';
import { type Pod, podsWhere } from '../../snapshot/pods.ts';
import { isAwsNode } from './aws-node-pod.ts';
import type { Causes } from './cause.ts';
import { often } from './event-words.ts';
import { podPlace } from './place.ts';
import { podState, podStory } from './pod.ts';
import { type RefusedCreation, refusedCreation } from './refused-creation.ts';
import { link, type Scene } from './scene.ts';
import type { Story } from './story.ts';

/** Those in trouble come first. */
const ORDER: readonly WhyState[] = ['stuck', 'pending', 'unknown', 'running', 'finished'];

export function workloadStory(scene: Scene, causes: Causes, namespace: string, owner: string): Story {
  const subject: Story['subject'] = { kind: 'workload', id: owner, namespace };
  const pods = podStates(scene, 'owner', owner, namespace);
  const [first] = pods;
  if (!first) return withoutPods(scene, subject);
  const told = podStory(scene, causes, first.pod);
  const rows = podRows(causes, pods);
  const tally = tallyOf(rows);
  const refused = missingPods(scene, namespace, owner, pods) ? refusedCreation(scene.run, namespace, owner) : undefined;
  if (refused && told.state !== 'stuck') return { ...withRefused(scene, subject, refused, tally), pods: rows };
  return {
    ...told,
    subject,
    summary: `${namespace}/${owner}: ${tally}. ${told.summary}`,
    chain: [
      link('pods', rows.some((r) => r.state === 'stuck') ? 'broken' : 'ok', `${tally}; below, ${first.pod.name}`, {
        pods: rows.length,
      }),
      ...told.chain,
    ],
    pods: rows,
  };
}

interface PodState {
  readonly pod: Pod;
  readonly state: WhyState;
}

/** Pods of an owner or a node with their states, those in trouble first, then the oldest. */
export function podStates(
  scene: Scene,
  column: 'owner' | 'node',
  name: string,
  namespace?: string,
): readonly PodState[] {
  const pods = scene.get(section('pods'))!;
  const named = textsWhere(pods, (text) => text === name);
  const found = podsWhere(pods, (row) => named[pods[column][row]!] === 1)
    .filter((pod) => namespace === undefined || pod.namespace === namespace)
    .map((pod) => ({ pod, state: podState(scene, podPlace(scene, pod)) }));
  return found.sort(
    (a, b) =>
      ORDER.indexOf(a.state) - ORDER.indexOf(b.state) ||
      (a.pod.createdAt < b.pod.createdAt
        ? -1
        : a.pod.createdAt > b.pod.createdAt
          ? 1
          : a.pod.name < b.pod.name
            ? -1
            : 1),
  );
}

export function podRows(causes: Causes, pods: readonly PodState[]): NonNullable<Why['pods']> {
  return pods.map(({ pod, state }) => {
    const id = `${pod.namespace}/${pod.name}`;
    const cause =
      state === 'stuck' && isAwsNode(pod) && pod.node !== undefined
        ? causes.ofAwsNode(pod.node)
        : state === 'stuck' || state === 'pending'
          ? causes.ofPod(id)
          : undefined;
    return {
      pod: id,
      node: pod.node ?? null,
      ip: pod.ip ?? null,
      state: cause ? 'stuck' : state,
      code: cause?.code ?? null,
    };
  });
}

/** `3 of 12 pods stuck`, `12 pods running`. */
export function tallyOf(rows: NonNullable<Why['pods']>): string {
  const counts = ORDER.map((state) => ({ state, n: rows.filter((r) => r.state === state).length })).filter(
    ({ n }) => n > 0,
  );
  const [only] = counts;
  if (!only) return 'no pods';
  if (counts.length === 1) return `${things(rows.length, 'pod')} ${only.state}`;
  return `of ${things(rows.length, 'pod')} ${counts.map(({ state, n }) => `${n} ${state}`).join(', ')}`;
}

/** Whether it wants more pods than there are. */
function missingPods(scene: Scene, namespace: string, owner: string, pods: readonly PodState[]): boolean {
  const wanted = wantedPods(scene, namespace, owner);
  return wanted !== undefined && wanted > pods.filter((p) => p.state !== 'finished').length;
}

/** Undefined where it is not known; a Job's number is not read. */
function wantedPods(scene: Scene, namespace: string, owner: string): number | undefined {
  const { controllers = [], daemonSets = [] } = scene.get(section('workloads')) ?? {};
  const mine = (of: { readonly namespace: string; readonly name: string }, kind: string) =>
    of.namespace === namespace && owner === `${kind}/${of.name}`;
  return controllers.find((c) => mine(c, c.kind))?.replicas ?? daemonSets.find((d) => mine(d, 'DaemonSet'))?.desired;
}

/** Its pods are not made, and that is not the network. */
function withRefused(scene: Scene, subject: Story['subject'], refused: RefusedCreation, has: string): Story {
  const { statement, event } = refused;
  const { kind, reason, count, lastAt } = event;
  return {
    subject,
    state: 'stuck',
    summary: `${subject.namespace}/${subject.id}: ${has}; not the network: ${statement}`,
    chain: [
      link('pods', 'broken', `${has}; ${statement} (${often(event, scene.now)})`, {
        ...{ kind, reason, count, lastAt: lastAt ?? null },
        refusal: refused.refusal,
      }),
    ],
    cause: { severity: 'error', network: false, statement: `not the network: ${statement}` },
    fixes: refused.fixes,
    enis: null,
    pods: [],
  };
}

function withoutPods(scene: Scene, subject: Story['subject']): Story {
  const namespace = subject.namespace ?? '';
  const refused = wantedPods(scene, namespace, subject.id) !== 0 && refusedCreation(scene.run, namespace, subject.id);
  if (refused) return withRefused(scene, subject, refused, 'it has no pods');
  const name = subject.id.slice(subject.id.indexOf('/') + 1);
  const controller = scene
    .get(section('workloads'))
    ?.controllers.find(
      (c) => c.name === name && c.namespace === subject.namespace && subject.id.startsWith(`${c.kind}/`),
    );
  const wants = controller
    ? `it wants ${things(controller.replicas, 'replica')}`
    : 'how many it wants is not in the snapshot';
  const waits = controller !== undefined && controller.replicas > 0;
  const statement = `it has no pods; ${wants}`;
  return {
    subject,
    state: waits ? 'stuck' : 'unknown',
    summary: `${subject.namespace}/${subject.id}: ${statement}`,
    chain: [link('pods', waits ? 'broken' : 'unknown', statement, { replicas: controller?.replicas ?? null })],
    cause: waits
      ? {
          severity: 'error',
          network: null,
          statement: 'its pods are not made; a quota or an admission webhook may refuse them',
        }
      : null,
    fixes: [],
    enis: null,
    pods: [],
  };
}
