/** The connection of a pod that runs this command: its own service account. */
import { readFile } from 'node:fs/promises';
import { type ClusterConnection, CredentialsError, cached } from './connection.ts';

export interface InClusterOptions {
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Where the service account is mounted. */
  readonly directory?: string;
}

const MOUNT = '/var/run/secrets/kubernetes.io/serviceaccount';
/** Bound tokens are replaced on disk before they expire; client-go reads them again every minute. */
const TOKEN_LIFE_MS = 60_000;

/** Undefined outside a pod, or in a pod without a service account token. */
export async function inClusterConnection(options: InClusterOptions = {}): Promise<ClusterConnection | undefined> {
  const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port } = options.env ?? process.env;
  const directory = options.directory ?? MOUNT;
  if (!host || !port) return undefined;
  const present = await readFile(`${directory}/token`).then(
    () => true,
    () => false,
  );
  if (!present) return undefined;
  const token = cached(() => content(`${directory}/token`), TOKEN_LIFE_MS);
  const ca = cached(() => content(`${directory}/ca.crt`), Number.POSITIVE_INFINITY);
  return {
    server: `https://${host.includes(':') ? `[${host}]` : host}:${port}`,
    origin: 'the service account of this pod',
    credentials: async (renew) => ({
      headers: { authorization: `Bearer ${await token(renew)}` },
      tls: { ca: await ca() },
    }),
  };
}

async function content(file: string): Promise<string> {
  try {
    return (await readFile(file, 'utf8')).trim();
  } catch {
    throw new CredentialsError(`the service account of this pod: cannot read ${file}`);
  }
}
