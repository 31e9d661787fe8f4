/** One pod: which of its stories is told. */
import type { WhyState } from '../../contract/why.ts';
import { isLive } from '../../facts/demand.ts';
import type { Pod } from '../../snapshot/pods.ts';
import { awsNodeStory, downAwsNode } from './aws-node-pod.ts';
import type { Causes } from './cause.ts';
import { otherTrouble } from './not-network.ts';
import { type PodPlace, podPlace } from './place.ts';
import { runningStory } from './running-pod.ts';
import { link, type Scene } from './scene.ts';
import { scheduledLink } from './steps/scheduled.ts';
import type { Story } from './story.ts';
import { stuckStory } from './stuck-pod.ts';

export function podStory(scene: Scene, causes: Causes, pod: Pod): Story {
  const place = podPlace(scene, pod);
  const down = downAwsNode(scene, place);
  if (down) return awsNodeStory(scene, causes, place, down);
  const state = podState(scene, place);
  if (state === 'finished') return finishedStory(scene, place);
  if (state === 'stuck' || state === 'pending') return stuckStory(scene, causes, place, state);
  return runningStory(scene, causes, place, state);
}

/** From when on a pod that shows no failure counts as stuck: a few seconds are normal while a pool grows. */
const PATIENCE_SECONDS = 60;

/** Not scheduled, or without an address, for longer than a minute or with a failure to show: stuck. */
export function podState(scene: Scene, place: PodPlace): WhyState {
  const { pod, id } = place;
  if (!isLive(pod)) return 'finished';
  if (downAwsNode(scene, place)) return 'stuck';
  if (pod.ip !== undefined || pod.phase === 'Running')
    return pod.phase === 'Pending' && otherTrouble(scene, place) ? 'stuck' : 'running';
  if (scene.isStuck(id) || otherTrouble(scene, place)) return 'stuck';
  const ageSeconds = scene.now - Date.parse(pod.createdAt) / 1000;
  const refused = place.events.some((e) => e.kind !== 'other');
  if (pod.node === undefined) return refused ? 'stuck' : 'pending';
  return pod.waiting && (ageSeconds >= PATIENCE_SECONDS || refused) ? 'stuck' : 'pending';
}

export function subjectOf({ pod }: PodPlace): Story['subject'] {
  return {
    kind: 'pod',
    id: pod.name,
    namespace: pod.namespace,
    ...(pod.node === undefined ? {} : { node: pod.node }),
  };
}

function finishedStory(scene: Scene, place: PodPlace): Story {
  const { pod, id } = place;
  const how = pod.phase === 'Succeeded' ? 'has run to its end' : 'has failed';
  const had = pod.ip === undefined ? '' : `: ${pod.ip} is given back, or to others already`;
  return {
    subject: subjectOf(place),
    state: 'finished',
    summary: `${id} ${how} and holds no address`,
    chain: [
      scheduledLink(scene, place),
      link('address', 'skipped', `it ${how} and holds no address any more${had}`, {
        ip: pod.ip ?? null,
        phase: pod.phase,
      }),
    ],
    cause: null,
    fixes: [],
    enis: null,
    pods: null,
  };
}
