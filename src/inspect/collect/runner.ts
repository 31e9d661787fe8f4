/** One collection from start to end: the target, both sides at the same time, the time limit, the snapshot. */
import { type ClusterSnapshot, type SectionName, type Sections, SNAPSHOT_VERSION } from '../snapshot.ts';
import { abortable } from './abort.ts';
import type { AwsAccess } from './aws/access.ts';
import { eksToken } from './aws/eks-token.ts';
import { assertSameCluster, eksMaterial, findCluster, TARGET_CALLS } from './aws/identify.ts';
import { type AwsAccessSettings, awsAccess, type OpenAwsAccess } from './aws/open-access.ts';
import { type AwsSession, openAws } from './aws/session.ts';
import type { AwsCollector } from './define-collector.ts';
import { CollectFailure } from './failure.ts';
import { collectorsFor, type OptIns } from './index.ts';
import { type ClusterConnection, eksConnection } from './kubernetes/connection.ts';
import { type KubernetesSession, openSession } from './kubernetes/session.ts';
import { assertAnswered, NOT_THROUGH_EKS, NothingAnswered } from './nothing-answered.ts';
import { runCollectors, type Sides } from './runner-sections.ts';
import { type ListProgress, SourceLog } from './source-log.ts';
import type { Stall } from './stall.ts';
import { resolveTarget, type Target, TargetError, type TargetFlags } from './target.ts';
import { DESCRIBE_SUBNETS, VPC_COLLECTORS, type VpcScope, vpcOf, vpcSections } from './vpc-collection.ts';

export { NothingAnswered, TargetError };

export interface CollectOptions extends TargetFlags, OptIns {
  readonly roleArn?: string;
  readonly tool: { readonly name: string; readonly version: string };
  /** Milliseconds for the whole, after which unfinished sections are given up; without it only what makes no progress is. */
  readonly timeoutMs?: number;
  /** Parallel AWS requests. */
  readonly concurrency: number;
  readonly retryMode: 'standard' | 'adaptive';
  /** A VPC, or subnets, in place of a cluster; subnets only where no cluster is named and no kubeconfig leads to one. */
  readonly scope?: VpcScope;
  /** Fires when the user interrupts; the collection then rejects with its reason. */
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: CollectProgress) => void;
  /** Told once, before anything is asked: how the cluster will be reached. */
  readonly onTarget?: (target: ReachedBy) => void;
}

/** How the two sides are reached, for what the user is told and for the commands he is given. */
export interface ReachedBy {
  readonly clusterName?: string;
  readonly region?: string;
  readonly profile?: string;
  /** Of the kubeconfig, where one is used. */
  readonly context?: string;
  /** `context "prod" of /home/ada/.kube/config`, `the service account of this pod`; absent where EKS gives access. */
  readonly origin?: string;
}

export interface CollectProgress {
  readonly finished: number;
  readonly total: number;
  /** Requests answered so far. */
  readonly requests: number;
  readonly waitingFor: readonly SectionName[];
  /** The list of which a page came last. */
  readonly list?: ListProgress;
}

/** Who asks before any section is collected, in `sources`. */
const TARGET = 'cluster';

/**
 * Collects everything that may be read.
 * @throws TargetError for a target that cannot be, NothingAnswered where neither side tells anything, the reason of `signal`
 */
export async function collectSnapshot(options: CollectOptions): Promise<ClusterSnapshot> {
  options.signal?.throwIfAborted();
  const target = await resolveTarget(options.scope?.vpcId === undefined ? options : { ...options, kubernetes: false });
  const scope = withoutCluster(options, target);
  options.onTarget?.(reachedBy(target));
  const stop = new AbortController();
  const interrupt = () => stop.abort(options.signal?.reason);
  options.signal?.addEventListener('abort', interrupt, { once: true });
  const timer = options.timeoutMs === undefined ? undefined : abortAfter(options.timeoutMs, stop);
  const run = new Collection(options, target, stop);
  try {
    const sections = await (scope ? run.vpcSections(scope) : run.sections());
    if (stop.signal.reason instanceof TargetError) throw stop.signal.reason;
    options.signal?.throwIfAborted();
    assertAnswered(sections);
    return {
      kind: 'ClusterSnapshot',
      schemaVersion: SNAPSHOT_VERSION,
      tool: { name: options.tool.name, version: options.tool.version },
      collectedAt: new Date().toISOString(),
      sources: run.log.sources(),
      ...sections,
    };
  } finally {
    clearTimeout(timer);
    options.signal?.removeEventListener('abort', interrupt);
    run.close();
  }
}

