import { branchEni, createTrunk } from '../build/aws-counted.ts';
import { BRANCHES } from '../build/kube-nodes.ts';
import { MERGE, pathOf } from '../build/kube-writer.ts';
import { runningStatus } from '../build/pod-status.ts';
import { TRUNKS } from '../scenarios/holdings.ts';
import { limitsOf } from '../scenarios/plan.ts';
import { nodePools } from './ipamd.ts';
import { mayCall, nameOfRole } from './roles.ts';
import { instanceIdOf, type LiveNode, type LivePod, listPods, servedNodes, type World, writeStatus } from './world.ts';

const ASKED = 'vpc.amazonaws.com/pod-eni';

/**
 * The VPC resource controller and the scheduler of pods that ask for a branch ENI: a trunk on every node with an ENI slot for
 * it, where the cluster's role allows that; then a branch ENI for each pod that waits for one.
 */
export async function keepBranches(world: World, env: Record<string, string>): Promise<void> {
  if (env.ENABLE_POD_ENI !== 'true') return;
  if (!(await mayCall(world, nameOfRole(world.ids.clusterRoleArn), 'AmazonEKSVPCResourceController', 'ec2:*'))) return;
  for (const { node, enis } of await nodePools(world)) {
    const type = node.metadata.labels?.['node.kubernetes.io/instance-type'] ?? '';
    const key = keyOf(world, node);
    const subnetId = enis[0]?.SubnetId;
    if (!subnetId || !TRUNKS.has(type) || world.ids.trunks[key] || enis.length >= limitsOf(type).enis) continue;
    world.ids.trunks[key] = await createTrunk(world, {
      subnetId,
      instanceId: instanceIdOf(node),
      deviceIndex: limitsOf(type).enis - 1,
    });
    const amount = { [ASKED]: String(BRANCHES[type] ?? 9) };
    await writeStatus(world, `/api/v1/nodes/${node.metadata.name}`, { capacity: amount, allocatable: amount });
  }
  for (const pod of await listPods(world)) if (wantsBranch(pod) && !pod.status.podIP) await start(world, pod);
}

const keyOf = ({ ids }: World, node: LiveNode): string =>
  Object.entries(ids.nodes).find(([, n]) => n.name === node.metadata.name)?.[0] ?? '';

const wantsBranch = (pod: LivePod): boolean =>
  (pod.spec.containers as { resources?: { limits?: Record<string, string> } }[]).some(
    (c) => c.resources?.limits?.[ASKED],
  );

/** A node with a trunk that has a branch ENI left for one more pod. */
async function roomy(world: World, nodes: readonly LiveNode[]): Promise<LiveNode | undefined> {
  const pods = await listPods(world);
  return nodes.find((n) => {
    const here = pods.filter((p) => wantsBranch(p) && p.spec.nodeName === n.metadata.name).length;
    const most = BRANCHES[n.metadata.labels?.['node.kubernetes.io/instance-type'] ?? ''] ?? 9;
    return world.ids.trunks[keyOf(world, n)] && !n.spec.unschedulable && here < most;
  });
}

async function start(world: World, pod: LivePod): Promise<void> {
  const nodes = await servedNodes(world);
  const host = pod.spec.nodeName ? nodes.find((n) => n.metadata.name === pod.spec.nodeName) : await roomy(world, nodes);
  const key = host && keyOf(world, host);
  if (!host || !key || !world.ids.trunks[key]) return;
  const path = pathOf(pod);
  if (!pod.spec.nodeName)
    await world.kube.call('POST', `${path}/binding`, {
      apiVersion: 'v1',
      kind: 'Binding',
      metadata: { name: pod.metadata.name },
      target: { apiVersion: 'v1', kind: 'Node', name: host.metadata.name },
    });
  const { id, address } = await branchEni(world, key, [world.ids.clusterSecurityGroup]);
  const annotations = { [ASKED]: JSON.stringify([{ eniId: id, privateIp: address, vlanId: 1 }]) };
  await world.kube.call('PATCH', path, { metadata: { annotations } }, MERGE);
  const hostIp = host.status.addresses.find((a) => a.type === 'InternalIP')?.address ?? '';
  await writeStatus(world, path, runningStatus(pod.spec.containers, hostIp, address, new Date()));
}
