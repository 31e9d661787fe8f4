/** A pod that runs: what it has, and what gave it that. */
import type { WhyState } from '../../contract/why.ts';
import type { PodPlace } from './place.ts';
import { subjectOf } from './pod.ts';
import type { Scene } from './scene.ts';
import { addressLinks } from './steps/address.ts';
import { groupsLink } from './steps/groups.ts';
import { policyLink } from './steps/policies.ts';
import { restartLink } from './steps/restart.ts';
import { scheduledLink } from './steps/scheduled.ts';
import { eniSlots } from './steps/slots.ts';
import { snatLink } from './steps/snat.ts';
import type { Story } from './story.ts';

export function runningStory(scene: Scene, place: PodPlace, state: WhyState): Story {
  const { pod, id, node } = place;
  const { links, holder } = addressLinks(scene, place);
  const subnet = links.find((l) => l.step === 'subnet' && l.status === 'ok');
  const where = subnet ? ` in ${subnet.evidence.subnetId} (${subnet.evidence.zone})` : '';
  return {
    subject: subjectOf(place),
    state,
    summary:
      pod.ip === undefined ? `${id} runs, and its address is not in the snapshot` : `${id} runs with ${pod.ip}${where}`,
    chain: [
      scheduledLink(scene, place),
      ...links,
      groupsLink(scene, place, holder?.eni),
      policyLink(scene, place),
      snatLink(scene, place),
      restartLink(scene, place),
    ],
    cause: null,
    fixes: [],
    enis: node && pod.class === 'ordinary' ? eniSlots(scene, node) : null,
    pods: null,
  };
}
