import { DescribeInstancesCommand, type Instance, type NetworkInterface } from '@aws-sdk/client-ec2';
import type { Servers } from '../build/build.ts';
import type { RigIds } from '../build/ids.ts';
import { MERGE } from '../build/kube-writer.ts';
import { KubeError, type KubeObject } from '../clients/kube.ts';
import { allInterfaces } from '../measure/subnets.ts';
import { modeOf } from '../scenarios/holdings.ts';
import type { Scenario } from '../scenarios/types.ts';

/** What the life of the cluster works on; everything else is read anew from the APIs each time. */
export interface World extends Servers {
  scenario: Scenario;
  ids: RigIds;
}

export interface LiveNode extends KubeObject {
  spec: {
    providerID: string;
    unschedulable?: boolean;
    taints?: { key: string; value?: string; effect: string }[];
  };
  status: {
    allocatable: { pods: string };
    conditions: { type: string; status: string }[];
    addresses: { type: string; address: string }[];
  };
}

export interface LivePod extends KubeObject {
  spec: { nodeName?: string; hostNetwork?: boolean; containers: { name: string; image: string }[] };
  status: {
    phase?: string;
    podIP?: string;
    conditions?: { type: string; status: string }[];
    containerStatuses?: { state?: { waiting?: { reason?: string } } }[];
  };
}

export interface Controller extends KubeObject {
  spec: {
    replicas?: number;
    template: {
      metadata: { labels: Record<string, string> };
      spec: LivePod['spec'] & { nodeSelector?: Record<string, string>; tolerations?: Toleration[] };
    };
  };
}

export interface Toleration {
  key?: string;
  operator?: string;
  value?: string;
}

export async function list<T extends KubeObject>(
  { kube }: World,
  path: string,
  apiVersion: string,
  kind: string,
): Promise<T[]> {
  const { items } = await kube.call<{ items: T[] }>('GET', path);
  return items.map((item) => ({ ...item, apiVersion, kind })); // lists leave these out
}

export const listNodes = (world: World): Promise<LiveNode[]> => list(world, '/api/v1/nodes', 'v1', 'Node');

/** Nodes that the rig's controllers and kubelets look after: not those without aws-node. */
export async function servedNodes(world: World): Promise<LiveNode[]> {
  const foreign = new Set(Object.values(world.ids.foreign));
  return (await listNodes(world)).filter((n) => !foreign.has(n.metadata.name));
}

export async function listPods(world: World): Promise<LivePod[]> {
  const pods = await list<LivePod>(world, '/api/v1/pods', 'v1', 'Pod');
  return pods.filter(
    (p) => !p.metadata.deletionTimestamp && p.status.phase !== 'Succeeded' && p.status.phase !== 'Failed',
  );
}

/** Running instances of the cluster by id. */
export async function runningInstances({ aws, scenario }: World): Promise<Map<string, Instance>> {
  const reply = await aws.ec2.send(
    new DescribeInstancesCommand({
      Filters: [
        { Name: `tag:kubernetes.io/cluster/${scenario.cluster.name}`, Values: ['owned'] },
        { Name: 'instance-state-name', Values: ['running'] },
      ],
      MaxResults: 1000,
    }),
  );
  const instances = reply.Reservations?.flatMap((r) => r.Instances ?? []) ?? [];
  return new Map(instances.map((i) => [i.InstanceId ?? '', i]));
}

/** ENIs that serve pods, by instance, in the order of their device index. */
export async function podEnis(world: World): Promise<Map<string, NetworkInterface[]>> {
  const all = await allInterfaces(world.aws, world.ids.vpc);
  const first = world.scenario.counted && !modeOf(world.scenario).custom;
  const mine = all.filter(
    (e) =>
      e.Attachment?.InstanceId && (e.Description?.startsWith('aws-K8S-') || (first && e.Attachment.DeviceIndex === 0)),
  );
  mine.sort((a, b) => (a.Attachment?.DeviceIndex ?? 0) - (b.Attachment?.DeviceIndex ?? 0));
  const byInstance = new Map<string, NetworkInterface[]>();
  for (const eni of mine) {
    const id = eni.Attachment?.InstanceId ?? '';
    byInstance.set(id, [...(byInstance.get(id) ?? []), eni]);
  }
  return byInstance;
}

export const instanceIdOf = (node: LiveNode): string => node.spec.providerID.split('/').pop() ?? '';
export const isReady = (node: LiveNode): boolean =>
  node.status.conditions.some((c) => c.type === 'Ready' && c.status === 'True');
export const ownerUid = (pod: KubeObject): string | undefined =>
  pod.metadata.ownerReferences?.find((o) => o.controller)?.uid;

export async function writeStatus({ kube }: World, path: string, status: unknown): Promise<void> {
  await kube.call('PATCH', `${path}/status`, { status }, MERGE).catch((error: unknown) => {
    // what is drained or deleted meanwhile needs none
    if (!(error instanceof KubeError && error.status === 404)) throw error;
  });
}

/** Removes an object whatever finalizers it has. */
export async function removeWhole({ kube }: World, path: string): Promise<void> {
  await kube.call('PATCH', path, { metadata: { finalizers: null } }, MERGE).catch(() => {});
  await kube.call('DELETE', path, { gracePeriodSeconds: 0 }).catch(() => {});
}
