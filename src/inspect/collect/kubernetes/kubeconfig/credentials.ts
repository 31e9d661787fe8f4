/** Turns a user and a cluster of a kubeconfig into headers and TLS material. */
import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { RequestOptions } from 'node:https';
import { type Credentials, CredentialsError } from '../connection.ts';
import { type ExecCredential, runExecPlugin } from './exec-plugin.ts';
import { type Entry, isText } from './files.ts';

export interface CredentialSource {
  /** For errors: `context "prod" of /home/ada/.kube/config`. */
  readonly origin: string;
  readonly userName: string;
  readonly user: Entry;
  readonly cluster: Entry;
  readonly server: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly execTimeoutMs?: number;
}

/** As often as client-go reads a token file again (transport/token_source.go). */
const TOKEN_FILE_LIFE_MS = 60_000;

/** What a user's way of proving himself yields, and until when it is good (milliseconds since 1970). */
interface Proof {
  readonly token?: string;
  readonly certificate?: string;
  readonly key?: string;
  readonly until: number;
}

/** Credentials kept until they expire or are refused. */
export function credentialsOf(source: CredentialSource): (renew?: boolean) => Promise<Credentials> {
  let kept: Promise<{ credentials: Credentials; until: number }> | undefined;
  const make = async () => {
    const proof = await prove(source);
    return { credentials: await assemble(source, proof), until: proof.until };
  };
  return async (renew = false) => {
    const last = renew ? undefined : await kept;
    if (last && Date.now() < last.until) return last.credentials;
    kept = make();
    return (await kept).credentials;
  };
}

/** Order of client-go: a token given outright goes before an exec plugin; a token file before a token. */
async function prove(source: CredentialSource): Promise<Proof> {
  const { user, userName } = source;
  const provider = user['auth-provider'] as Entry | undefined;
  if (user.exec && provider)
    throw new CredentialsError(`user "${userName}" has both exec and auth-provider; kubectl accepts only one`);
  if (isText(user.tokenFile))
    return { token: await tokenOf(user.tokenFile, userName), until: Date.now() + TOKEN_FILE_LIFE_MS };
  if (isText(user.token)) return { token: user.token, until: Number.POSITIVE_INFINITY };
  if (user.exec) return ofPlugin(await runPlugin(source));
  if (provider) return { token: providerToken(provider, userName), until: Number.POSITIVE_INFINITY };
  return { until: Number.POSITIVE_INFINITY };
}

function runPlugin({ user, cluster, server, env, execTimeoutMs }: CredentialSource): Promise<ExecCredential> {
  const caData = cluster['certificate-authority-data'];
  const serverName = cluster['tls-server-name'];
  return runExecPlugin(user.exec as Entry, {
    env,
    ...(execTimeoutMs ? { timeoutMs: execTimeoutMs } : {}),
    cluster: { server, ...(isText(caData) ? { caData } : {}), ...(isText(serverName) ? { serverName } : {}) },
  });
}

function ofPlugin({ token, certificate, key, expiresAt }: ExecCredential): Proof {
  return {
    ...(token ? { token } : {}),
    ...(certificate && key ? { certificate, key } : {}),
    until: expiresAt ?? Number.POSITIVE_INFINITY,
  };
}

async function tokenOf(file: string, userName: string): Promise<string> {
  const token = (await contentOf(file, `tokenFile of user "${userName}"`)).toString('utf8').trim();
  if (token === '') throw new CredentialsError(`tokenFile of user "${userName}" is empty: ${file}`);
  return token;
}

/**
 * Only an OIDC token that is still good is used. Renewing it would spend the refresh token that kubectl keeps in the
 * kubeconfig, which a read-only command must not write.
 */
function providerToken(provider: Entry, userName: string): string {
  const name = String(provider.name ?? '');
  if (name !== 'oidc')
    throw new CredentialsError(
      `user "${userName}": auth-provider "${name}" left kubectl in 1.26; use its exec plugin instead`,
    );
  const token = (provider.config as Entry | undefined)?.['id-token'];
  if (!isText(token))
    throw new CredentialsError(`user "${userName}": auth-provider oidc has no id-token; log in first`);
  const expiry = jwtExpiry(token);
  if (expiry !== undefined && expiry < Date.now())
    throw new CredentialsError(
      `user "${userName}": the OIDC id-token expired at ${new Date(expiry).toISOString()}; run any kubectl command once, which renews it`,
    );
  return token;
}

function jwtExpiry(token: string): number | undefined {
  try {
    const claims = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8')) as Entry;
    return typeof claims.exp === 'number' ? claims.exp * 1000 : undefined;
  } catch {
    return undefined;
  }
}

