import type { DescribeInstancesCommandInput, Instance as Ec2Instance } from '@aws-sdk/client-ec2';
import type { Instance } from '../../snapshot/ec2.ts';
import { type Collecting, defineAwsCollector } from '../define-collector.ts';
import type { AwsAccess } from './access.ts';
import { inVpc } from './cluster-vpc.ts';
import { chunks } from './defined.ts';
import { iso } from './iso.ts';
import { keptTags } from './tags.ts';

const CALL = 'ec2:DescribeInstances';
const IDS_PER_CALL = 100;
/** A terminated instance is listed for another hour and holds nothing. */
const ALIVE = { Name: 'instance-state-name', Values: ['pending', 'running', 'shutting-down', 'stopping', 'stopped'] };

export const instances = defineAwsCollector<'instances'>({
  section: 'instances',
  purpose: 'the type of each node, and which ENIs are nodes, are known only as far as Kubernetes says',
  calls: [{ iam: CALL, tier: 'core' }],
  async collect(aws, ctx) {
    const { client, DescribeInstancesCommand } = await aws.clients.ec2();
    const found = await Promise.all(
      (await inputs(aws, ctx)).map((input) =>
        aws.pages(
          CALL,
          (NextToken) => client.send(new DescribeInstancesCommand({ ...input, NextToken })),
          (out) => ({
            items: (out.Reservations ?? []).flatMap((r) => r.Instances ?? []).map(reduce),
            next: out.NextToken,
          }),
        ),
      ),
    );
    return { data: found.flat() };
  },
});

/** All of the VPC in one sweep, which also names the other owners of addresses; without a VPC, the nodes by id, else by tag. */
async function inputs(aws: AwsAccess, ctx: Collecting): Promise<DescribeInstancesCommandInput[]> {
  const vpcId = ctx.vpcId ?? (await ctx.section('cluster'))?.vpcId;
  if (vpcId) return [{ Filters: [...inVpc(vpcId), ALIVE], MaxResults: 1000 }];
  const ids = ((await ctx.section('nodes')) ?? []).flatMap((n) => n.instanceId ?? []);
  // a filter instead of InstanceIds: one instance that has gone would fail the whole call
  if (ids.length > 0)
    return chunks(ids, IDS_PER_CALL).map((Values) => ({
      Filters: [{ Name: 'instance-id', Values }],
      MaxResults: 1000,
    }));
  const tagged = { Name: 'tag-key', Values: [`kubernetes.io/cluster/${aws.clusterName}`] };
  return [{ Filters: [tagged, ALIVE], MaxResults: 1000 }];
}

function reduce(i: Ec2Instance): Instance {
  const { MetadataOptions: m } = i;
  return {
    instanceId: i.InstanceId ?? '',
    instanceType: i.InstanceType ?? '',
    state: i.State?.Name ?? '',
    subnetId: i.SubnetId || undefined,
    vpcId: i.VpcId || undefined,
    availabilityZone: i.Placement?.AvailabilityZone ?? '',
    instanceProfileArn: i.IamInstanceProfile?.Arn,
    imageId: i.ImageId,
    publicIp: i.PublicIpAddress || undefined,
    launchedAt: iso(i.LaunchTime),
    metadata: m && {
      endpoint: m.HttpEndpoint ?? '',
      tokens: m.HttpTokens ?? '',
      hopLimit: m.HttpPutResponseHopLimit ?? 1,
    },
    tags: keptTags(i.Tags),
  };
}
