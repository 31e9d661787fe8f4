import type { SectionData } from '../../snapshot.ts';
import { type Collecting, defineAwsCollector } from '../define-collector.ts';
import { gapOfFailure } from '../failure.ts';
import { clusterVpc, inVpc } from './cluster-vpc.ts';

const CALL = 'ec2:DescribeSecurityGroups';

export const securityGroups = defineAwsCollector<'securityGroups'>({
  section: 'securityGroups',
  purpose: 'whether the groups of ENIConfigs and SecurityGroupPolicies exist in this VPC is unknown',
  calls: [{ iam: CALL, tier: 'core' }],
  async collect(aws, ctx) {
    const vpcId = await clusterVpc(ctx);
    const { client, DescribeSecurityGroupsCommand } = await aws.clients.ec2();
    const describe = (Filters: { Name: string; Values: string[] }[]) =>
      aws.pages(
        CALL,
        (NextToken) => client.send(new DescribeSecurityGroupsCommand({ Filters, MaxResults: 1000, NextToken })),
        (out): { items: SectionData<'securityGroups'>; next: string | undefined } => ({
          items: (out.SecurityGroups ?? []).map((g) => ({
            groupId: g.GroupId ?? '',
            vpcId: g.VpcId,
            ownerId: g.OwnerId,
            name: g.GroupName ?? '',
          })),
          next: out.NextToken,
        }),
      );
    const ofVpc = await describe(inVpc(vpcId));
    const known = new Set(ofVpc.map((g) => g.groupId));
    const outside = (await named(ctx)).filter((id) => !known.has(id));
    if (outside.length === 0) return { data: ofVpc };
    try {
      return { data: [...ofVpc, ...(await describe([{ Name: 'group-id', Values: outside }]))] };
    } catch (error) {
      return { data: ofVpc, missing: [gapOfFailure(error)] };
    }
  },
});

/** Groups the cluster's own objects name; one may lie in another VPC and be shared, or be a mistake. */
async function named(ctx: Collecting): Promise<string[]> {
  const [eniConfigs, policies] = await Promise.all([ctx.section('eniConfigs'), ctx.section('securityGroupPolicies')]);
  return [...new Set([...(eniConfigs ?? []), ...(policies ?? [])].flatMap((o) => o.securityGroupIds))];
}
