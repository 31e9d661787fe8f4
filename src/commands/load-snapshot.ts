/** Where every command gets its snapshot: a file, the bundled demo, or the cluster itself. */
import { gunzipSync } from 'node:zlib';
import type { CollectProgress } from '../inspect/collect/runner.ts';
import { type ClusterSnapshot, parseSnapshot, SnapshotError } from '../inspect/snapshot.ts';
import { NoVerdictError, UsageError } from './exit-code.ts';
import { interruptible } from './interrupt.ts';
import { type Io, type OutputFlags, readJsonInput, readShipped } from './io.ts';
import { startProgress } from './progress.ts';
import { collectOptions, type TargetOptions } from './target.ts';

export interface SnapshotFlags extends TargetOptions, OutputFlags {
  /** A snapshot file; `-` is standard input. */
  readonly from?: string;
  readonly demo?: boolean;
}

const DEMO = 'demo.json.gz';

/**
 * @throws UsageError for flags, files and targets the user can mend; NoVerdictError where neither AWS nor Kubernetes
 * tells anything; Interrupted
 */
export async function loadSnapshot(io: Io, flags: SnapshotFlags): Promise<ClusterSnapshot> {
  if (flags.demo && flags.from !== undefined) throw new UsageError('--demo and --from name two snapshots; give one');
  if (flags.demo) return parseNamed('the demo', JSON.parse(gunzipSync(readShipped(DEMO)).toString('utf8')));
  if (flags.from !== undefined) return fromFile(io, flags.from, flags.cluster);
  return collectLive(io, flags);
}

async function fromFile(io: Io, path: string, cluster: string | undefined): Promise<ClusterSnapshot> {
  const snapshot = parseNamed(path === '-' ? 'standard input' : path, await readJsonInput(io, path));
  const { cluster: section } = snapshot;
  const found = section.status === 'ok' || section.status === 'partial' ? section.data : undefined;
  if (cluster !== undefined && found && cluster !== found.name && cluster !== found.arn)
    throw new UsageError(`${path} is a snapshot of cluster ${found.name}, not of ${cluster}`);
  return snapshot;
}

function parseNamed(name: string, json: unknown): ClusterSnapshot {
  try {
    return parseSnapshot(json);
  } catch (error) {
    throw error instanceof SnapshotError ? new UsageError(`${name}: ${error.message}`) : error;
  }
}

async function collectLive(io: Io, flags: SnapshotFlags): Promise<ClusterSnapshot> {
  const options = collectOptions(io, flags);
  const { collectSnapshot, NothingAnswered, TargetError } = await import('../inspect/collect/runner.ts');
  const progress = await startProgress(io, flags, 'asking AWS and Kubernetes');
  try {
    return await interruptible((signal) =>
      collectSnapshot({ ...options, signal, onProgress: (p) => progress.update(progressText(p)) }),
    );
  } catch (error) {
    if (error instanceof TargetError) throw new UsageError(error.message);
    if (error instanceof NothingAnswered) throw new NoVerdictError(error.message);
    throw error;
  } finally {
    progress.stop();
  }
}

function progressText({ finished, total, requests, waitingFor }: CollectProgress): string {
  const [next] = waitingFor;
  return `${finished} of ${total} sections, ${requests} requests${next ? `, waiting for ${next}` : ''}`;
}
