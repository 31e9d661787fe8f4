/** Pods that wait for something else than the network: a volume, an image, a kubelet that is silent, room on a node. */

import { kubectl } from '../../checks/support/commands.ts';
import type { Fix } from '../../contract/finding.ts';
import type { Link } from '../../contract/why.ts';
import { withoutRefused } from '../../reach.ts';
import { named } from '../../shell.ts';
import type { ClusterEvent } from '../../snapshot/kubernetes.ts';
import { choiceOf } from './choice.ts';
import { eventWords, often } from './event-words.ts';
import type { PodPlace } from './place.ts';
import { link, type Scene } from './scene.ts';
import { isSilent } from './steps/node.ts';
import { isNetworkScheduling, unfitText } from './unfit.ts';

export interface OtherTrouble {
  readonly statement: string;
  readonly link: Link;
  readonly fixes: readonly Fix[];
}

/** Undefined where the network is to blame, or where nothing else is known to be. */
export function otherTrouble(scene: Scene, place: PodPlace): OtherTrouble | undefined {
  const { pod, node, events } = place;
  if (!node) {
    const refused = events.filter((e) => e.reason === 'FailedScheduling').at(-1);
    if (!refused || isNetworkScheduling(refused)) return undefined;
    const what = refused.unfit?.length ? `no node fits: ${unfitText(refused)}` : unfitText(refused);
    const choice = isByLabels(refused) ? choiceOf(scene, pod) : undefined;
    const none = choice?.chosen === 0;
    return trouble(
      none ? `${what}; ${choice.statement}` : what,
      'scheduled',
      refused,
      scene,
      lookAtPod(place, false, none),
    );
  }
  if (node.at && isSilent(node.at.node))
    return {
      statement: `the kubelet of ${node.name} has stopped reporting`,
      link: link('node', 'broken', `the kubelet of ${node.name} has stopped reporting`, { node: node.name }),
      fixes: [lookAtNode(node.name)],
    };
  // What it was refused last is what it hangs on: volumes come before the sandbox, and the image after it.
  const last = events.filter((e) => eventWords(e) !== undefined || WAITS[e.kind] !== undefined).at(-1);
  const words = last && WAITS[last.kind];
  if (!last || !words) return silentWait(scene, place, node.name);
  return trouble(
    words(last),
    words === image ? 'image' : 'volume',
    last,
    scene,
    lookAtPod(place, pod.ip === undefined),
  );
}

/** The scheduler speaks of selectors, or keeps to itself what it holds against nodes. */
function isByLabels({ unfit }: ClusterEvent): boolean {
  return !unfit?.length || unfit.some((u) => u.what === 'affinity');
}

/** Where no event speaks: a node that is gone, or one with idle addresses that this pod does not ask for. */
function silentWait(scene: Scene, place: PodPlace, node: string): OtherTrouble | undefined {
  const waitsFor = scene.waitsFor(place.id);
  if (waitsFor === 'vanished-node') {
    const statement = `its node ${node} is gone`;
    return { statement, link: link('node', 'broken', statement, { node }), fixes: [lookAtPod(place)] };
  }
  if (waitsFor !== 'unknown') return undefined;
  const idle = place.node?.enis?.warm;
  const there = idle === undefined ? 'its node has addresses to give' : `its node has ${idle} idle addresses`;
  const statement = `${there}, and no event of it speaks of its network; a volume, a ConfigMap or a Secret may be missing`;
  return {
    statement,
    link: link('waits', 'broken', statement, { idle: idle ?? null }),
    fixes: [lookAtPod(place, true)],
  };
}

const volume = (e: ClusterEvent): string =>
  `${volumeName(e)} is not ${e.reason === 'FailedAttachVolume' ? 'attached' : 'mounted'} (${e.reason})`;
const image = (e: ClusterEvent): string => `its image cannot be pulled (${e.reason})`;

const WAITS: Readonly<Record<string, (event: ClusterEvent) => string>> = {
  'volume-failed': volume,
  'image-pull-failed': image,
};

function volumeName(event: ClusterEvent): string {
  return event.volume === undefined ? 'a volume' : `the volume ${event.volume}`;
}

function trouble(statement: string, step: string, event: ClusterEvent, scene: Scene, fix: Fix): OtherTrouble {
  const { kind, reason, count, lastAt } = event;
  return {
    statement,
    link: link(step, 'broken', `${statement}, ${often(event, scene.now)}`, {
      kind,
      reason,
      count,
      lastAt: lastAt ?? null,
    }),
    fixes: [fix],
  };
}

/** Reading comes first: what else than the network is missing, only the pod's own events say in full. */
export function lookAtPod({ pod }: PodPlace, volumes = false, labels = false): Fix {
  return withoutRefused({
    title: 'Read what the pod says',
    commands: [
      kubectl('-n', pod.namespace, 'describe', 'pod', named('pod', pod.name)),
      ...(volumes
        ? [kubectl('-n', pod.namespace, 'get', 'persistentvolumeclaims'), kubectl('get', 'volumeattachments')]
        : []),
      ...(labels ? [kubectl('get', 'nodes', '--show-labels')] : []),
    ],
    changes: 'Nothing: it only reads.',
    effect: 'immediate',
  });
}

function lookAtNode(name: string): Fix {
  return withoutRefused({
    title: 'Read what the node says',
    commands: [kubectl('describe', 'node', named('node', name))],
    changes: 'Nothing: it only reads.',
    effect: 'immediate',
  });
}
