import type { Subnet as Ec2Subnet } from '@aws-sdk/client-ec2';
import type { Subnet } from '../../snapshot/ec2.ts';
import { defineAwsCollector } from '../define-collector.ts';
import { gapOfFailure } from '../failure.ts';
import { clusterVpc, inVpc } from './cluster-vpc.ts';
import { allTags } from './tags.ts';

const CALL = 'ec2:DescribeSubnets';

export const subnets = defineAwsCollector<'subnets'>({
  section: 'subnets',
  purpose: 'no free addresses are known: nothing about subnets, capacity or room to grow',
  calls: [{ iam: CALL, tier: 'core' }],
  async collect(aws, ctx) {
    const vpcId = await clusterVpc(ctx);
    const { client, DescribeSubnetsCommand } = await aws.clients.ec2();
    const describe = (Filters: { Name: string; Values: string[] }[]) =>
      aws.pages(
        CALL,
        (NextToken) => client.send(new DescribeSubnetsCommand({ Filters, MaxResults: 1000, NextToken })),
        (out) => ({ items: (out.Subnets ?? []).map(reduce), next: out.NextToken }),
      );
    const ofVpc = await describe(inVpc(vpcId));
    const known = new Set(ofVpc.map((s) => s.subnetId));
    const eniConfigs = (await ctx.section('eniConfigs')) ?? [];
    const outside = [...new Set(eniConfigs.flatMap((e) => e.subnetId ?? []))].filter((id) => !known.has(id));
    if (outside.length === 0) return { data: ofVpc };
    try {
      // a filter answers with what exists; naming an id that does not exist would fail the whole call
      return { data: [...ofVpc, ...(await describe([{ Name: 'subnet-id', Values: outside }]))] };
    } catch (error) {
      return { data: ofVpc, missing: [gapOfFailure(error)] };
    }
  },
});

/** A range that is taken away is listed for a while. */
const GONE = /^(?:disassociat|fail)/;

function reduce(s: Ec2Subnet): Subnet {
  return {
    subnetId: s.SubnetId ?? '',
    vpcId: s.VpcId ?? '',
    ownerId: s.OwnerId,
    availabilityZone: s.AvailabilityZone ?? '',
    availabilityZoneId: s.AvailabilityZoneId,
    cidr: s.CidrBlock ?? '',
    availableIps: s.AvailableIpAddressCount ?? 0,
    state: s.State ?? '',
    mapPublicIp: s.MapPublicIpOnLaunch ?? false,
    assignIpv6: s.AssignIpv6AddressOnCreation ?? false,
    ipv6Native: s.Ipv6Native ?? false,
    dns64: s.EnableDns64 ?? false,
    ipv6Cidrs: (s.Ipv6CidrBlockAssociationSet ?? []).flatMap((a) =>
      GONE.test(a.Ipv6CidrBlockState?.State ?? '') ? [] : (a.Ipv6CidrBlock ?? []),
    ),
    outpostArn: s.OutpostArn || undefined,
    tags: allTags(s.Tags),
  };
}
