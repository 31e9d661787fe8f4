/** Where every command gets its snapshot: a file, the bundled demo, or the cluster itself. */
import { gunzipSync } from 'node:zlib';
import type { OutputFlags } from '../cli/options.ts';
import type { CollectProgress, ReachedBy } from '../inspect/collect/runner.ts';
import type { Origin } from '../inspect/contract/report.ts';
import { type Reach, reachOf } from '../inspect/reach.ts';
import { type ClusterSnapshot, parseSnapshot, SnapshotError } from '../inspect/snapshot.ts';
import { renderText } from '../render/text/text.ts';
import { createTheme } from '../render/theme.ts';
import { sourcesView } from '../render/view/sources.ts';
import { NoVerdictError, UsageError } from './exit-code.ts';
import { interruptible } from './interrupt.ts';
import { asciiOnly, type Io, now, readShipped, tell, widthOfErrors } from './io.ts';
import { startProgress } from './progress.ts';
import { readSnapshot } from './read-snapshot.ts';
import { collectOptions, refuseBounds, type TargetOptions } from './target.ts';

export type SnapshotFlags = TargetOptions & OutputFlags;

const DEMO = 'demo.json.gz';

/** A snapshot with where it comes from. */
export interface Loaded {
  readonly snapshot: ClusterSnapshot;
  readonly origin: Origin;
  /** How the cluster was reached; undefined for a snapshot. */
  readonly reach?: Reach;
  readonly reachedBy?: ReachedBy;
}

/** @throws what `loadCluster` throws */
export async function loadSnapshot(io: Io, flags: SnapshotFlags): Promise<ClusterSnapshot> {
  return (await loadCluster(io, flags)).snapshot;
}

/**
 * @throws UsageError for flags, files and targets the user can mend; NoVerdictError where neither AWS nor Kubernetes
 * tells anything; Interrupted
 */
export async function loadCluster(io: Io, flags: SnapshotFlags): Promise<Loaded> {
  const loaded = await load(io, flags);
  if (flags.verbose && !flags.quiet) await writeVerbose(io, flags, loaded);
  return loaded;
}

/** Flags that say how the cluster is reached: where none is asked, they stand in the printed commands alone. */
const REACHING = ['profile', 'roleArn', 'kubeconfig', 'context'] as const;

async function load(io: Io, flags: SnapshotFlags): Promise<Loaded> {
  refuseBounds(flags);
  if (flags.demo || flags.from !== undefined) {
    if (flags.region !== undefined && !flags.quiet) tell(io, 'a snapshot is read, nothing is asked: --region ignored');
  }
  if (flags.demo && flags.from !== undefined) throw new UsageError('--demo and --from name two snapshots; give one');
  if (flags.demo) {
    const snapshot = parseSnapshot(JSON.parse(gunzipSync(readShipped(DEMO)).toString('utf8')));
    refuseOther('the demo', snapshot, flags.cluster);
    return { snapshot, origin: { kind: 'demo' }, ...reachedLater(io, flags, snapshot) };
  }
  if (flags.from !== undefined) {
    const snapshot = await fromFile(io, flags.from, flags.cluster);
    return { snapshot, origin: { kind: 'snapshot' }, ...reachedLater(io, flags, snapshot) };
  }
  return collectLive(io, flags);
}

async function writeVerbose(io: Io, flags: SnapshotFlags, { snapshot, origin, reachedBy }: Loaded): Promise<void> {
  const by = reachedBy ?? {};
  const reached =
    origin.kind === 'live'
      ? [
          `Kubernetes through ${by.origin ?? (flags.kube === false ? 'nobody: --no-kube' : 'EKS, with a token of the AWS credentials')}`,
          `AWS ${flags.aws === false ? 'not asked: --no-aws' : `credentials of ${by.profile ? `profile ${by.profile}` : 'the default chain'}${flags.roleArn ? `, assuming ${flags.roleArn}` : ''}, region ${by.region ?? 'by default'}`}`,
        ]
      : [
          `read ${origin.kind === 'demo' ? 'the bundled demo' : flags.from}, taken at ${snapshot.collectedAt} by ${snapshot.tool.name} ${snapshot.tool.version}; its calls were:`,
        ];
  io.stderr.write(
    await renderText(sourcesView(reached, snapshot.sources), {
      theme: createTheme({ color: false, ascii: asciiOnly(io), width: widthOfErrors(io) }),
      wide: true,
      headers: true,
    }),
  );
}

