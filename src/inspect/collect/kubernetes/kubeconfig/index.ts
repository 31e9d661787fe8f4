/** A connection from the kubeconfig, chosen as kubectl chooses. */
import type { ClusterConnection } from '../connection.ts';
import { withoutSlash } from '../connection.ts';
import { credentialsOf } from './credentials.ts';
import { type EksTarget, eksTargetOf } from './eks-target.ts';
import { type Entry, isText, type Kubeconfig, KubeconfigError, loadKubeconfig } from './files.ts';

export { type EksTarget, KubeconfigError };

export interface KubeconfigOptions {
  /** `--kubeconfig FILE`. */
  readonly file?: string;
  /** `--context NAME`. */
  readonly context?: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly home?: string;
  readonly execTimeoutMs?: number;
}

export interface KubeconfigConnection extends ClusterConnection {
  readonly context: string;
  /** What the context says of the EKS cluster behind it. */
  readonly eks: EksTarget;
}

/**
 * The connection of `--context`, else of the current context; undefined where no kubeconfig defines any context and the
 * user asked for none.
 * @throws KubeconfigError for a file, context, cluster or user that is missing or wrong
 */
export async function kubeconfigConnection(options: KubeconfigOptions = {}): Promise<KubeconfigConnection | undefined> {
  const env = options.env ?? process.env;
  const config = await loadKubeconfig({
    env,
    ...(options.file === undefined ? {} : { file: options.file }),
    ...(options.home === undefined ? {} : { home: options.home }),
  });
  const context = chosenContext(config, options);
  if (context === undefined) return undefined;
  const where = config.files.join(', ');
  const entry = config.contexts.get(context);
  if (!entry)
    throw new KubeconfigError(`no context "${context}" in ${where || config.searched.join(', ')}${choices(config)}`);
  const cluster = named(config.clusters, entry.cluster, 'cluster', context, where);
  const user = isText(entry.user) ? named(config.users, entry.user, 'user', context, where) : {};
  const server = serverOf(cluster, String(entry.cluster), where);
  const origin = `context "${context}" of ${where}`;
  const userName = isText(entry.user) ? entry.user : '';
  const proxyUrl = cluster['proxy-url'];
  return {
    context,
    server,
    origin,
    eks: eksTargetOf([context, String(entry.cluster), userName], user, server),
    ...(isText(proxyUrl) ? { proxyUrl } : {}),
    credentials: credentialsOf({
      origin,
      userName,
      user,
      cluster,
      server,
      env,
      ...(options.execTimeoutMs === undefined ? {} : { execTimeoutMs: options.execTimeoutMs }),
    }),
  };
}

function chosenContext(config: Kubeconfig, { file, context }: KubeconfigOptions): string | undefined {
  const name = context ?? config.currentContext;
  if (name !== undefined) return name;
  if (config.contexts.size === 0 && file === undefined) return undefined;
  throw new KubeconfigError(
    config.contexts.size === 0
      ? `kubeconfig ${file}: it defines no context`
      : `kubeconfig ${config.files.join(', ')}: no current-context; pass --context${choices(config)}`,
  );
}

function choices({ contexts }: Kubeconfig): string {
  if (contexts.size === 0) return '';
  const names = [...contexts.keys()].sort();
  const more = names.length > 8 ? ` and ${names.length - 8} more` : '';
  return `; there are: ${names.slice(0, 8).join(', ')}${more}`;
}

function named(
  entries: ReadonlyMap<string, Entry>,
  name: unknown,
  what: string,
  context: string,
  where: string,
): Entry {
  if (!isText(name)) throw new KubeconfigError(`context "${context}" of ${where} names no ${what}`);
  const entry = entries.get(name);
  if (!entry)
    throw new KubeconfigError(`context "${context}" names the ${what} "${name}", which ${where} does not define`);
  return entry;
}

function serverOf(cluster: Entry, name: string, where: string): string {
  const { server } = cluster;
  if (!isText(server) || !URL.canParse(server) || !/^https?:$/.test(new URL(server).protocol))
    throw new KubeconfigError(`cluster "${name}" of ${where}: its server is no http or https URL`);
  return withoutSlash(server);
}
