import type { VpcPeeringConnection, VpcPeeringConnectionVpcInfo } from '@aws-sdk/client-ec2';
import type { VpcPeering } from '../../snapshot/routing.ts';
import { defineAwsCollector } from '../define-collector.ts';
import { clusterVpc } from './cluster-vpc.ts';
import { texts } from './defined.ts';
import { distinctBy } from './distinct.ts';

const CALL = 'ec2:DescribeVpcPeeringConnections';

export const vpcPeerings = defineAwsCollector<'vpcPeerings'>({
  section: 'vpcPeerings',
  purpose: 'which ranges lie behind peering connections is unknown',
  calls: [{ iam: CALL, tier: 'optional' }],
  async collect(aws, ctx) {
    const vpcId = await clusterVpc(ctx);
    const { client, DescribeVpcPeeringConnectionsCommand } = await aws.clients.ec2();
    const on = (side: 'requester' | 'accepter') => {
      const Filters = [{ Name: `${side}-vpc-info.vpc-id`, Values: [vpcId] }];
      return aws.pages(
        CALL,
        (NextToken) => client.send(new DescribeVpcPeeringConnectionsCommand({ Filters, MaxResults: 1000, NextToken })),
        (out) => ({ items: (out.VpcPeeringConnections ?? []).map(reduce), next: out.NextToken }),
      );
    };
    const [asked, accepted] = await Promise.all([on('requester'), on('accepter')]);
    return { data: distinctBy([...asked, ...accepted], (p) => p.peeringId) };
  },
});

function reduce(p: VpcPeeringConnection): VpcPeering {
  return {
    peeringId: p.VpcPeeringConnectionId ?? '',
    status: p.Status?.Code ?? '',
    requester: side(p.RequesterVpcInfo),
    accepter: side(p.AccepterVpcInfo),
  };
}

function side(s: VpcPeeringConnectionVpcInfo | undefined): VpcPeering['requester'] {
  const sets = texts(s?.CidrBlockSet?.map((c) => c.CidrBlock));
  return {
    vpcId: s?.VpcId ?? '',
    ownerId: s?.OwnerId,
    region: s?.Region,
    cidrs: sets.length > 0 ? sets : texts([s?.CidrBlock]),
  };
}
