import type { Cluster as EksCluster } from '@aws-sdk/client-eks';
import type { Cluster } from '../../snapshot/aws.ts';
import { defineAwsCollector } from '../define-collector.ts';
import type { AwsAccess, AwsClients } from './access.ts';
import { texts } from './defined.ts';
import { healthIssues } from './health.ts';
import { iso } from './iso.ts';

export const DESCRIBE_CLUSTER = 'eks:DescribeCluster';

export const cluster = defineAwsCollector<'cluster'>({
  section: 'cluster',
  purpose: 'no VPC and no control-plane subnets are known: nothing about subnets, no check of the cluster itself',
  calls: [{ iam: DESCRIBE_CLUSTER, tier: 'core' }],
  async collect(aws) {
    return { data: reduce(await describeCluster(aws, aws.clusterName), aws.region) };
  },
});

const described = new WeakMap<AwsClients, Map<string, Promise<EksCluster>>>();

/**
 * Asked once in a run: the collector, the check of the target and the way to the API server need the same reply.
 * @throws CollectFailure `not-found` where the Region has no such cluster.
 */
export function describeCluster(aws: AwsAccess, name: string): Promise<EksCluster> {
  const known = described.get(aws.clients) ?? new Map<string, Promise<EksCluster>>();
  described.set(aws.clients, known);
  const reply = known.get(name) ?? ask(aws, name);
  known.set(name, reply);
  return reply;
}

async function ask(aws: AwsAccess, name: string): Promise<EksCluster> {
  const { client, DescribeClusterCommand } = await aws.clients.eks();
  const reply = await aws.call(DESCRIBE_CLUSTER, () => client.send(new DescribeClusterCommand({ name })));
  return reply.cluster ?? {};
}

function reduce(c: EksCluster, region: string): Cluster {
  const arn = c.arn ?? '';
  const vpc = c.resourcesVpcConfig;
  const network = c.kubernetesNetworkConfig;
  const family = network?.ipFamily;
  return {
    name: c.name ?? '',
    arn,
    region,
    account: arn.split(':')[4] ?? '',
    version: c.version ?? '',
    platformVersion: c.platformVersion,
    status: c.status ?? 'UNKNOWN',
    endpoint: c.endpoint,
    roleArn: c.roleArn,
    vpcId: vpc?.vpcId || undefined,
    subnetIds: texts(vpc?.subnetIds),
    securityGroupIds: texts(vpc?.securityGroupIds),
    clusterSecurityGroupId: vpc?.clusterSecurityGroupId || undefined,
    ipFamily: family === 'ipv4' || family === 'ipv6' ? family : undefined,
    serviceIpv4Cidr: network?.serviceIpv4Cidr,
    serviceIpv6Cidr: network?.serviceIpv6Cidr,
    autoMode: c.computeConfig?.enabled === true,
    outpost: c.outpostConfig !== undefined,
    remoteNodeCidrs: (c.remoteNetworkConfig?.remoteNodeNetworks ?? []).flatMap((n) => texts(n.cidrs)),
    remotePodCidrs: (c.remoteNetworkConfig?.remotePodNetworks ?? []).flatMap((n) => texts(n.cidrs)),
    health: healthIssues(c.health?.issues),
    oidcIssuer: c.identity?.oidc?.issuer,
    createdAt: iso(c.createdAt),
  };
}
