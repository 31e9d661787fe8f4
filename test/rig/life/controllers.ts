import { pathOf } from '../build/kube-writer.ts';
import { waitingStatus } from '../build/pod-status.ts';
import type { KubeObject } from '../clients/kube.ts';
import {
  type Controller,
  isReady,
  type LiveNode,
  type LivePod,
  list,
  listNodes,
  listPods,
  ownerUid,
  servedNodes,
  type World,
  writeStatus,
} from './world.ts';

const APPS = '/apis/apps/v1';
let made = 0;

const unique = (): string => {
  made += 1;
  return (1_000_000 + made * 7919).toString(36).slice(-5);
};

/**
 * The DaemonSet controller after a change of the template of aws-node: a further revision, and new pods on all nodes.
 * Without a change it does nothing.
 */
export async function rollAwsNode(world: World): Promise<void> {
  const path = `${APPS}/namespaces/kube-system/daemonsets/aws-node`;
  const set = await world.kube.call<Controller & { status: { observedGeneration?: number } }>('GET', path);
  const generation = set.metadata.generation ?? 1;
  if (generation === set.status.observedGeneration) return;
  const labels = { ...set.spec.template.metadata.labels, 'controller-revision-hash': `g${generation}` };
  await world.kube.call('POST', `${APPS}/namespaces/kube-system/controllerrevisions`, {
    apiVersion: 'apps/v1',
    kind: 'ControllerRevision',
    metadata: {
      name: `aws-node-g${generation}`,
      labels,
      ownerReferences: [
        { apiVersion: 'apps/v1', kind: 'DaemonSet', name: 'aws-node', uid: set.metadata.uid, controller: true },
      ],
    },
    revision: generation,
    data: { spec: { template: { $patch: 'replace', ...set.spec.template } } },
  });
  for (const pod of await listPods(world)) {
    if (ownerUid(pod) === set.metadata.uid) await remove(world, pod);
  }
  await writeStatus(world, path, { observedGeneration: generation });
}

async function remove({ kube }: World, pod: LivePod): Promise<void> {
  await kube.call('DELETE', pathOf(pod), { gracePeriodSeconds: 0 }).catch(() => {});
}

/** Pods that controllers owe: one per node of each DaemonSet, replicas of the others where the scheduler finds room. */
export async function replacePods(world: World): Promise<void> {
  const nodes = await servedNodes(world);
  const names = new Set((await listNodes(world)).map((n) => n.metadata.name));
  for (const pod of await listPods(world))
    if (!names.has(pod.spec.nodeName ?? '') && (pod.spec.nodeName || ownerUid(pod))) await remove(world, pod);
  const pods = await listPods(world);
  for (const set of await list<Controller>(world, `${APPS}/daemonsets`, 'apps/v1', 'DaemonSet')) {
    const has = new Set(pods.filter((p) => ownerUid(p) === set.metadata.uid).map((p) => p.spec.nodeName));
    for (const node of nodes)
      if (!has.has(node.metadata.name) && takesDaemon(node, set.spec.template.spec))
        pods.push(await makePod(world, set, node, `${set.metadata.name}-${unique()}`));
  }
  const sets = await list<Controller>(world, `${APPS}/replicasets`, 'apps/v1', 'ReplicaSet');
  for (const set of sets) {
    const owed = (set.spec.replicas ?? 0) - pods.filter((p) => ownerUid(p) === set.metadata.uid).length;
    for (let i = 0; i < owed; i++) await schedule(world, set, nodes, pods, `${set.metadata.name}-${unique()}`);
  }
  for (const set of await list<Controller>(world, `${APPS}/statefulsets`, 'apps/v1', 'StatefulSet')) {
    const has = new Set(pods.filter((p) => ownerUid(p) === set.metadata.uid).map((p) => p.metadata.name));
    for (let i = 0; i < (set.spec.replicas ?? 0); i++) {
      const name = `${set.metadata.name}-${i}`;
      if (!has.has(name)) await schedule(world, set, nodes, pods, name);
    }
  }
}

