import { nodeConditions } from '../build/kube-nodes.ts';
import { MERGE, pathOf } from '../build/kube-writer.ts';
import { runningStatus, waitingStatus } from '../build/pod-status.ts';
import type { KubeObject } from '../clients/kube.ts';
import { KubeError } from '../clients/kube.ts';
import { keepCounted } from './counted.ts';
import { backOff, canPull } from './images.ts';
import { type EniConfig, freeAddresses, growPool, type NodePool, shrinkPool } from './pools.ts';
import { warmTargets } from './warm-targets.ts';
import {
  type Controller,
  instanceIdOf,
  isReady,
  type LiveNode,
  type LivePod,
  listPods,
  podEnis,
  servedNodes,
  type World,
  writeStatus,
} from './world.ts';

/** Settings of the aws-node container that decide what a node holds. */
export async function settings({ kube }: World): Promise<Record<string, string>> {
  const set = await kube.call<Controller>('GET', '/apis/apps/v1/namespaces/kube-system/daemonsets/aws-node');
  const containers = set.spec.template.spec.containers as unknown as {
    name: string;
    env?: { name: string; value?: string }[];
  }[];
  const env = containers.find((c) => c.name === 'aws-node')?.env ?? [];
  return Object.fromEntries(env.map(({ name, value }) => [name, value ?? '']));
}

/** Tag of the image of aws-node. */
async function version({ kube }: World): Promise<string> {
  const set = await kube.call<Controller>('GET', '/apis/apps/v1/namespaces/kube-system/daemonsets/aws-node');
  const image = set.spec.template.spec.containers.find((c) => c.name === 'aws-node')?.image ?? '';
  return image.split(':').pop() ?? '';
}

/** The ENIConfig a node resolves to (`eniconfig.go:GetNodeSpecificENIConfigName`), or undefined when it does not exist. */
export async function eniConfigOf(
  { kube }: World,
  node: LiveNode,
  env: Record<string, string>,
): Promise<EniConfig | undefined> {
  const label = env.ENI_CONFIG_LABEL_DEF || 'k8s.amazonaws.com/eniConfig';
  const { labels = {}, annotations = {} } = node.metadata;
  const annotation = annotations[env.ENI_CONFIG_ANNOTATION_DEF || 'k8s.amazonaws.com/eniConfig'];
  const name = labels['vpc.amazonaws.com/externalEniConfig'] ?? annotation ?? labels[label] ?? 'default';
  try {
    return (
      await kube.call<KubeObject & { spec: EniConfig }>(
        'GET',
        `/apis/crd.k8s.amazonaws.com/v1alpha1/eniconfigs/${name}`,
      )
    ).spec;
  } catch (error) {
    if (error instanceof KubeError && error.status === 404) return undefined;
    throw error;
  }
}

const ordinary = (pod: LivePod): boolean => !pod.spec.hostNetwork;

export async function nodePools(world: World): Promise<NodePool[]> {
  const enis = await podEnis(world);
  const pods = (await listPods(world)).filter(ordinary);
  return (await servedNodes(world)).map((node) => {
    const here = pods.filter((p) => p.spec.nodeName === node.metadata.name);
    return {
      node,
      enis: enis.get(instanceIdOf(node)) ?? [],
      pods: here.length,
      taken: new Set(here.flatMap((p) => p.status.podIP ?? [])),
    };
  });
}

/**
 * Passes of ipamd's loop on every node, pods starting between them, until nothing changes: what one node gives back another
 * may take. Knows prefix mode with custom networking; counted scenarios have rules of their own (counted.ts).
 */
export async function keepPools(world: World): Promise<void> {
  const env = await settings(world);
  const known = env.ENABLE_PREFIX_DELEGATION === 'true' && env.AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG === 'true';
  const targets = warmTargets(env);
  if (world.scenario.counted) {
    await keepCounted(world, env, await version(world));
    await startPods(world);
    return;
  }
  for (let changing = true; changing; ) {
    changing = false;
    for (const pool of known ? await nodePools(world) : []) {
      const config = pool.node.spec.unschedulable ? undefined : await eniConfigOf(world, pool.node, env);
      if (config) await growPool(world, pool, config, targets);
    }
    await startPods(world);
    for (const pool of known ? await nodePools(world) : [])
      changing = (await shrinkPool(world, pool, targets)) || changing;
  }
}

/** Nodes whose CNI has ENIs become ready; pods that wait get a free address of their node and run. */
async function startPods(world: World): Promise<void> {
  const pods = await listPods(world);
  for (const pool of await nodePools(world)) {
    const { node } = pool;
    const here = pods.filter((p) => p.spec.nodeName === node.metadata.name);
    const host = node.status.addresses.find((a) => a.type === 'InternalIP')?.address ?? '';
    const up = world.scenario.counted ? freeAddresses(pool).length + pool.taken.size > 0 : pool.enis.length > 0;
    for (const pod of here.filter((p) => p.spec.hostNetwork && !isRunning(p) && !pullable(p) && !staysDown(p, true)))
      await refuse(world, pod, host);
    const stays = here.filter(
      (p) => p.spec.hostNetwork && (staysDown(p, isReady(node)) || (!isRunning(p) && !pullable(p))),
    );
    for (const pod of here.filter((p) => p.spec.hostNetwork && !isRunning(p) && !stays.includes(p))) {
      if (up || !pod.metadata.labels?.['k8s-app']) await run(world, pod, host, host);
    }
    if (!up) continue;
    if (!isReady(node) && stays.length === 0) await makeReady(world, node);
    const free = freeAddresses(pool);
    for (const pod of here.filter((p) => ordinary(p) && !p.status.podIP)) {
      const address = free.shift();
      if (address) await run(world, pod, host, address);
    }
  }
}

const isRunning = (pod: LivePod): boolean =>
  pod.status.phase === 'Running' &&
  pod.status.conditions?.some((c) => c.type === 'Ready' && c.status === 'True') === true;

/**
 * What keeps aws-node from starting on a node without addresses is over once there are some; of what lets a container end
 * elsewhere, or its image not come, only a new pod shows that it was mended.
 */
function staysDown({ status }: LivePod, nodeReady: boolean): boolean {
  const reasons = (status.containerStatuses ?? []).map((c) => c.state?.waiting?.reason ?? '');
  return reasons.some((r) => /^(?:ImagePullBackOff|ErrImagePull)$/.test(r) || (nodeReady && r === 'CrashLoopBackOff'));
}

const pullable = ({ spec }: LivePod): boolean => spec.containers.every((c) => canPull(c.image));

/** The kubelet cannot get one of its images. */
async function refuse(world: World, pod: LivePod, host: string): Promise<void> {
  const waits = (image: string) => (canPull(image) ? undefined : backOff(image));
  await writeStatus(world, pathOf(pod), waitingStatus(pod.spec.containers, host, new Date(), waits));
}

async function run(world: World, pod: LivePod, host: string, address: string): Promise<void> {
  await writeStatus(world, pathOf(pod), runningStatus(pod.spec.containers, host, address, new Date()));
}

async function makeReady(world: World, node: LiveNode): Promise<void> {
  const path = `/api/v1/nodes/${node.metadata.name}`;
  const taints = (node.spec.taints ?? []).filter((t) => t.key !== 'node.kubernetes.io/not-ready');
  await world.kube.call('PATCH', path, { spec: { taints } }, MERGE);
  const now = new Date();
  await writeStatus(world, path, { conditions: nodeConditions(false, now, now) });
}
