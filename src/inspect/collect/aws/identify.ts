/** Finds the cluster where its name is not known, and proves that EKS and the kubeconfig speak of the same one. */
import { X509Certificate } from 'node:crypto';
import type { Cluster as EksCluster } from '@aws-sdk/client-eks';
import type { AwsCall } from '../define-collector.ts';
import { CollectFailure } from '../failure.ts';
import type { ClusterConnection, EksMaterial } from '../kubernetes/connection.ts';
import { TargetError } from '../target.ts';
import type { AwsAccess } from './access.ts';
import { DESCRIBE_CLUSTER, describeCluster } from './cluster.ts';

const LIST = 'eks:ListClusters';

/** Calls made to find the cluster, before any section is collected. */
export const TARGET_CALLS: readonly AwsCall[] = [
  { iam: LIST, tier: 'core' },
  { iam: DESCRIBE_CLUSTER, tier: 'core' },
];

/**
 * The cluster behind the connection's API server; without a connection the only cluster of the Region.
 * @throws TargetError where there is none or more than one to choose from
 * @throws CollectFailure where EKS does not answer
 */
export async function findCluster(aws: AwsAccess, connection: ClusterConnection | undefined): Promise<string> {
  const names = await listClusters(aws);
  if (names.length === 0) throw new TargetError(`there is no EKS cluster in ${aws.region}; give --region or --cluster`);
  if (connection) return behind(aws, connection, names);
  if (names.length === 1) return names[0]!;
  throw new TargetError(`which cluster? In ${aws.region} there are: ${names.join(', ')}; give one of them`);
}

async function behind(aws: AwsAccess, connection: ClusterConnection, names: readonly string[]): Promise<string> {
  const replies = await Promise.allSettled(
    names.map(async (name) => ({ name, same: await isSame(await describeCluster(aws, name), connection) })),
  );
  const found = replies.find((r) => r.status === 'fulfilled' && r.value.same);
  if (found?.status === 'fulfilled') return found.value.name;
  const failed = replies.find((r) => r.status === 'rejected');
  if (failed) throw failed.reason;
  throw new TargetError(
    `${connection.origin} (${connection.server}) is none of the EKS clusters in ${aws.region}: ${names.join(', ')}; give --region, or leave AWS out with --no-aws`,
  );
}

async function listClusters(aws: AwsAccess): Promise<string[]> {
  const { client, ListClustersCommand } = await aws.clients.eks();
  const names = await aws.pages(
    LIST,
    (nextToken) => client.send(new ListClustersCommand({ maxResults: 100, nextToken })),
    (out) => ({ items: out.clusters ?? [], next: out.nextToken }),
  );
  return names.sort();
}

/**
 * Two clusters are never mixed: the report would blame one for the state of the other.
 * @throws TargetError where EKS has no such cluster, or the kubeconfig leads to another
 * @throws CollectFailure where EKS does not answer: then there is nothing to compare
 */
export async function assertSameCluster(
  aws: AwsAccess,
  name: string,
  connection: ClusterConnection | undefined,
): Promise<void> {
  const cluster = await describeCluster(aws, name).catch(async (error) => {
    throw error instanceof CollectFailure && error.kind === 'not-found' ? await notThere(aws, name) : error;
  });
  if (!connection || (await isSame(cluster, connection))) return;
  throw new TargetError(
    `${connection.origin} leads to ${connection.server}, but EKS cluster ${name} in ${aws.region} is at ${cluster.endpoint}; two clusters are never mixed: give the matching --context, or --no-aws or --no-kube`,
  );
}

async function notThere(aws: AwsAccess, name: string): Promise<TargetError> {
  const names = await listClusters(aws).catch(() => []);
  const known = names.length > 0 ? `; there are: ${names.join(', ')}` : '';
  return new TargetError(`there is no EKS cluster ${name} in ${aws.region} of this account${known}`);
}

/**
 * By host, by the name TLS expects (a tunnel keeps it), or by the CA, of which every EKS cluster has its own: a pod
 * reaches the API server under a service address.
 */
async function isSame(cluster: EksCluster, connection: ClusterConnection): Promise<boolean> {
  if (!cluster.endpoint) return true;
  const endpoint = new URL(cluster.endpoint);
  if (endpoint.host === new URL(connection.server).host) return true;
  const { tls } = await connection.credentials();
  if (tls.serverName === endpoint.hostname) return true;
  const ours = fingerprint(tls.ca);
  return ours !== undefined && ours === fingerprint(Buffer.from(cluster.certificateAuthority?.data ?? '', 'base64'));
}

function fingerprint(pem: string | Buffer | undefined): string | undefined {
  try {
    return pem === undefined ? undefined : new X509Certificate(pem).fingerprint256;
  } catch {
    return undefined;
  }
}

/** What a connection through EKS is made of. @throws CollectFailure where EKS does not tell the endpoint yet */
export async function eksMaterial(
  aws: AwsAccess,
  clusterName: string,
  token: () => Promise<string>,
): Promise<EksMaterial> {
  const { endpoint, certificateAuthority, status } = await describeCluster(aws, clusterName);
  const caData = certificateAuthority?.data;
  if (!endpoint || !caData)
    throw new CollectFailure('other', `EKS tells no API endpoint of ${clusterName} (status ${status ?? 'unknown'})`);
  return { clusterName, server: endpoint, caData, token };
}
