/** Flags that say which cluster, checked and put into the terms of the collection. */
import type { TargetFlags } from '../cli/options.ts';
import type { CollectOptions } from '../inspect/collect/runner.ts';
import type { VpcScope } from '../inspect/collect/vpc-collection.ts';
import { TOOL } from '../tool.ts';
import { UsageError } from './exit-code.ts';
import type { Io } from './io.ts';

/** Which cluster, or what stands in for it. */
export type TargetOptions = TargetFlags & {
  /** A VPC or subnets in place of a cluster. */
  readonly scope?: VpcScope | undefined;
  readonly logs?: boolean | undefined;
  readonly metrics?: boolean | undefined;
};

/** EC2's allowance is shared with aws-node, Karpenter and every other tool of the account. */
const DEFAULT_CONCURRENCY = 5;
const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** The cluster as argument and as flag are the same thing. @throws UsageError where they differ */
export function withCluster<F extends TargetOptions>(cluster: string | undefined, flags: F): F & TargetOptions {
  if (cluster !== undefined && flags.cluster !== undefined && cluster !== flags.cluster)
    throw new UsageError(`which cluster: "${cluster}" or --cluster "${flags.cluster}"?`);
  return cluster === undefined ? flags : { ...flags, cluster };
}

/** @throws UsageError */
export function collectOptions(io: Io, flags: TargetOptions): CollectOptions {
  const { kube = true, aws = true, concurrency = DEFAULT_CONCURRENCY } = flags;
  if (!kube && !aws) throw new UsageError('--no-aws and --no-kube together leave nothing to ask');
  refuseBounds(flags);
  return {
    cluster: flags.cluster,
    region: flags.region,
    profile: flags.profile,
    roleArn: flags.roleArn,
    kubeconfig: flags.kubeconfig,
    context: flags.context,
    kubernetes: kube,
    aws,
    env: io.env,
    tool: TOOL,
    ...(flags.timeout === undefined ? {} : { timeoutMs: milliseconds(flags.timeout) }),
    concurrency,
    retryMode: flags.retryMode ?? 'standard',
    scope: flags.scope,
    logs: flags.logs,
    metrics: flags.metrics,
  };
}

/** A mistyped bound is one for a snapshot too, which asks nothing. @throws UsageError */
export function refuseBounds({ concurrency, timeout }: TargetOptions): void {
  if (concurrency !== undefined && concurrency < 1) throw new UsageError('--concurrency must be 1 or more');
  if (timeout !== undefined) milliseconds(timeout);
}

/** `90s`, `2m`, `24h`, `7d`, or seconds without a unit. @throws UsageError naming the flag */
export function milliseconds(duration: string, flag = '--timeout'): number {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)?$/.exec(duration.trim());
  const value = match ? Number(match[1]) * UNITS[match[2] ?? 's']! : 0;
  if (value <= 0)
    throw new UsageError(
      `${flag} "${duration}" is no duration: a number above 0 with ms, s, m, h or d behind it, or of seconds`,
    );
  if (flag === '--timeout' && value > LONGEST_TIMER)
    throw new UsageError(`${flag} "${duration}" is longer than it can wait: 24d at most`);
  return value;
}

/** What a timer of Node.js can wait for. */
const LONGEST_TIMER = 2 ** 31 - 1;