/** `KubeConfig` reads the files and makes the headers; what it does not know (impersonated groups, expiry) is added here. */
async function assemble(source: CredentialSource, proof: Proof): Promise<Credentials> {
  const { user, cluster, server, origin } = source;
  refuseContradictions(source);
  const { KubeConfig } = await import('./kube-config.ts');
  const config = new KubeConfig();
  const base64 = (pem: string | undefined) => (pem === undefined ? undefined : Buffer.from(pem).toString('base64'));
  const data = (entry: Entry, key: string) => text(entry[`${key}-data`]);
  // Data goes before a file of the same kind, as in kubectl.
  const file = (entry: Entry, key: string) => (data(entry, key) === undefined ? text(entry[key]) : undefined);
  config.loadFromOptions({
    clusters: [
      {
        name: 'cluster',
        server,
        caData: data(cluster, 'certificate-authority'),
        caFile: file(cluster, 'certificate-authority'),
        skipTLSVerify: cluster['insecure-skip-tls-verify'] === true || server.startsWith('http:'),
        tlsServerName: text(cluster['tls-server-name']),
      },
    ],
    users: [
      {
        name: 'user',
        token: proof.token,
        certData: base64(proof.certificate) ?? data(user, 'client-certificate'),
        certFile: proof.certificate ? undefined : file(user, 'client-certificate'),
        keyData: base64(proof.key) ?? data(user, 'client-key'),
        keyFile: proof.key ? undefined : file(user, 'client-key'),
        username: text(user.username),
        password: text(user.password),
        impersonateUser: text(user.as),
      },
    ],
    contexts: [{ name: 'context', cluster: 'cluster', user: 'user' }],
    currentContext: 'context',
  });
  const options: RequestOptions = { headers: {} };
  try {
    await config.applyToHTTPSOptions(options);
  } catch (cause) {
    throw new CredentialsError(`${origin}: ${fileError(cause)}`);
  }
  const cert = options.cert as Buffer | undefined;
  if (cert) refuseExpired(cert, source.userName);
  return {
    headers: { ...(options.headers as Record<string, string>), ...basicAuth(options.auth), ...impersonation(user) },
    tls: {
      ...(options.ca ? { ca: options.ca as Buffer } : {}),
      ...(cert ? { cert } : {}),
      ...(options.key ? { key: options.key as Buffer } : {}),
      ...(isText(cluster['tls-server-name']) ? { serverName: cluster['tls-server-name'] } : {}),
      ...(cluster['insecure-skip-tls-verify'] === true ? { insecure: true } : {}),
    },
  };
}

/** What kubectl refuses as well (client-go: tools/clientcmd/validation.go, transport/transport.go). */
function refuseContradictions({ user, userName, cluster, origin }: CredentialSource): void {
  const ca = cluster['certificate-authority-data'] ?? cluster['certificate-authority'];
  if (isText(ca) && cluster['insecure-skip-tls-verify'] === true)
    throw new CredentialsError(
      `${origin}: a certificate authority together with insecure-skip-tls-verify is not allowed`,
    );
  if (isText(user.username) && (isText(user.token) || isText(user.tokenFile)))
    throw new CredentialsError(`user "${userName}" has both a token and a user name; kubectl accepts only one`);
  const asMore = [user['as-groups'], user['as-uid'], user['as-user-extra']].some((v) => v !== undefined);
  if (asMore && !isText(user.as))
    throw new CredentialsError(`user "${userName}": as-groups, as-uid and as-user-extra need "as" as well`);
}

/** The API server answers an expired certificate with a bare 401; the reason is better told here. */
function refuseExpired(pem: Buffer, userName: string): void {
  let certificate: X509Certificate;
  try {
    certificate = new X509Certificate(pem);
  } catch {
    throw new CredentialsError(`user "${userName}": the client certificate is not a PEM certificate`);
  }
  if (Date.parse(certificate.validTo) < Date.now())
    throw new CredentialsError(
      `user "${userName}": the client certificate expired at ${new Date(certificate.validTo).toISOString()}`,
    );
}

function basicAuth(auth: string | null | undefined): Record<string, string> {
  return auth ? { authorization: `Basic ${Buffer.from(auth).toString('base64')}` } : {};
}

/** The user's name is sent by `KubeConfig`. Names of extras are escaped as client-go does (transport/round_trippers.go). */
function impersonation(user: Entry): Record<string, string | readonly string[]> {
  if (!isText(user.as)) return {};
  const groups = user['as-groups'];
  const extra = (user['as-user-extra'] ?? {}) as Entry;
  return {
    ...(Array.isArray(groups) && groups.length > 0 ? { 'impersonate-group': groups.map(String) } : {}),
    ...(isText(user['as-uid']) ? { 'impersonate-uid': user['as-uid'] } : {}),
    ...Object.fromEntries(
      Object.entries(extra).map(([key, values]) => [
        `impersonate-extra-${encodeURIComponent(key.toLowerCase())}`,
        Array.isArray(values) ? values.map(String) : String(values),
      ]),
    ),
  };
}

async function contentOf(file: string, what: string): Promise<Buffer> {
  try {
    return await readFile(file);
  } catch (cause) {
    throw new CredentialsError(`${what}: ${fileError(cause)}`);
  }
}

function fileError(cause: unknown): string {
  const { code, path, message } = cause as NodeJS.ErrnoException;
  if (code === 'ENOENT') return `no such file: ${path}`;
  if (code === 'EACCES') return `permission denied: ${path}`;
  return (message ?? String(cause)).split('\n')[0]!;
}

function text(value: unknown): string | undefined {
  return isText(value) ? value : undefined;
}
