import {
  DeleteAutoScalingGroupCommand,
  DescribeAutoScalingGroupsCommand,
  SetDesiredCapacityCommand,
} from '@aws-sdk/client-auto-scaling';
import { DescribeLaunchTemplateVersionsCommand } from '@aws-sdk/client-ec2';
import { DescribeNodegroupCommand, ListNodegroupsCommand, type Nodegroup } from '@aws-sdk/client-eks';
import { asgName, scalingGroup } from '../build/aws-cluster.ts';
import { computedMaxPods } from './computed-max-pods.ts';
import { settings } from './ipamd.ts';
import type { World } from './world.ts';

/**
 * EKS after a change of its managed groups: an Auto Scaling group for a new one, as many instances as are wanted of each, and
 * none of a group that was deleted.
 */
export async function keepGroups(world: World): Promise<void> {
  const { aws, ids, scenario } = world;
  const clusterName = scenario.cluster.name;
  const { nodegroups = [] } = await aws.eks.send(new ListNodegroupsCommand({ clusterName }));
  for (const nodegroupName of nodegroups) {
    const { nodegroup } = await aws.eks.send(new DescribeNodegroupCommand({ clusterName, nodegroupName }));
    if (!nodegroup) continue;
    if (!ids.autoScalingGroups[nodegroupName]) await found(world, nodegroupName, nodegroup);
    await grow(world, ids.autoScalingGroups[nodegroupName] ?? '', nodegroup.scalingConfig?.desiredSize ?? 0);
  }
  for (const [key, AutoScalingGroupName] of Object.entries(ids.autoScalingGroups)) {
    if (scenario.groups[key]?.kind !== 'managed' || nodegroups.includes(key)) continue;
    delete ids.autoScalingGroups[key]; // a retry would not find it
    await aws.autoScaling
      .send(new DeleteAutoScalingGroupCommand({ AutoScalingGroupName, ForceDelete: true }))
      .catch(gone);
  }
}

function gone(error: Error): void {
  if (!/not found/.test(error.message)) throw error;
}

async function found(world: World, key: string, group: Nodegroup): Promise<void> {
  const { aws, ids, moto, scenario } = world;
  const type = group.instanceTypes?.[0] ?? '';
  const told = await maxPodsIn(world, group.launchTemplate?.id, group.launchTemplate?.version);
  // a subnet that was made since has no other name
  for (const id of group.subnets ?? []) if (!Object.values(ids.subnets).includes(id)) ids.subnets[id] = id;
  const subnets = Object.entries(ids.subnets).flatMap(([name, id]) => (group.subnets?.includes(id) ? [name] : []));
  const spec = {
    kind: 'managed' as const,
    subnets,
    instanceTypes: group.instanceTypes ?? [],
    min: group.scalingConfig?.minSize ?? 0,
    max: group.scalingConfig?.maxSize ?? 1,
    ...(told === undefined ? { template: false as const } : {}),
  };
  scenario.groups[key] = spec;
  const maxPods = told ?? computedMaxPods(await settings(world), type);
  const first = { group: key, type, zone: '', maxPods, ageMinutes: 0, apps: 0 };
  await scalingGroup(scenario, aws, ids, key, spec, [], undefined, first);
  await moto.post('eks/state', {
    cluster: scenario.cluster.name,
    nodegroups: { [key]: { resources: { autoScalingGroups: [{ name: asgName(scenario, key) }] } } },
  });
}

/** What the user data of a template says, undefined where it leaves the number to EKS. */
async function maxPodsIn({ aws }: World, id: string | undefined, version = '1'): Promise<number | undefined> {
  if (!id) return undefined;
  const { LaunchTemplateVersions } = await aws.ec2.send(
    new DescribeLaunchTemplateVersionsCommand({ LaunchTemplateId: id, Versions: [version] }),
  );
  const data = LaunchTemplateVersions?.[0]?.LaunchTemplateData?.UserData ?? '';
  const number = /maxPods: (\d+)/.exec(Buffer.from(data, 'base64').toString())?.[1];
  return number === undefined ? undefined : Number(number);
}

async function grow({ aws }: World, AutoScalingGroupName: string, DesiredCapacity: number): Promise<void> {
  const { AutoScalingGroups } = await aws.autoScaling.send(
    new DescribeAutoScalingGroupsCommand({ AutoScalingGroupNames: [AutoScalingGroupName] }),
  );
  const now = AutoScalingGroups?.[0]?.DesiredCapacity;
  if (now !== undefined && now !== DesiredCapacity)
    await aws.autoScaling.send(new SetDesiredCapacityCommand({ AutoScalingGroupName, DesiredCapacity }));
}
