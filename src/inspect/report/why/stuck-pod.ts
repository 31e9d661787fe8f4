/** A pod that does not get on: the chain from event to cause. */

import type { Link, WhyCause, WhyState } from '../../contract/why.ts';
import { age } from '../../contract/words.ts';
import { type Causes, causeFrom } from './cause.ts';
import { eventsUnread } from './event-words.ts';
import { lookAtPod, type OtherTrouble, otherTrouble } from './not-network.ts';
import type { NodePlace, PodPlace } from './place.ts';
import { subjectOf } from './pod.ts';
import { link, type Scene } from './scene.ts';
import { choiceLink } from './steps/choice.ts';
import { fullNodesLink } from './steps/full-nodes.ts';
import { limitsLink, trunkLink } from './steps/limits.ts';
import { awsNodeLink, nodeLink } from './steps/node.ts';
import { patternLink } from './steps/pattern.ts';
import { poolLink } from './steps/pool.ts';
import { refusedLink } from './steps/refused.ts';
import { scheduledLink } from './steps/scheduled.ts';
import { eniSlots, enisLink } from './steps/slots.ts';
import { podSubnetLinks, subnetLinks } from './steps/subnets.ts';
import type { Story } from './story.ts';

/** @param shown `stuck` or `pending`, by what the pod itself shows */
export function stuckStory(scene: Scene, causes: Causes, place: PodPlace, shown: WhyState): Story {
  // The scheduler's reasons are not always in the event: a finding that counted the nodes knows more.
  const early = place.node === undefined || scene.isStuck(place.id) ? causes.ofPod(place.id) : undefined;
  const other = early ? undefined : otherTrouble(scene, place);
  const finding = early ?? (other ? undefined : causes.ofPod(place.id));
  // A pod without an event to its name can still be among those a finding names.
  const state = finding ? 'stuck' : shown;
  const links = chainOf(scene, place, other);
  const broken = links.some((l) => l.status === 'broken');
  const chain =
    finding && !broken ? [...links, link('finding', 'broken', finding.message, { finding: finding.id })] : links;
  const cause = finding
    ? causeFrom(finding)
    : other
      ? notNetwork(other)
      : state === 'pending'
        ? null
        : unknownCause(scene, chain);
  return {
    subject: subjectOf(place),
    state,
    summary: summaryOf(scene, place, state, cause),
    chain,
    cause,
    fixes: finding?.fixes.length ? finding.fixes : (other?.fixes ?? (state === 'pending' ? [] : [lookAtPod(place)])),
    enis: place.node && !other ? eniSlots(scene, place.node) : null,
    pods: null,
  };
}

function chainOf(scene: Scene, place: PodPlace, other: OtherTrouble | undefined): Link[] {
  const { pod, node } = place;
  if (!node)
    return [
      scheduledLink(scene, place),
      ...choiceLink(scene, place),
      ...fullNodesLink(scene, place),
      patternLink(scene, place),
    ];
  const there = [
    scheduledLink(scene, place),
    nodeLink(scene, node),
    awsNodeLink(scene, node),
    patternLink(scene, place),
  ];
  if (other)
    return other.link.step === 'node'
      ? there
      : [...there, ...(pod.ip === undefined ? idle(scene, node) : [addressThere(place)]), other.link];
  if (pod.class === 'host-network' || pod.class === 'fargate' || pod.class === 'windows')
    return [...there, refusedLink(scene, place)];
  if (pod.class === 'branch') return [...there, ...branchLinks(scene, node), refusedLink(scene, place)];
  return [
    ...there,
    enisLink(scene, node),
    limitsLink(scene, node),
    ...podSubnetLinks(scene, node),
    poolLink(node),
    refusedLink(scene, place),
  ];
}

/** That the node has addresses to give speaks for the network. */
function idle(scene: Scene, node: NodePlace): readonly Link[] {
  return node.enis ? [enisLink(scene, node)] : [];
}

function addressThere({ pod }: PodPlace): Link {
  return link('address', 'ok', `it has its address: ${pod.ip}`, { ip: pod.ip ?? null });
}

/** The branch ENI comes from the subnet of the trunk's own creation, single addresses only. */
function branchLinks(scene: Scene, node: NodePlace): readonly Link[] {
  const trunk = node.enis?.trunk;
  return [trunkLink(scene, node), ...(trunk ? subnetLinks(scene, [trunk.subnetId], false) : [])];
}

function notNetwork({ statement }: OtherTrouble): WhyCause {
  return { severity: 'error', network: false, statement: `not the network: ${statement}` };
}

function unknownCause(scene: Scene, chain: readonly Link[]): WhyCause {
  const broken = chain.find((l) => l.status === 'broken' && l.step !== 'events');
  if (broken) return { severity: 'error', network: null, statement: broken.statement };
  const unread = eventsUnread(scene);
  const events = unread ? `its events were not read (${unread})` : 'no event says more';
  return { severity: 'error', network: null, statement: `no cause was found, and ${events}` };
}

function summaryOf(scene: Scene, { pod, id }: PodPlace, state: WhyState, cause: WhyCause | null): string {
  const waits = age(Math.max(0, scene.now - Date.parse(pod.createdAt) / 1000));
  if (state === 'pending') return `${id} is ${waits} old and still starts; nothing is known to hold it up`;
  return `${id} is stuck, ${waits} after it was made: ${cause?.statement ?? 'no cause was found'}`;
}
