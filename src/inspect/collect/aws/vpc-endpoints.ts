import type { VpcEndpoint as Ec2VpcEndpoint } from '@aws-sdk/client-ec2';
import type { VpcEndpoint } from '../../snapshot/routing.ts';
import { defineAwsCollector } from '../define-collector.ts';
import { clusterVpc, inVpc } from './cluster-vpc.ts';
import { texts } from './defined.ts';

const CALL = 'ec2:DescribeVpcEndpoints';

export const vpcEndpoints = defineAwsCollector<'vpcEndpoints'>({
  section: 'vpcEndpoints',
  purpose: 'which AWS services nodes reach without a way out of the VPC is unknown',
  calls: [{ iam: CALL, tier: 'optional' }],
  async collect(aws, ctx) {
    const Filters = inVpc(await clusterVpc(ctx));
    const { client, DescribeVpcEndpointsCommand } = await aws.clients.ec2();
    const data = await aws.pages(
      CALL,
      (NextToken) => client.send(new DescribeVpcEndpointsCommand({ Filters, MaxResults: 1000, NextToken })),
      (out) => ({ items: (out.VpcEndpoints ?? []).map(reduce), next: out.NextToken }),
    );
    return { data };
  },
});

function reduce(e: Ec2VpcEndpoint): VpcEndpoint {
  return {
    endpointId: e.VpcEndpointId ?? '',
    service: e.ServiceName ?? '',
    type: e.VpcEndpointType ?? '',
    state: e.State ?? '',
    subnetIds: texts(e.SubnetIds),
    routeTableIds: texts(e.RouteTableIds),
    securityGroupIds: texts(e.Groups?.map((g) => g.GroupId)),
    privateDns: e.PrivateDnsEnabled ?? false,
  };
}
