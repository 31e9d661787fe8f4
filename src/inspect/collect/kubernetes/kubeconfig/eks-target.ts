/** Which EKS cluster a kubeconfig context is about, told from its names, its exec plugin's arguments and its server. */
import { type Entry, isText } from './files.ts';

/** What could be told; nothing here is asked of AWS. */
export interface EksTarget {
  readonly clusterName?: string;
  readonly region?: string;
  readonly account?: string;
  readonly profile?: string;
  readonly roleArn?: string;
}

const ARN = /^arn:aws[a-z-]*:eks:([a-z0-9-]+):(\d{12}):cluster\/([A-Za-z0-9][A-Za-z0-9_-]{0,99})$/;
/** `NAME.REGION.eksctl.io`, with `USER@` before it in a context's name. */
const EKSCTL = /(?:^|@)([A-Za-z0-9][A-Za-z0-9_-]{0,99})\.([a-z]{2}(?:-[a-z]+)+-\d)\.eksctl\.io$/;
/** `ID.SHARD.REGION.eks.amazonaws.com[.cn]`, and the dual-stack form `eks-cluster.REGION.api.aws` of IPv6 clusters. */
const ENDPOINT =
  /\.([a-z]{2}(?:-[a-z]+)+-\d)\.(?:eks\.amazonaws\.com(?:\.cn)?|api\.(?:aws|amazonwebservices\.com\.cn))$/;

export function eksTargetOf(names: readonly string[], user: Entry, server: string): EksTarget {
  return { ...fromServer(server), ...fromNames(names), ...fromExec(user.exec as Entry | undefined) };
}

function fromServer(server: string): EksTarget {
  const region = URL.canParse(server) ? ENDPOINT.exec(new URL(server).hostname)?.[1] : undefined;
  return region ? { region } : {};
}

function fromNames(names: readonly string[]): EksTarget {
  for (const name of names) {
    const arn = ARN.exec(name);
    if (arn) return { region: arn[1]!, account: arn[2]!, clusterName: arn[3]! };
    const eksctl = EKSCTL.exec(name);
    if (eksctl) return { clusterName: eksctl[1]!, region: eksctl[2]! };
  }
  return {};
}

/** Arguments of `aws eks get-token` and `aws-iam-authenticator token`. */
function fromExec(exec: Entry | undefined): EksTarget {
  if (!exec || !Array.isArray(exec.args)) return {};
  const args = exec.args.map(String);
  if (!args.includes('get-token') && !args.includes('token')) return {};
  const env = new Map(
    (Array.isArray(exec.env) ? (exec.env as readonly Entry[]) : []).map((e) => [String(e?.name), e?.value]),
  );
  const clusterName = option(args, '--cluster-name', '--cluster-id', '-i');
  const region = option(args, '--region') ?? env.get('AWS_REGION') ?? env.get('AWS_DEFAULT_REGION');
  const profile = option(args, '--profile') ?? env.get('AWS_PROFILE');
  const roleArn = option(args, '--role-arn', '--role', '-r');
  return {
    ...(clusterName ? { clusterName } : {}),
    ...(isText(region) ? { region } : {}),
    ...(isText(profile) ? { profile } : {}),
    ...(roleArn ? { roleArn } : {}),
  };
}

function option(args: readonly string[], ...names: readonly string[]): string | undefined {
  for (const [i, arg] of args.entries()) {
    if (names.includes(arg)) return args[i + 1];
    const name = names.find((n) => n.startsWith('--') && arg.startsWith(`${n}=`));
    if (name) return arg.slice(name.length + 1);
  }
  return undefined;
}
