import type { Nodegroup as EksNodegroup } from '@aws-sdk/client-eks';
import type { Nodegroup } from '../../snapshot/aws.ts';
import { defineAwsCollector } from '../define-collector.ts';
import { texts } from './defined.ts';
import { healthIssues } from './health.ts';
import { iso } from './iso.ts';
import { describeEach } from './named.ts';

export const nodegroups = defineAwsCollector<'nodegroups'>({
  section: 'nodegroups',
  purpose: 'how far managed node groups may scale and which settings their nodes start with is unknown',
  calls: [
    { iam: 'eks:ListNodegroups', tier: 'core' },
    { iam: 'eks:DescribeNodegroup', tier: 'core' },
  ],
  async collect(aws) {
    const { client, ListNodegroupsCommand, DescribeNodegroupCommand } = await aws.clients.eks();
    const clusterName = aws.clusterName;
    const names = await aws.pages(
      'eks:ListNodegroups',
      (nextToken) => client.send(new ListNodegroupsCommand({ clusterName, maxResults: 100, nextToken })),
      (out) => ({ items: out.nodegroups ?? [], next: out.nextToken }),
    );
    return describeEach(names, async (nodegroupName) => {
      const reply = await aws.call('eks:DescribeNodegroup', () =>
        client.send(new DescribeNodegroupCommand({ clusterName, nodegroupName })),
      );
      return reply.nodegroup && reduce(reply.nodegroup);
    });
  },
});

function reduce(n: EksNodegroup): Nodegroup {
  const { launchTemplate, scalingConfig, updateConfig } = n;
  return {
    name: n.nodegroupName ?? '',
    status: n.status ?? 'UNKNOWN',
    subnetIds: texts(n.subnets),
    instanceTypes: texts(n.instanceTypes),
    amiType: n.amiType,
    version: n.version,
    releaseVersion: n.releaseVersion,
    launchTemplate: launchTemplate && {
      id: launchTemplate.id,
      name: launchTemplate.name,
      version: launchTemplate.version,
    },
    minSize: scalingConfig?.minSize ?? 0,
    maxSize: scalingConfig?.maxSize ?? 0,
    desiredSize: scalingConfig?.desiredSize ?? 0,
    maxUnavailable: updateConfig?.maxUnavailable,
    maxUnavailablePercentage: updateConfig?.maxUnavailablePercentage,
    updateStrategy: updateConfig?.updateStrategy,
    nodeRole: n.nodeRole,
    labels: { ...n.labels },
    taints: (n.taints ?? []).map((t) => ({ key: t.key ?? '', value: t.value, effect: t.effect ?? '' })),
    autoScalingGroups: texts(n.resources?.autoScalingGroups?.map((g) => g.name)),
    health: healthIssues(n.health?.issues),
    createdAt: iso(n.createdAt),
    modifiedAt: iso(n.modifiedAt),
  };
}
