import type { Vpc as Ec2Vpc } from '@aws-sdk/client-ec2';
import type { Vpc } from '../../snapshot/ec2.ts';
import { defineAwsCollector } from '../define-collector.ts';
import { CollectFailure } from '../failure.ts';
import { clusterVpc } from './cluster-vpc.ts';

export const vpc = defineAwsCollector<'vpc'>({
  section: 'vpc',
  purpose: 'the CIDRs of the VPC, and where a further subnet would fit, are unknown',
  calls: [{ iam: 'ec2:DescribeVpcs', tier: 'core' }],
  async collect(aws, ctx) {
    const vpcId = await clusterVpc(ctx);
    const { client, DescribeVpcsCommand } = await aws.clients.ec2();
    const reply = await aws.call('ec2:DescribeVpcs', () => client.send(new DescribeVpcsCommand({ VpcIds: [vpcId] })));
    const found = reply.Vpcs?.[0];
    if (!found) throw new CollectFailure('not-found', `EC2 shows no VPC ${vpcId}`);
    return { data: reduce(found, vpcId) };
  },
});

function reduce(v: Ec2Vpc, vpcId: string): Vpc {
  const cidrs = (v.CidrBlockAssociationSet ?? []).flatMap((a) =>
    a.CidrBlock ? [{ cidr: a.CidrBlock, state: a.CidrBlockState?.State ?? 'associated' }] : [],
  );
  return {
    vpcId,
    ownerId: v.OwnerId,
    cidrs,
    ipv6Cidrs: (v.Ipv6CidrBlockAssociationSet ?? []).flatMap((a) => a.Ipv6CidrBlock ?? []),
  };
}