function reachedBy({ clusterName, region, profile, connection }: Target): ReachedBy {
  return {
    ...(clusterName === undefined ? {} : { clusterName }),
    ...(region === undefined ? {} : { region }),
    ...(profile === undefined ? {} : { profile }),
    ...(connection?.context === undefined ? {} : { context: connection.context }),
    ...(connection === undefined ? {} : { origin: connection.origin }),
  };
}

function withoutCluster({ scope, cluster }: CollectOptions, target: Target): VpcScope | undefined {
  if (!scope || cluster !== undefined) return undefined;
  if (scope.vpcId !== undefined) return scope;
  return target.clusterName === undefined && target.connection === undefined ? scope : undefined;
}

/** 150,000 pods at 200 ms a page take longer than a minute, and come all the same. */
const LONGEST_STALL_MS = 60_000;

function abortAfter(ms: number, stop: AbortController): NodeJS.Timeout {
  const late = new CollectFailure('timeout', `not finished within ${ms / 1000} s (--timeout)`);
  return setTimeout(() => stop.abort(late), ms);
}

class Collection {
  readonly log = new SourceLog((list) => this.#tell(list));
  /** Sections that are not finished, of so many. */
  #waiting: ReadonlySet<SectionName> = new Set();
  #total = 0;
  readonly #options: CollectOptions;
  readonly #target: Target;
  readonly #stop: AbortController;
  readonly #open: { close: () => void }[] = [];

  constructor(options: CollectOptions, target: Target, stop: AbortController) {
    this.#options = options;
    this.#target = target;
    this.#stop = stop;
  }

  async sections(): Promise<Sections> {
    const { signal } = this.#stop;
    const aws = this.#options.aws ? this.#openAws() : undefined;
    const kubernetes = this.#options.kubernetes ? this.#openKubernetes(aws) : undefined;
    const checked = aws ? abortable(this.#check(aws), signal) : Promise.resolve();
    // a wrong target ends everything at once; any other failure is told by the sections it hits
    const settled = Promise.all([aws, checked].map((p) => p?.catch((e) => this.#endIfWrongTarget(e))));
    kubernetes?.catch(() => {});
    const collectors = collectorsFor(this.#options);
    const finish = this.#expect(collectors);
    const sections = await runCollectors({
      collectors,
      signal,
      sides: this.#sides(aws, kubernetes),
      ...this.#stall(),
      onSection: finish,
    });
    await abortable(settled, signal).catch(() => {});
    return sections;
  }

  /** One VPC without a cluster. @throws NothingAnswered where AWS does not let us begin */
  async vpcSections(scope: VpcScope): Promise<Sections> {
    const { signal } = this.#stop;
    if (!this.#options.aws) throw new TargetError('a VPC is asked of AWS; leave --no-aws out');
    const opened = this.#openVpc(scope).catch((error) => {
      throw error instanceof CollectFailure ? new NothingAnswered(`nothing could be read: ${error.message}`) : error;
    });
    const { open, vpcId } = await abortable(opened, signal);
    const finish = this.#expect(VPC_COLLECTORS);
    return vpcSections(vpcId, { open: Promise.resolve(this.#accessFrom(open)) }, signal, finish);
  }

  async #openVpc(scope: VpcScope): Promise<{ readonly open: OpenAwsAccess; readonly vpcId: string }> {
    const session = await this.#openSession();
    const open = awsAccess({ ...this.#accessSettings(session), clusterName: nameless('only a VPC was asked for') });
    return { open, vpcId: await vpcOf(open('subnets', [DESCRIBE_SUBNETS]), scope) };
  }

  close(): void {
    for (const o of this.#open) o.close();
  }

  #sides(aws: Promise<OpenedAws> | undefined, kubernetes: Promise<KubernetesSession> | undefined): Sides {
    const { signal } = this.#stop;
    return {
      aws: aws
        ? {
            open: aws.then(({ open }) => this.#accessFrom(open)),
          }
        : { off: 'switched off by --no-aws' },
      kubernetes: kubernetes
        ? {
            open: kubernetes.then(
              (session) => (c, gap) => session.access({ section: c.section, signal, record: this.log.record, gap }),
            ),
          }
        : { off: 'switched off by --no-kube' },
    };
  }

  #accessFrom(open: OpenAwsAccess): (collector: AwsCollector) => AwsAccess {
    return (c) =>
      open(
        c.section,
        c.calls.map((call) => call.iam),
      );
  }

  async #openSession(): Promise<AwsSession> {
    const { env, roleArn, retryMode, concurrency, tool } = this.#options;
    const { region, profile } = this.#target;
    const { signal } = this.#stop;
    const session = await openAws({ env, region, profile, roleArn, retryMode, concurrency, tool, signal });
    this.#open.push(session);
    return session;
  }

  #accessSettings(session: AwsSession): Omit<AwsAccessSettings, 'clusterName'> {
    return { session, concurrency: this.#options.concurrency, log: this.log, signal: this.#stop.signal };
  }

  /** Session, cluster name and access; the name is looked for where only AWS can tell it. */
  async #openAws(): Promise<OpenedAws> {
    const { connection } = this.#target;
    const session = await this.#openSession();
    const settings = this.#accessSettings(session);
    const first = awsAccess({ ...settings, clusterName: nameless('') });
    const clusterName =
      this.#target.clusterName ?? (await this.#findName(first(TARGET, iamOf(TARGET_CALLS)), connection));
    return { session, clusterName, open: awsAccess({ ...settings, clusterName }) };
  }

  /** The reason instead where EKS does not tell, but Kubernetes can still be asked. */
  async #findName(
    access: Parameters<typeof findCluster>[0],
    connection: ClusterConnection | undefined,
  ): Promise<string | CollectFailure> {
    try {
      return await findCluster(access, connection);
    } catch (error) {
      if (error instanceof TargetError || !(error instanceof CollectFailure) || !connection) throw error;
      return nameless(error.message, error);
    }
  }

  async #openKubernetes(aws: Promise<OpenedAws> | undefined): Promise<KubernetesSession> {
    const connection = this.#target.connection ?? (await this.#throughEks(aws!));
    const { tool, env } = this.#options;
    const session = openSession(connection, { userAgent: `${tool.name}/${tool.version}`, env });
    this.#open.push(session);
    return session;
  }

  /** Without a kubeconfig: the endpoint that EKS names and a presigned token. */
  async #throughEks(aws: Promise<OpenedAws>): Promise<ClusterConnection> {
    try {
      const { open, session } = await aws;
      const access = open(TARGET, iamOf(TARGET_CALLS));
      const name = access.clusterName;
      return eksConnection(await eksMaterial(access, name, () => eksToken(session, name)));
    } catch (error) {
      if (error instanceof TargetError) throw error;
      const why = error instanceof Error ? error.message : String(error);
      throw new CollectFailure('unreachable', `${NOT_THROUGH_EKS}${why}`);
    }
  }

  async #check(aws: Promise<OpenedAws>): Promise<void> {
    const { open, clusterName } = await aws;
    if (clusterName instanceof CollectFailure) return;
    await assertSameCluster(open(TARGET, iamOf(TARGET_CALLS)), clusterName, this.#target.connection);
  }

  #stall(): { stall?: Stall } {
    if (this.#options.timeoutMs !== undefined) return {};
    return { stall: { ms: LONGEST_STALL_MS, progressOf: this.log.progressOf } };
  }

  #endIfWrongTarget(error: unknown): void {
    if (error instanceof TargetError) this.#stop.abort(error);
  }

  /** What is to come; the function returned is told of each section that is finished. */
  #expect(collectors: readonly { readonly section: SectionName }[]): (section: SectionName) => void {
    const waiting = new Set(collectors.map((c) => c.section));
    this.#waiting = waiting;
    this.#total = collectors.length;
    return (section) => {
      waiting.delete(section);
      this.#tell();
    };
  }

  #tell(list?: ListProgress): void {
    this.#options.onProgress?.({
      finished: this.#total - this.#waiting.size,
      total: this.#total,
      requests: this.log.requests,
      waitingFor: [...this.#waiting],
      ...(list ? { list } : {}),
    });
  }
}

interface OpenedAws {
  readonly session: AwsSession;
  readonly open: OpenAwsAccess;
  readonly clusterName: string | CollectFailure;
}

function nameless(why: string, cause?: CollectFailure): CollectFailure {
  const { kind = 'other', permission } = cause ?? {};
  return new CollectFailure(kind, `the cluster's name is not known, give --cluster: ${why}`, { permission, cause });
}

function iamOf(calls: readonly { readonly iam: string }[]): string[] {
  return calls.map((c) => c.iam);
}
