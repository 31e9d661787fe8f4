/** Everything known of one pod and of the node it is on: what the links of its chain are made from. */

import { type Networking, networking } from '../../facts/networking.ts';
import type { NodeCapacity } from '../../facts/node-capacity.ts';
import { nodeCapacity } from '../../facts/node-capacity.ts';
import { type NodeEnis, nodeEnis } from '../../facts/node-enis.ts';
import { type NodeInstance, nodeInstances } from '../../facts/node-instances.ts';
import { nodePlatforms, type Platform } from '../../facts/platforms.ts';
import type { ClusterEvent } from '../../snapshot/kubernetes.ts';
import type { Pod } from '../../snapshot/pods.ts';
import type { Scene } from './scene.ts';

/** A node as the story sees it; parts that are not known are undefined. */
export interface NodePlace {
  readonly name: string;
  readonly at?: NodeInstance;
  readonly platform?: Platform;
  readonly net?: Networking;
  readonly capacity?: NodeCapacity;
  readonly enis?: NodeEnis;
}

export interface PodPlace {
  readonly pod: Pod;
  /** `namespace/name`. */
  readonly id: string;
  readonly node?: NodePlace;
  /** About this pod and no former one of its name, the latest last. */
  readonly events: readonly ClusterEvent[];
}

export function nodePlace(scene: Scene, name: string): NodePlace {
  return {
    name,
    at: scene.get(nodeInstances)?.get(name),
    platform: scene.get(nodePlatforms)?.get(name),
    net: scene.get(networking),
    capacity: scene.get(nodeCapacity)?.get(name),
    enis: scene.get(nodeEnis)?.get(name),
  };
}

export function podPlace(scene: Scene, pod: Pod): PodPlace {
  const id = `${pod.namespace}/${pod.name}`;
  return {
    pod,
    id,
    ...(pod.node === undefined ? {} : { node: nodePlace(scene, pod.node) }),
    events: eventsOf(scene, pod, id),
  };
}

function eventsOf(scene: Scene, pod: Pod, id: string): readonly ClusterEvent[] {
  const born = Date.parse(pod.createdAt);
  return scene
    .podEvents(id)
    .filter((e) => e.lastAt === undefined || Date.parse(e.lastAt) >= born)
    .sort((a, b) => ((a.lastAt ?? '') < (b.lastAt ?? '') ? -1 : 1));
}
