import { rfc3339 } from './ids.ts';

const condition = (type: string, ok: boolean, when: Date, more: object = {}) => ({
  type,
  status: ok ? 'True' : 'False',
  lastTransitionTime: rfc3339(when),
  ...more,
});

/** Status of a pod that runs since it was created. */
export function runningStatus(
  containers: { name: string; image: string }[],
  hostIP: string,
  podIP: string,
  since: Date,
): Record<string, unknown> {
  const types = ['PodReadyToStartContainers', 'Initialized', 'Ready', 'ContainersReady', 'PodScheduled'];
  return {
    phase: 'Running',
    hostIP,
    hostIPs: [{ ip: hostIP }],
    podIP,
    podIPs: [{ ip: podIP }],
    startTime: rfc3339(since),
    conditions: types.map((type) => condition(type, true, since)),
    containerStatuses: containers.map(({ name, image }) => ({
      name,
      image,
      imageID: image,
      ready: true,
      started: true,
      restartCount: 0,
      state: { running: { startedAt: rfc3339(since) } },
    })),
  };
}

/** Status of a pod on a node that has no address for it, or whose containers wait for something else. */
export function waitingStatus(
  containers: { name: string; image: string }[],
  hostIP: string,
  since: Date,
  waits: (image: string) => object | undefined = () => undefined,
): Record<string, unknown> {
  const notReady = { reason: 'ContainersNotReady', message: 'containers with unready status: [main]' };
  return {
    phase: 'Pending',
    hostIP,
    hostIPs: [{ ip: hostIP }],
    startTime: rfc3339(since),
    conditions: [
      condition('PodReadyToStartContainers', false, since),
      condition('Initialized', true, since),
      condition('Ready', false, since, notReady),
      condition('ContainersReady', false, since, notReady),
      condition('PodScheduled', true, since),
    ],
    containerStatuses: containers.map(({ name, image }) => ({
      name,
      image,
      imageID: '',
      ready: false,
      started: false,
      restartCount: 0,
      state: { waiting: waits(image) ?? { reason: 'ContainerCreating' } },
    })),
  };
}
