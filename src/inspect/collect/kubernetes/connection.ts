import { scrub } from '../scrub.ts';

/** How to reach one API server: where it is, and what every request must carry. Made from a kubeconfig, a pod's own service account, or EKS. */
export interface ClusterConnection {
  /** `https://host[:port][/path]`, without a slash at the end. */
  readonly server: string;
  /** Where this connection comes from, for errors and the report: `context "prod" of /home/ada/.kube/config`. */
  readonly origin: string;
  /** The kubeconfig's context, where it comes from one. */
  readonly context?: string;
  /** `proxy-url` of the kubeconfig; without it HTTPS_PROXY and NO_PROXY decide. */
  readonly proxyUrl?: string;
  /**
   * Headers and TLS material, kept until they expire. `renew` drops what is kept: the server has just refused it.
   * @throws CredentialsError
   */
  readonly credentials: (renew?: boolean) => Promise<Credentials>;
}

export interface Credentials {
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  readonly tls: TlsMaterial;
}

/** PEM texts. Without `ca` the authorities of Node.js (and NODE_EXTRA_CA_CERTS) decide. */
export interface TlsMaterial {
  readonly ca?: string | Buffer;
  readonly cert?: string | Buffer;
  readonly key?: string | Buffer;
  /** `tls-server-name`: the name the certificate must carry instead of the host's. */
  readonly serverName?: string;
  /** `insecure-skip-tls-verify`. */
  readonly insecure?: boolean;
}

/** Credentials that cannot be had: an exec plugin failed, a certificate expired, a file is missing. One line for the user. */
export class CredentialsError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(scrub(message), options);
  }
}

export interface EksMaterial {
  readonly clusterName: string;
  /** `endpoint` of DescribeCluster. */
  readonly server: string;
  /** `certificateAuthority.data` of DescribeCluster: base64 of a PEM. */
  readonly caData: string;
  /** A fresh bearer token; called again when the server refuses the last one or `TOKEN_LIFE` has passed. */
  readonly token: () => Promise<string>;
}

/** EKS accepts a token for 15 minutes; a long list must not outlive it (AWS CLI: `TOKEN_EXPIRATION_MINS` 14). */
const TOKEN_LIFE_MS = 12 * 60_000;

/** A connection from what DescribeCluster says and a presigned token. */
export function eksConnection(eks: EksMaterial): ClusterConnection {
  const token = cached(eks.token, TOKEN_LIFE_MS);
  return {
    server: withoutSlash(eks.server),
    origin: `EKS cluster ${eks.clusterName}`,
    credentials: async (renew) => ({
      headers: { authorization: `Bearer ${await token(renew)}` },
      tls: { ca: Buffer.from(eks.caData, 'base64') },
    }),
  };
}

/** Keeps a value for `lifeMs`; callers at the same time share one call, a failed call is not kept. */
export function cached<T>(make: () => Promise<T>, lifeMs: number): (renew?: boolean) => Promise<T> {
  let kept: { value: Promise<T>; until: number } | undefined;
  return (renew = false) => {
    if (!kept || renew || Date.now() > kept.until) {
      const value = make();
      const mine = { value, until: Date.now() + lifeMs };
      kept = mine;
      value.catch(() => {
        if (kept === mine) kept = undefined;
      });
    }
    return kept.value;
  };
}

export function withoutSlash(url: string): string {
  return url.replace(/\/+$/, '');
}
