import type { NatGateway as Ec2NatGateway } from '@aws-sdk/client-ec2';
import type { NatGateway } from '../../snapshot/routing.ts';
import { defineAwsCollector } from '../define-collector.ts';
import { clusterVpc, inVpc } from './cluster-vpc.ts';
import { texts } from './defined.ts';

const CALL = 'ec2:DescribeNatGateways';

export const natGateways = defineAwsCollector<'natGateways'>({
  section: 'natGateways',
  purpose: 'whether the NAT gateways that routes name work is unknown',
  calls: [{ iam: CALL, tier: 'optional' }],
  async collect(aws, ctx) {
    const Filter = inVpc(await clusterVpc(ctx));
    const { client, DescribeNatGatewaysCommand } = await aws.clients.ec2();
    const data = await aws.pages(
      CALL,
      (NextToken) => client.send(new DescribeNatGatewaysCommand({ Filter, MaxResults: 100, NextToken })),
      (out) => ({ items: (out.NatGateways ?? []).map(reduce), next: out.NextToken }),
    );
    return { data };
  },
});

function reduce(n: Ec2NatGateway): NatGateway {
  return {
    natGatewayId: n.NatGatewayId ?? '',
    subnetId: n.SubnetId ?? '',
    state: n.State ?? '',
    connectivity: n.ConnectivityType ?? 'public',
    privateIps: texts(n.NatGatewayAddresses?.map((a) => a.PrivateIp)),
  };
}
