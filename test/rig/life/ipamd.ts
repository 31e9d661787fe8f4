import { EC2ServiceException, type NetworkInterface } from '@aws-sdk/client-ec2';
import { addPrefix, createPodEni } from '../build/aws-nodes.ts';
import { nodeConditions } from '../build/kube-nodes.ts';
import { MERGE, pathOf } from '../build/kube-writer.ts';
import { runningStatus } from '../build/pod-status.ts';
import type { KubeObject } from '../clients/kube.ts';
import { KubeError } from '../clients/kube.ts';
import { LIMITS } from '../scenarios/plan.ts';
import {
  type Controller,
  instanceIdOf,
  isReady,
  type LiveNode,
  type LivePod,
  listNodes,
  listPods,
  podEnis,
  type World,
  writeStatus,
} from './world.ts';

interface EniConfig {
  subnet: string;
  securityGroups: string[];
}

/** Settings of the aws-node container that decide what a node holds. */
async function settings({ kube }: World): Promise<Record<string, string>> {
  const set = await kube.call<Controller>('GET', '/apis/apps/v1/namespaces/kube-system/daemonsets/aws-node');
  const containers = set.spec.template.spec.containers as unknown as {
    name: string;
    env?: { name: string; value?: string }[];
  }[];
  const env = containers.find((c) => c.name === 'aws-node')?.env ?? [];
  return Object.fromEntries(env.map(({ name, value }) => [name, value ?? '']));
}

/** The ENIConfig a node resolves to (`eniconfig.go:GetNodeSpecificENIConfigName`), or undefined when it does not exist. */
async function eniConfigOf(
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

const SHORTAGE = new Set(['InsufficientCidrBlocks', 'InsufficientFreeAddressesInSubnet', 'InvalidParameterValue']);

/** True when the call went through, false on a shortage; other errors are thrown. */
async function tried(call: Promise<unknown>): Promise<boolean> {
  try {
    await call;
    return true;
  } catch (error) {
    if (error instanceof EC2ServiceException && SHORTAGE.has(error.name)) return false;
    throw error;
  }
}

const ordinary = (pod: LivePod): boolean => !pod.spec.hostNetwork;

/**
 * Each node's address pool grows as in ipamd's loop (`ipamd.go:increaseDatastorePool`): a prefix on an ENI with a free
 * slot, else another ENI in the ENIConfig's subnet, until the target or the subnet ends it. Knows prefix mode with
 * custom networking only, the one the scenarios use; pools never shrink here.
 */
export async function growPools(world: World): Promise<void> {
  const env = await settings(world);
  if (env.ENABLE_PREFIX_DELEGATION !== 'true' || env.AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG !== 'true') return;
  const enis = await podEnis(world);
  const pods = (await listPods(world)).filter(ordinary);
  for (const node of await listNodes(world)) {
    const here = pods.filter((p) => p.spec.nodeName === node.metadata.name).length;
    if (!node.spec.unschedulable) await growPool(world, node, enis.get(instanceIdOf(node)) ?? [], here, env);
  }
}

async function growPool(
  world: World,
  node: LiveNode,
  enis: NetworkInterface[],
  demand: number,
  env: Record<string, string>,
): Promise<void> {
  const config = await eniConfigOf(world, node, env);
  const limit = LIMITS[node.metadata.labels?.['node.kubernetes.io/instance-type'] ?? ''];
  if (!config || !limit) return;
  const slots = limit.addresses - 1;
  const maxPods = Number(node.status.allocatable.pods);
  const wanted = Math.min(1 + Math.ceil(demand / 16), Math.ceil(maxPods / 16), (limit.enis - 1) * slots);
  const held = enis.map((e) => ({ id: e.NetworkInterfaceId ?? '', prefixes: e.Ipv4Prefixes?.length ?? 0 }));
  const total = (): number => held.reduce((sum, e) => sum + e.prefixes, 0);
  while (total() < wanted) {
    let grown = false;
    for (const eni of held.filter((e) => e.prefixes < slots)) {
      grown = await tried(addPrefix(world.aws, eni.id));
      if (grown) eni.prefixes += 1;
      if (grown) break;
    }
    if (grown) continue;
    if (held.length + 1 >= limit.enis) return;
    const made = await addEni(world, node, config, held.length + 1);
    if (!made) return;
    held.push({ id: made, prefixes: 1 });
    const known = Object.values(world.ids.nodes).find((n) => n.instanceId === instanceIdOf(node));
    known?.dataEnis.push(made);
  }
}

async function addEni(
  world: World,
  node: LiveNode,
  config: EniConfig,
  deviceIndex: number,
): Promise<string | undefined> {
  let id: string | undefined;
  const request = createPodEni(world.aws, {
    cluster: world.scenario.cluster.name,
    instanceId: instanceIdOf(node),
    subnetId: config.subnet,
    groups: config.securityGroups,
    createdAt: new Date(),
    deviceIndex,
    prefixes: 1,
  }).then((made) => {
    id = made;
  });
  await tried(request);
  return id;
}

function addressesOf(enis: NetworkInterface[]): string[] {
  return enis
    .flatMap((e) => e.Ipv4Prefixes ?? [])
    .flatMap(({ Ipv4Prefix = '' }) => {
      const [base = ''] = Ipv4Prefix.split('/');
      const [front, last] = [base.replace(/\d+$/, ''), Number(/\d+$/.exec(base)?.[0])];
      return Array.from({ length: 16 }, (_, i) => `${front}${last + i}`);
    });
}

/** Nodes whose CNI has ENIs become ready; pods that wait get a free address of their node and run. */
export async function startPods(world: World): Promise<void> {
  const enis = await podEnis(world);
  const pods = await listPods(world);
  for (const node of await listNodes(world)) {
    const mine = enis.get(instanceIdOf(node)) ?? [];
    const here = pods.filter((p) => p.spec.nodeName === node.metadata.name);
    const host = node.status.addresses.find((a) => a.type === 'InternalIP')?.address ?? '';
    const up = mine.length > 0;
    for (const pod of here.filter((p) => p.spec.hostNetwork && !isRunning(p))) {
      if (up || !pod.metadata.labels?.['k8s-app']) await run(world, pod, host, host);
    }
    if (!up) continue;
    if (!isReady(node)) await makeReady(world, node);
    const taken = new Set(here.map((p) => p.status.podIP));
    const free = addressesOf(mine).filter((address) => !taken.has(address));
    for (const pod of here.filter((p) => ordinary(p) && !p.status.podIP)) {
      const address = free.shift();
      if (address) await run(world, pod, host, address);
    }
  }
}

const isRunning = (pod: LivePod): boolean =>
  pod.status.phase === 'Running' &&
  pod.status.conditions?.some((c) => c.type === 'Ready' && c.status === 'True') === true;

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
