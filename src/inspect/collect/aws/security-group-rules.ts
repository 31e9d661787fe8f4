import type { SecurityGroupRule } from '@aws-sdk/client-ec2';
import type { SecurityGroupRules } from '../../snapshot/routing.ts';
import { type Collecting, defineAwsCollector } from '../define-collector.ts';
import { chunks } from './defined.ts';
import { describeEach } from './named.ts';

const CALL = 'ec2:DescribeSecurityGroupRules';
/** Values of one filter. */
const MOST_GROUPS = 200;

export const securityGroupRules = defineAwsCollector<'securityGroupRules'>({
  section: 'securityGroupRules',
  purpose: 'whether security groups let pods reach DNS, the API server and each other is unknown',
  calls: [{ iam: CALL, tier: 'optional' }],
  async collect(aws, ctx) {
    const { client, DescribeSecurityGroupRulesCommand } = await aws.clients.ec2();
    const groupIds = await groupsInQuestion(ctx);
    const parts = new Map(chunks(groupIds, MOST_GROUPS).map((ids) => [ids.join(' '), ids]));
    const { data, missing } = await describeEach([...parts.keys()], async (key) => {
      const ids = parts.get(key)!;
      const Filters = [{ Name: 'group-id', Values: ids }];
      const rules = await aws.pages(
        CALL,
        (NextToken) => client.send(new DescribeSecurityGroupRulesCommand({ Filters, MaxResults: 1000, NextToken })),
        (out) => ({ items: (out.SecurityGroupRules ?? []).map(reduce), next: out.NextToken }),
      );
      return { ids, rules };
    });
    return { data: { groupIds: data.flatMap((d) => d.ids), rules: data.flatMap((d) => d.rules) }, missing };
  },
});

/** Groups of the cluster, of ENIConfigs and SecurityGroupPolicies, and of the interfaces that carry nodes and pods. */
async function groupsInQuestion(ctx: Collecting): Promise<string[]> {
  const [cluster, eniConfigs, policies, nodes, interfaces] = await Promise.all([
    ctx.section('cluster'),
    ctx.section('eniConfigs'),
    ctx.section('securityGroupPolicies'),
    ctx.section('nodes'),
    ctx.section('networkInterfaces'),
  ]);
  const instances = new Set((nodes ?? []).flatMap((n) => n.instanceId ?? []));
  const carriers = (interfaces ?? []).filter(
    (e) => e.type === 'branch' || instances.has(e.attachment?.instanceId ?? ''),
  );
  const ids = new Set([
    ...(cluster?.securityGroupIds ?? []),
    ...(cluster?.clusterSecurityGroupId ? [cluster.clusterSecurityGroupId] : []),
    ...[...(eniConfigs ?? []), ...(policies ?? []), ...carriers].flatMap((o) => o.securityGroupIds),
  ]);
  if (ids.size === 0) await ctx.need('cluster');
  return [...ids].sort();
}

function reduce(r: SecurityGroupRule): SecurityGroupRules['rules'][number] {
  const { FromPort: fromPort, ToPort: toPort, ReferencedGroupInfo: peer } = r;
  const cidr = r.CidrIpv4 ?? r.CidrIpv6;
  return {
    groupId: r.GroupId ?? '',
    egress: r.IsEgress ?? false,
    protocol: r.IpProtocol ?? '-1',
    ...(fromPort === undefined ? {} : { fromPort }),
    ...(toPort === undefined ? {} : { toPort }),
    ...(cidr ? { cidr } : {}),
    ...(r.PrefixListId ? { prefixListId: r.PrefixListId } : {}),
    ...(peer?.GroupId ? { peerGroupId: peer.GroupId } : {}),
    ...(peer?.VpcId ? { peerVpcId: peer.VpcId } : {}),
  };
}
