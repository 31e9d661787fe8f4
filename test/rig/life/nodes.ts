import {
  DescribeAutoScalingGroupsCommand,
  TerminateInstanceInAutoScalingGroupCommand,
} from '@aws-sdk/client-auto-scaling';
import {
  DescribeLaunchTemplateVersionsCommand,
  type Instance,
  ModifyNetworkInterfaceAttributeCommand,
  TerminateInstancesCommand,
} from '@aws-sdk/client-ec2';
import { tagAll } from '../build/aws-network.ts';
import { eniTags } from '../build/aws-nodes.ts';
import { cniNode, node } from '../build/kube-nodes.ts';
import { KubeWriter, MERGE } from '../build/kube-writer.ts';
import type { KubeObject } from '../clients/kube.ts';
import { computedMaxPods } from './computed-max-pods.ts';
import { settings } from './ipamd.ts';
import {
  instanceIdOf,
  type LiveNode,
  list,
  listNodes,
  listPods,
  removeWhole,
  runningInstances,
  servedNodes,
  type World,
} from './world.ts';

const UNSCHEDULABLE = 'node.kubernetes.io/unschedulable';

/**
 * Nodes follow instances, as the cloud controller, Karpenter and kubelet make them: a node whose instance is gone is
 * removed, Karpenter ends the instance of a deleted node, and an instance a group launched joins. Cordons get their taint.
 */
export async function syncNodes(world: World): Promise<void> {
  await endDeletedNodes(world);
  const running = await runningInstances(world);
  for (const live of await servedNodes(world)) {
    if (!running.has(instanceIdOf(live))) await removeNode(world, live);
    else await taintCordoned(world, live);
  }
  const known = new Set((await listNodes(world)).map(instanceIdOf));
  for (const [id, instance] of running) if (!known.has(id)) await joinNode(world, instance);
}

/** EKS after an update of a group's version: new nodes, with maxPods by the CNI's settings of today where it has no template. */
export async function rollGroups(world: World): Promise<void> {
  const { moto, scenario, aws, ids } = world;
  const rolled = (await moto.post('eks/rolled', { cluster: scenario.cluster.name })) as string[];
  for (const key of rolled) {
    const AutoScalingGroupNames = [ids.autoScalingGroups[key] ?? ''];
    const { AutoScalingGroups } = await aws.autoScaling.send(
      new DescribeAutoScalingGroupsCommand({ AutoScalingGroupNames }),
    );
    for (const { InstanceId } of AutoScalingGroups?.[0]?.Instances ?? [])
      await aws.autoScaling.send(
        new TerminateInstanceInAutoScalingGroupCommand({ InstanceId, ShouldDecrementDesiredCapacity: false }),
      );
  }
}

async function endDeletedNodes({ aws, ids, scenario, ...world }: World): Promise<void> {
  const names = new Set((await listNodes({ aws, ids, scenario, ...world })).map((n) => n.metadata.name));
  for (const [key, { name, instanceId }] of Object.entries(ids.nodes)) {
    if (names.has(name)) continue;
    const group = scenario.groups[scenario.nodes[key]?.group ?? ''];
    if (group?.kind === 'karpenter') await aws.ec2.send(new TerminateInstancesCommand({ InstanceIds: [instanceId] }));
    delete ids.nodes[key];
  }
}

async function removeNode(world: World, live: LiveNode): Promise<void> {
  const { name } = live.metadata;
  for (const pod of await listPods(world)) {
    if (pod.spec.nodeName === name)
      await removeWhole(world, `/api/v1/namespaces/${pod.metadata.namespace}/pods/${pod.metadata.name}`);
  }
  await removeWhole(world, `/apis/vpcresources.k8s.aws/v1alpha1/cninodes/${name}`);
  await removeWhole(world, `/api/v1/nodes/${name}`);
  const claims = await list<KubeObject & { status?: { nodeName?: string } }>(
    world,
    '/apis/karpenter.sh/v1/nodeclaims',
    'karpenter.sh/v1',
    'NodeClaim',
  );
  for (const claim of claims)
    if (claim.status?.nodeName === name)
      await removeWhole(world, `/apis/karpenter.sh/v1/nodeclaims/${claim.metadata.name}`);
  for (const [key, known] of Object.entries(world.ids.nodes)) if (known.name === name) delete world.ids.nodes[key];
}