/** The scheduler, for pods that found no node when they came: those of aws-node's nodes that ask for nothing rare. */
export async function bindPods(world: World): Promise<void> {
  const nodes = await servedNodes(world);
  const pods = await listPods(world);
  for (const pod of pods.filter((p) => !p.spec.nodeName && isPlain(p))) {
    const best = emptiest(nodes, pods, pod.spec);
    if (!best) continue;
    await world.kube.call('POST', `${pathOf(pod)}/binding`, {
      apiVersion: 'v1',
      kind: 'Binding',
      metadata: { name: pod.metadata.name },
      target: { apiVersion: 'v1', kind: 'Node', name: best.metadata.name },
    });
    pod.spec.nodeName = best.metadata.name;
  }
}

function isPlain({ spec }: LivePod): boolean {
  const { schedulerName, containers } = spec as LivePod['spec'] & { schedulerName?: string };
  return schedulerName !== 'fargate-scheduler' && !JSON.stringify(containers).includes('vpc.amazonaws.com/');
}

/** Puts a pod on the emptiest node that admits it; it stays unscheduled when there is none. */
async function schedule(
  world: World,
  owner: Controller,
  nodes: LiveNode[],
  pods: LivePod[],
  name: string,
): Promise<void> {
  pods.push(await makePod(world, owner, emptiest(nodes, pods, owner.spec.template.spec), name));
}

type Placed = Controller['spec']['template']['spec'];

function emptiest(nodes: LiveNode[], pods: LivePod[], spec: Placed): LiveNode | undefined {
  const load = (node: LiveNode): number => pods.filter((p) => p.spec.nodeName === node.metadata.name).length;
  const fit = nodes.filter((n) => admits(n, spec) && load(n) < Number(n.status.allocatable.pods));
  return fit.sort((a, b) => load(a) - load(b))[0];
}

function admits(node: LiveNode, spec: Placed): boolean {
  return takesDaemon(node, spec) && !node.spec.unschedulable && isReady(node);
}

/** The DaemonSet controller asks neither whether a node is ready nor whether it is cordoned. */
function takesDaemon(node: LiveNode, { nodeSelector = {}, tolerations = [] }: Placed): boolean {
  const wanted = Object.entries(nodeSelector).every(([key, value]) => node.metadata.labels?.[key] === value);
  const tolerated = (node.spec.taints ?? []).every((taint) =>
    tolerations.some(
      (t) =>
        (t.key === undefined || t.key === taint.key) && (t.operator === 'Exists' || (t.value ?? '') === taint.value),
    ),
  );
  return wanted && tolerated;
}

async function makePod(world: World, owner: Controller, node: LiveNode | undefined, name: string): Promise<LivePod> {
  const { metadata, spec } = owner.spec.template;
  const labels = {
    ...metadata.labels,
    ...(owner.metadata.name === 'aws-node' ? { 'controller-revision-hash': await latestRevision(world) } : {}),
  };
  const object: KubeObject = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      namespace: owner.metadata.namespace,
      labels,
      ownerReferences: [
        {
          apiVersion: owner.apiVersion,
          kind: owner.kind,
          name: owner.metadata.name,
          uid: owner.metadata.uid ?? '',
          controller: true,
        },
      ],
    },
    spec: { ...spec, ...(node ? { nodeName: node.metadata.name } : {}) },
  };
  const pod = await world.kube.call<LivePod>('POST', `/api/v1/namespaces/${owner.metadata.namespace}/pods`, object);
  const host = node?.status.addresses.find((a) => a.type === 'InternalIP')?.address;
  if (host) await writeStatus(world, pathOf(object), waitingStatus(spec.containers, host, new Date()));
  return { ...pod, apiVersion: 'v1', kind: 'Pod' };
}

async function latestRevision(world: World): Promise<string> {
  const revisions = await list<KubeObject & { revision: number }>(
    world,
    `${APPS}/namespaces/kube-system/controllerrevisions`,
    'apps/v1',
    'ControllerRevision',
  );
  const [newest] = revisions
    .filter((r) => r.metadata.name.startsWith('aws-node-'))
    .sort((a, b) => b.revision - a.revision);
  return newest?.metadata.labels?.['controller-revision-hash'] ?? '';
}
