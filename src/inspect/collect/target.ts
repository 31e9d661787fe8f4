/** Which cluster is meant, as far as flags, environment and kubeconfig tell; AWS is not asked here (`aws/identify.ts`). */
import { unknownProfile } from './aws/credentials.ts';
import type { ClusterConnection } from './kubernetes/connection.ts';
import { inClusterConnection } from './kubernetes/in-cluster.ts';
import { loadKubeconfig } from './kubernetes/kubeconfig/files.ts';
import {
  type EksTarget,
  type KubeconfigConnection,
  KubeconfigError,
  kubeconfigConnection,
} from './kubernetes/kubeconfig/index.ts';
import { scrub } from './scrub.ts';

/** A target that cannot be, is not there, or is two clusters at once. One line for the user, who can mend it. */
export class TargetError extends Error {
  constructor(message: string) {
    super(scrub(message));
  }
}

export interface TargetFlags {
  /** Name or ARN. */
  readonly cluster?: string;
  readonly region?: string;
  readonly profile?: string;
  readonly kubeconfig?: string;
  readonly context?: string;
  /** False: do not ask that side. */
  readonly kubernetes: boolean;
  readonly aws: boolean;
  readonly env: Readonly<Record<string, string | undefined>>;
}

export interface Target {
  /** Undefined where only AWS can tell. */
  readonly clusterName?: string;
  readonly region?: string;
  readonly account?: string;
  readonly profile?: string;
  /** Undefined: through EKS with a presigned token. */
  readonly connection?: ClusterConnection;
}

/** @throws TargetError */
export async function resolveTarget(flags: TargetFlags): Promise<Target> {
  const asked = askedFor(flags);
  const unknown = flags.aws && flags.profile && (await unknownProfile(flags.profile, flags.env));
  if (unknown) throw new TargetError(unknown);
  const context = await contextFor(asked, flags);
  const connection = flags.kubernetes ? (context ?? (await inClusterConnection({ env: flags.env }))) : undefined;
  if (!flags.aws && !connection)
    throw new TargetError(
      'without AWS the cluster is reached through a kubeconfig, and none was found; give --kubeconfig',
    );
  const eks: EksTarget = context?.eks ?? {};
  return defined({
    clusterName: asked.clusterName ?? eks.clusterName,
    region: asked.region ?? flags.region ?? eks.region,
    account: asked.account ?? eks.account,
    profile: flags.profile ?? profileOf(eks, flags.env),
    connection,
  });
}

/** The cluster named by flags; nothing where none is. */
function askedFor({ cluster, region }: TargetFlags): EksTarget {
  if (cluster === undefined) return {};
  const asked = parseCluster(cluster);
  if (asked.region && region && asked.region !== region)
    throw new TargetError(`--region ${region} contradicts the ARN, which says ${asked.region}`);
  return { ...(region ? { region } : {}), ...asked };
}

const ARN = /^arn:aws[a-z-]*:eks:([a-z0-9-]+):(\d{12}):cluster\/([A-Za-z0-9][A-Za-z0-9_-]{0,99})$/;
/** EKS CreateCluster: 1 to 100 letters, digits, hyphens and underscores. */
const NAME = /^[A-Za-z0-9][A-Za-z0-9_-]{0,99}$/;

export function parseCluster(text: string): EksTarget {
  const arn = ARN.exec(text);
  if (arn) return { region: arn[1]!, account: arn[2]!, clusterName: arn[3]! };
  if (NAME.test(text)) return { clusterName: text };
  throw new TargetError(`"${text}" is neither the name nor the ARN of an EKS cluster`);
}

/** The context of the kubeconfig that goes with the cluster asked for; the chosen one where none was asked for. */
async function contextFor(asked: EksTarget, flags: TargetFlags): Promise<KubeconfigConnection | undefined> {
  const open = (context: string | undefined) =>
    kubeconfigConnection(defined({ file: flags.kubeconfig, context, env: flags.env }));
  let chosen: KubeconfigConnection | undefined;
  try {
    chosen = await open(flags.context);
  } catch (error) {
    if (!flags.kubernetes) return undefined;
    if (error instanceof KubeconfigError) throw new TargetError(error.message);
    throw error;
  }
  if (!chosen || !contradicts(chosen.eks, asked)) return chosen;
  if (!flags.kubernetes) return undefined;
  const what = `${chosen.origin} is for cluster ${chosen.eks.clusterName}${inRegion(chosen.eks)}, not for ${asked.clusterName}${inRegion(asked)}`;
  if (flags.context !== undefined) throw new TargetError(`${what}; two clusters are never mixed`);
  const config = await loadKubeconfig(defined({ file: flags.kubeconfig, env: flags.env }));
  const other = await firstMatching([...config.contexts.keys()], asked, open);
  if (other) return other;
  throw new TargetError(
    `${what}, and no other context is; add one with "aws eks update-kubeconfig --name ${asked.clusterName}", or leave Kubernetes out with --no-kube`,
  );
}

async function firstMatching(
  contexts: readonly string[],
  asked: EksTarget,
  open: (context: string) => Promise<KubeconfigConnection | undefined>,
): Promise<KubeconfigConnection | undefined> {
  for (const name of contexts) {
    // a broken context beside the right one is no reason to stop
    const candidate = await open(name).catch(() => undefined);
    if (candidate?.eks.clusterName === asked.clusterName && !contradicts(candidate!.eks, asked)) return candidate;
  }
  return undefined;
}

/** True where both sides say something and it differs. */
function contradicts(a: EksTarget, b: EksTarget): boolean {
  return (['clusterName', 'region', 'account'] as const).some(
    (k) => a.clusterName !== undefined && a[k] !== undefined && b[k] !== undefined && a[k] !== b[k],
  );
}

function inRegion(t: EksTarget): string {
  return t.region ? ` in ${t.region}` : '';
}

/** The profile the context signs its tokens with, where nothing else names credentials. */
function profileOf(eks: EksTarget, env: TargetFlags['env']): string | undefined {
  return env.AWS_PROFILE || env.AWS_ACCESS_KEY_ID ? undefined : eks.profile;
}

function defined<T extends object>(o: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(o).filter(([, v]) => v !== undefined)) as never;
}