async function taintCordoned({ kube }: World, live: LiveNode): Promise<void> {
  const others = (live.spec.taints ?? []).filter((t) => t.key !== UNSCHEDULABLE);
  const has = others.length !== (live.spec.taints ?? []).length;
  if (has === (live.spec.unschedulable === true)) return;
  const taints = live.spec.unschedulable ? [...others, { key: UNSCHEDULABLE, effect: 'NoSchedule' }] : others;
  await kube.call('PATCH', `/api/v1/nodes/${live.metadata.name}`, { spec: { taints } }, MERGE);
}

/** What kubelet reads from the user data of the launch template the instance came from; 110 where that says nothing. */
async function maxPodsOf(world: World, key: string, groupName: string, type: string): Promise<number> {
  const { aws, scenario } = world;
  const group = scenario.groups[key];
  if (scenario.counted && group?.kind === 'managed' && group.template === false)
    return computedMaxPods(await settings(world), type);
  const groups = await aws.autoScaling.send(
    new DescribeAutoScalingGroupsCommand({ AutoScalingGroupNames: [groupName] }),
  );
  const template = groups.AutoScalingGroups?.[0]?.LaunchTemplate;
  if (!template?.LaunchTemplateId) return 110;
  const versions = await aws.ec2.send(
    new DescribeLaunchTemplateVersionsCommand({
      LaunchTemplateId: template.LaunchTemplateId,
      Versions: [template.Version ?? '$Latest'],
    }),
  );
  const data = versions.LaunchTemplateVersions?.[0]?.LaunchTemplateData?.UserData ?? '';
  return Number(/maxPods: (\d+)/.exec(Buffer.from(data, 'base64').toString())?.[1] ?? 110);
}

/** A new instance of a group: its node appears NotReady, as every node before its CNI is up. */
async function joinNode(world: World, instance: Instance): Promise<void> {
  const { scenario, ids, aws } = world;
  const instanceId = instance.InstanceId ?? '';
  const groupName = instance.Tags?.find((t) => t.Key === 'aws:autoscaling:groupName')?.Value ?? '';
  const group = Object.entries(ids.autoScalingGroups).find(([, name]) => name === groupName)?.[0];
  if (!group) return;
  const primaryEni = instance.NetworkInterfaces?.[0]?.NetworkInterfaceId ?? '';
  await tagAll(aws, primaryEni, eniTags(scenario.cluster.name, instanceId));
  if (scenario.counted)
    await aws.ec2.send(
      new ModifyNetworkInterfaceAttributeCommand({
        NetworkInterfaceId: primaryEni,
        Groups: [ids.clusterSecurityGroup],
      }),
    );
  ids.nodes[instanceId] = { name: instance.PrivateDnsName ?? '', instanceId, primaryEni, dataEnis: [] };
  const plan = {
    key: instanceId,
    spec: {
      group,
      type: instance.InstanceType ?? '',
      zone: instance.Placement?.AvailabilityZone ?? '',
      maxPods: await maxPodsOf(world, group, groupName, instance.InstanceType ?? ''),
      ageMinutes: 0,
      apps: 0,
      broken: true as const,
    },
    primaryAddress: instance.PrivateIpAddress ?? '',
    dataEnis: [],
    podAddresses: [],
  };
  const writer = new KubeWriter(world.kube);
  const now = new Date();
  for (const item of [node(scenario, plan, ids, now), cniNode(scenario, plan, ids, now)]) {
    await writer.write({ ...item, created: undefined });
  }
}
