import { defineAwsCollector } from '../define-collector.ts';
import { clusterVpc, inVpc } from './cluster-vpc.ts';
import { texts } from './defined.ts';

const CALL = 'ec2:DescribeTransitGatewayVpcAttachments';

export const transitGatewayAttachments = defineAwsCollector<'transitGatewayAttachments'>({
  section: 'transitGatewayAttachments',
  purpose: 'in which zones a transit gateway takes traffic of the VPC is unknown',
  calls: [{ iam: CALL, tier: 'optional' }],
  async collect(aws, ctx) {
    const Filters = inVpc(await clusterVpc(ctx));
    const { client, DescribeTransitGatewayVpcAttachmentsCommand } = await aws.clients.ec2();
    const data = await aws.pages(
      CALL,
      (NextToken) =>
        client.send(new DescribeTransitGatewayVpcAttachmentsCommand({ Filters, MaxResults: 1000, NextToken })),
      (out) => ({
        items: (out.TransitGatewayVpcAttachments ?? []).map((a) => ({
          attachmentId: a.TransitGatewayAttachmentId ?? '',
          transitGatewayId: a.TransitGatewayId ?? '',
          state: a.State ?? '',
          subnetIds: texts(a.SubnetIds),
        })),
        next: out.NextToken,
      }),
    );
    return { data };
  },
});
