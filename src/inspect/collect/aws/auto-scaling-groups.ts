import type { AutoScalingGroup as Group } from '@aws-sdk/client-auto-scaling';
import type { AutoScalingGroup } from '../../snapshot/aws.ts';
import { defineAwsCollector } from '../define-collector.ts';
import { texts } from './defined.ts';
import { keptTags } from './tags.ts';

const CALL = 'autoscaling:DescribeAutoScalingGroups';

export const autoScalingGroups = defineAwsCollector<'autoScalingGroups'>({
  section: 'autoScalingGroups',
  purpose: 'how far self-managed node groups may scale is unknown',
  calls: [{ iam: CALL, tier: 'core' }],
  async collect(aws) {
    const Filters = [{ Name: 'tag-key', Values: [`kubernetes.io/cluster/${aws.clusterName}`] }];
    const { client, DescribeAutoScalingGroupsCommand } = await aws.clients.autoScaling();
    const data = await aws.pages(
      CALL,
      (NextToken) => client.send(new DescribeAutoScalingGroupsCommand({ Filters, MaxRecords: 100, NextToken })),
      (out) => ({ items: (out.AutoScalingGroups ?? []).map(reduce), next: out.NextToken }),
    );
    return { data };
  },
});

function reduce(g: Group): AutoScalingGroup {
  const overrides = (g.MixedInstancesPolicy?.LaunchTemplate?.Overrides ?? []).map((o) => ({
    instanceType: o.InstanceType,
    weight: o.WeightedCapacity === undefined ? undefined : Number(o.WeightedCapacity),
  }));
  const template = g.LaunchTemplate ?? g.MixedInstancesPolicy?.LaunchTemplate?.LaunchTemplateSpecification;
  return {
    name: g.AutoScalingGroupName ?? '',
    minSize: g.MinSize ?? 0,
    maxSize: g.MaxSize ?? 0,
    desiredCapacity: g.DesiredCapacity ?? 0,
    subnetIds: texts(g.VPCZoneIdentifier?.split(',').map((s) => s.trim())),
    instanceIds: texts(g.Instances?.map((i) => i.InstanceId)),
    launchTemplate: template && {
      id: template.LaunchTemplateId,
      name: template.LaunchTemplateName,
      version: template.Version,
    },
    ...(overrides.length > 0 ? { overrides } : {}),
    ...maintenanceOf(g),
    tags: keptTags(g.Tags),
  };
}

/** EC2 answers with -1 where a policy was taken away. */
function maintenanceOf({ InstanceMaintenancePolicy: policy }: Group): Partial<AutoScalingGroup> {
  const [min, max] = [policy?.MinHealthyPercentage ?? -1, policy?.MaxHealthyPercentage ?? -1];
  return min < 0 || max < 0 ? {} : { minHealthyPercent: min, maxHealthyPercent: max };
}
