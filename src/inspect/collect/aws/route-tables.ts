import type { RouteTable as Ec2RouteTable, Route } from '@aws-sdk/client-ec2';
import type { RouteTable } from '../../snapshot/ec2.ts';
import { defineAwsCollector } from '../define-collector.ts';
import { clusterVpc, inVpc } from './cluster-vpc.ts';

const CALL = 'ec2:DescribeRouteTables';

export const routeTables = defineAwsCollector<'routeTables'>({
  section: 'routeTables',
  purpose: 'whether node and pod subnets have the routes they need is unknown',
  calls: [{ iam: CALL, tier: 'core' }],
  async collect(aws, ctx) {
    const Filters = inVpc(await clusterVpc(ctx));
    const { client, DescribeRouteTablesCommand } = await aws.clients.ec2();
    const data = await aws.pages(
      CALL,
      (NextToken) => client.send(new DescribeRouteTablesCommand({ Filters, MaxResults: 100, NextToken })),
      (out) => ({ items: (out.RouteTables ?? []).map(reduce), next: out.NextToken }),
    );
    return { data };
  },
});

function reduce(t: Ec2RouteTable): RouteTable {
  const associations = t.Associations ?? [];
  return {
    routeTableId: t.RouteTableId ?? '',
    main: associations.some((a) => a.Main === true),
    subnetIds: associations.flatMap((a) => a.SubnetId ?? []),
    routes: (t.Routes ?? []).map((r) => ({
      destination: r.DestinationCidrBlock ?? r.DestinationIpv6CidrBlock ?? r.DestinationPrefixListId ?? '',
      target: targetOf(r),
      state: r.State ?? '',
    })),
  };
}

/** EC2 names the target in one of many fields. */
function targetOf(r: Route): string | undefined {
  const target =
    r.GatewayId ??
    r.NatGatewayId ??
    r.TransitGatewayId ??
    r.VpcPeeringConnectionId ??
    r.EgressOnlyInternetGatewayId ??
    r.NetworkInterfaceId ??
    r.InstanceId ??
    r.LocalGatewayId ??
    r.CarrierGatewayId ??
    r.CoreNetworkArn;
  return target || undefined;
}
