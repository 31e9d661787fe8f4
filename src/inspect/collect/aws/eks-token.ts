/**
 * A bearer token for the cluster's API server: a presigned STS GetCallerIdentity that names the cluster, as
 * aws-iam-authenticator reads it (`pkg/token/token.go`). It lives in memory only; the server refuses it 15 minutes later.
 */
import type { AwsCredentialIdentity } from '@smithy/types';
import type { AwsSession } from './session.ts';

const PREFIX = 'k8s-aws-v1.';
const CLUSTER_HEADER = 'x-k8s-aws-id';

/** Signs a fresh token with each call, with the credentials then in force. */
export async function eksToken(
  session: Pick<AwsSession, 'credentials' | 'clients' | 'region'>,
  clusterName: string,
): Promise<string> {
  const hostname = await stsHost(session);
  return presign(await session.credentials(), session.region, hostname, clusterName, new Date());
}

/** The Region's own STS endpoint, in whatever partition it lies. */
async function stsHost(session: Pick<AwsSession, 'clients' | 'region'>): Promise<string> {
  const { client } = await session.clients.sts();
  const resolve = client.config.endpointProvider as (p: object) => { url: URL } | Promise<{ url: URL }>;
  const parameters = { Region: session.region, UseDualStack: false, UseFIPS: false, UseGlobalEndpoint: false };
  return (await resolve(parameters)).url.hostname;
}

/** @param hostname of the STS endpoint. */
export async function presign(
  credentials: AwsCredentialIdentity,
  region: string,
  hostname: string,
  clusterName: string,
  signingDate: Date,
): Promise<string> {
  const [{ SignatureV4 }, { Sha256 }] = await Promise.all([
    import('@smithy/signature-v4'),
    import('@aws-crypto/sha256-js'),
  ]);
  const signer = new SignatureV4({ service: 'sts', region, credentials, sha256: Sha256 });
  const request = {
    method: 'GET',
    protocol: 'https:',
    hostname,
    path: '/',
    query: { Action: 'GetCallerIdentity', Version: '2011-06-15' },
    headers: { host: hostname, [CLUSTER_HEADER]: clusterName },
  };
  const signed = await signer.presign(request, {
    expiresIn: 60,
    signingDate,
    unhoistableHeaders: new Set([CLUSTER_HEADER]),
  });
  const query = Object.entries(signed.query ?? {}).map(([k, v]) => `${percentEncode(k)}=${percentEncode(String(v))}`);
  return PREFIX + Buffer.from(`https://${hostname}/?${query.join('&')}`).toString('base64url');
}

function percentEncode(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
}
