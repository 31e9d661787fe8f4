import { DescribeAddonCommand, DescribeClusterCommand } from '@aws-sdk/client-eks';
import { controlPlaneInterface } from '../build/aws-network.ts';
import { pathOf } from '../build/kube-writer.ts';
import { allInterfaces } from '../measure/subnets.ts';
import { keepBranches } from './branches.ts';
import { bindPods, replacePods, rollAwsNode } from './controllers.ts';
import { keepGroups } from './groups.ts';
import { keepPools, settings } from './ipamd.ts';
import { rollGroups, syncNodes } from './nodes.ts';
import { keepPolicies } from './policies.ts';
import { forgetRefusals } from './roles.ts';
import {
  type Controller,
  type LivePod,
  list,
  listPods,
  ownerUid,
  servedNodes,
  type World,
  writeStatus,
} from './world.ts';

/**
 * Lets the cluster live until it is quiet: what the cloud controller, Karpenter, controllers, scheduler, kubelet and
 * aws-node would have done since the last call, after a change made through the public APIs. Ages start now.
 */
export async function settle(world: World): Promise<void> {
  await moveControlPlane(world);
  if (world.scenario.counted) {
    await keepGroups(world);
    await rollGroups(world);
  }
  await syncNodes(world);
  if (world.scenario.cni.install === 'none') return;
  await rollAwsNode(world);
  await replacePods(world);
  await keepPools(world);
  await replacePods(world); // what found no ready node before
  if (world.scenario.counted) await bindPods(world);
  await keepPools(world);
  if (world.scenario.counted) {
    await keepBranches(world, await settings(world));
    await keepPolicies(world);
    await forgetRefusals(world);
  }
  await writeCounts(world);
}

/** EKS moves its interfaces out of subnets the cluster no longer names, into the first ones it does. */
async function moveControlPlane(world: World): Promise<void> {
  const { aws, moto, scenario, ids } = world;
  const { cluster } = await aws.eks.send(new DescribeClusterCommand({ name: scenario.cluster.name }));
  const subnets = cluster?.resourcesVpcConfig?.subnetIds ?? [];
  const mine = (await allInterfaces(aws, ids.vpc)).filter(
    (e) => e.Description === `Amazon EKS ${scenario.cluster.name}`,
  );
  const stay = new Set(mine.map((e) => e.SubnetId ?? '').filter((id) => subnets.includes(id)));
  const gone = mine.filter((e) => !stay.has(e.SubnetId ?? ''));
  const targets = subnets.filter((id) => !stay.has(id)).slice(0, gone.length);
  await moto.post(
    'interfaces',
    targets.map((id) => controlPlaneInterface(scenario, ids, id)),
  );
  await moto.post(
    'interfaces/remove',
    gone.map((e) => e.NetworkInterfaceId),
  );
}

const ready = (pod: LivePod): boolean =>
  pod.status.conditions?.some((c) => c.type === 'Ready' && c.status === 'True') === true;

/** Counts in the status of workloads and budgets, and the health EKS derives from those of aws-node. */
async function writeCounts(world: World): Promise<void> {
  const pods = await listPods(world);
  const nodes = (await servedNodes(world)).length;
  const running = (uid?: string): number => pods.filter((p) => ownerUid(p) === uid && ready(p)).length;
  for (const set of await list<Controller>(world, '/apis/apps/v1/daemonsets', 'apps/v1', 'DaemonSet')) {
    const up = running(set.metadata.uid);
    const wanted = Math.max(nodes, up); // it may run on nodes that are left alone here
    await writeStatus(world, pathOf(set), {
      currentNumberScheduled: wanted,
      desiredNumberScheduled: wanted,
      updatedNumberScheduled: wanted,
      numberReady: up,
      numberAvailable: up,
      numberUnavailable: wanted - up,
    });
    if (set.metadata.name === 'aws-node' && !world.scenario.cni.install) await writeAddonHealth(world, up === wanted);
  }
  const sets = await list<Controller>(world, '/apis/apps/v1/replicasets', 'apps/v1', 'ReplicaSet');
  for (const set of sets) {
    const up = running(set.metadata.uid);
    const counts = { readyReplicas: up, availableReplicas: up };
    await writeStatus(world, pathOf(set), counts);
    const deployment = set.metadata.ownerReferences?.[0]?.name;
    if (deployment)
      await writeStatus(world, `/apis/apps/v1/namespaces/${set.metadata.namespace}/deployments/${deployment}`, counts);
  }
  const budgets = await list<
    Controller & { spec: { minAvailable: number; selector: { matchLabels: { app: string } } } }
  >(world, '/apis/policy/v1/poddisruptionbudgets', 'policy/v1', 'PodDisruptionBudget');
  for (const budget of budgets) {
    const { app } = budget.spec.selector.matchLabels;
    const healthy = pods.filter(
      (p) => p.metadata.namespace === budget.metadata.namespace && p.metadata.labels?.app === app && ready(p),
    ).length;
    await writeStatus(world, pathOf(budget), {
      currentHealthy: healthy,
      disruptionsAllowed: Math.max(0, healthy - budget.spec.minAvailable),
      disruptedPods: null,
    });
  }
}

/** An update that failed stays so until another is asked for. */
async function writeAddonHealth({ aws, moto, scenario }: World, healthy: boolean): Promise<void> {
  const clusterName = scenario.cluster.name;
  const { addon } = await aws.eks.send(new DescribeAddonCommand({ clusterName, addonName: 'vpc-cni' }));
  if (addon?.status === 'UPDATE_FAILED') return;
  const issues = healthy
    ? []
    : [
        {
          code: 'InsufficientNumberOfReplicas',
          message: "The add-on is unhealthy because it doesn't have the desired number of replicas.",
          resourceIds: [],
        },
      ];
  await moto.post('eks/state', {
    cluster: clusterName,
    addons: { 'vpc-cni': { status: healthy ? 'ACTIVE' : 'DEGRADED', health: { issues } } },
  });
}