async function fromFile(io: Io, path: string, cluster: string | undefined): Promise<ClusterSnapshot> {
  const snapshot = await named(path === '-' ? 'standard input' : path, readSnapshot(io, path));
  refuseOther(path, snapshot, cluster);
  return snapshot;
}

/** @throws UsageError where the snapshot is of another cluster than the one that was named */
function refuseOther(what: string, { cluster: section }: ClusterSnapshot, cluster: string | undefined): void {
  const found = section.status === 'ok' || section.status === 'partial' ? section.data : undefined;
  if (cluster !== undefined && found && cluster !== found.name && cluster !== found.arn)
    throw new UsageError(`${what} is a snapshot of cluster ${found.name}, not of ${cluster}`);
}

async function named<T>(name: string, reading: Promise<T>): Promise<T> {
  try {
    return await reading;
  } catch (error) {
    throw error instanceof SnapshotError ? new UsageError(`${name}: ${error.message}`) : error;
  }
}

async function collectLive(io: Io, flags: SnapshotFlags): Promise<Loaded> {
  const options = collectOptions(io, flags);
  const began = now(io);
  const { dropPages, keepHeapLean } = await import('./lean-heap.ts');
  keepHeapLean();
  const { collectSnapshot, NothingAnswered, TargetError } = await import('../inspect/collect/runner.ts');
  const progress = await startProgress(io, flags, 'asking AWS and Kubernetes');
  let reached: ReachedBy = {};
  try {
    const snapshot = await interruptible((signal) =>
      collectSnapshot({
        ...options,
        signal,
        onProgress: (p) => progress.update(progressText(p)),
        onTarget: (target) => {
          reached = target;
        },
      }),
    );
    dropPages();
    const requests = snapshot.sources.reduce((n, s) => n + s.requests, 0);
    return {
      snapshot,
      origin: { kind: 'live', seconds: (now(io) - began) / 1000, requests },
      reach: reachedThrough(io, flags, reached, snapshot),
      reachedBy: reached,
    };
  } catch (error) {
    if (error instanceof TargetError) throw new UsageError(error.message);
    if (error instanceof NothingAnswered) throw new NoVerdictError(error.message);
    throw error;
  } finally {
    progress.stop();
  }
}

/** The words of commands that reach the cluster this snapshot was just taken of. */
function reachedThrough(io: Io, flags: SnapshotFlags, by: ReachedBy, { cluster }: ClusterSnapshot): Reach {
  const found = 'data' in cluster ? cluster.data : undefined;
  return reachOf({
    clusterName: found?.name ?? by.clusterName,
    region: found?.region ?? by.region,
    context: by.context,
    kubeconfig: flags.kubeconfig,
    profile: by.profile,
    roleArn: flags.roleArn,
    environmentCredentials: Boolean(io.env.AWS_ACCESS_KEY_ID),
  });
}

/** The same for a snapshot, where the flags say more of it than the snapshot does. */
function reachedLater(io: Io, flags: SnapshotFlags, snapshot: ClusterSnapshot): { readonly reach?: Reach } {
  if (REACHING.every((name) => flags[name] === undefined)) return {};
  const { context, profile } = flags;
  return {
    reach: reachedThrough(
      io,
      flags,
      { ...(context === undefined ? {} : { context }), ...(profile === undefined ? {} : { profile }) },
      snapshot,
    ),
  };
}

/** A long list tells how far it is; what it is called comes from the call: `list pods`, `ec2:DescribeNetworkInterfaces`. */
function progressText({ finished, total, requests, waitingFor, list }: CollectProgress): string {
  const done = `${finished} of ${total} sections, ${requests} requests`;
  if (list && list.pages > 1) {
    const what = list.call.replace(/^list /, '').replace(/^[a-z0-9-]+:(?:Describe|List|Get)/, '');
    return `${done}; ${what} ${list.items.toLocaleString('en-US')}, page ${list.pages}`;
  }
  const [next] = waitingFor;
  return `${done}${next ? `, waiting for ${next}` : ''}`;
}
