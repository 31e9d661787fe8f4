/** A pod that runs: what it has, and what gave it that. */
import type { Finding } from '../../contract/finding.ts';
import type { Link, WhyState } from '../../contract/why.ts';
import { startedAnew } from './aws-node-pod.ts';
import { type Causes, causeFrom } from './cause.ts';
import { lookAtPod } from './not-network.ts';
import type { PodPlace } from './place.ts';
import { subjectOf } from './pod.ts';
import { link, type Scene } from './scene.ts';
import { addressLinks } from './steps/address.ts';
import { groupsLink } from './steps/groups.ts';
import { policyLink } from './steps/policies.ts';
import { restartLink } from './steps/restart.ts';
import { scheduledLink } from './steps/scheduled.ts';
import { eniSlots } from './steps/slots.ts';
import { snatLink } from './steps/snat.ts';
import type { Story } from './story.ts';

export function runningStory(scene: Scene, causes: Causes, place: PodPlace, state: WhyState): Story {
  const { pod, id, node } = place;
  const containers = startedAnew(scene, pod);
  const finding = pod.unready ? causes.ofPod(id) : undefined;
  const fixes = finding?.fixes.length ? finding.fixes : pod.unready ? [lookAtPod(place)] : [];
  const { links, holder } = addressLinks(scene, place);
  const subnet = links.find((l) => l.step === 'subnet' && l.status === 'ok');
  const where = subnet ? ` in ${subnet.evidence.subnetId} (${subnet.evidence.zone})` : '';
  return {
    subject: subjectOf(place),
    state,
    summary:
      (pod.ip === undefined
        ? `${id} runs, and its address is not in the snapshot`
        : `${id} runs with ${pod.ip}${where}`) +
      (pod.unready ? `, and says that it is not ready${finding ? `: ${finding.message}` : ''}` : '') +
      containers.map((l) => `; ${l.statement}`).join(''),
    chain: [
      scheduledLink(scene, place),
      ...(pod.unready ? [readyLink(finding)] : []),
      ...containers,
      ...links,
      groupsLink(scene, place, holder?.eni),
      policyLink(scene, place),
      snatLink(scene, place),
      restartLink(scene, place),
    ],
    cause: finding ? causeFrom(finding) : null,
    fixes,
    enis: node && pod.class === 'ordinary' ? eniSlots(scene, node) : null,
    pods: null,
  };
}

/** A pod that has its address and whose containers or probes say no: seldom the network's doing, and then a finding names it. */
function readyLink(finding: Finding | undefined): Link {
  return finding
    ? link('ready', 'broken', `it says that it is not ready: ${finding.message}`, { finding: finding.id })
    : link(
        'ready',
        'broken',
        'it says that it is not ready; it has its address, so its containers and probes tell why',
      );
}
