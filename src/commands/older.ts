/** `--since`: older snapshots of the same cluster, from files and folders. */
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Catalog } from '../calc/catalog/index.ts';
import type { InspectFlags } from '../cli/inspect.ts';
import { Run } from '../inspect/facts/define-fact.ts';
import { type ClusterSnapshot, SnapshotError } from '../inspect/snapshot.ts';
import { UsageError } from './exit-code.ts';
import { type Io, tell } from './io.ts';
import { readSnapshot } from './read-snapshot.ts';
import { reasonOf } from './system-error.ts';

/**
 * Runs over the older snapshots; none where none was asked for. Files of a folder that are no older snapshots of this cluster
 * are left out with a word on stderr; a file named by itself must be one.
 *
 * @throws UsageError for what cannot be read, is of another cluster, or is not older
 */
export async function readOlder(
  io: Io,
  flags: Pick<InspectFlags, 'since' | 'quiet'>,
  now: ClusterSnapshot,
  catalog: Catalog,
): Promise<readonly Run[]> {
  const paths = flags.since ?? [];
  const snapshots = new Map<string, ClusterSnapshot>();
  for (const path of paths)
    for (const { file, named } of await filesOf(path)) {
      const read = await snapshotIn(io, file, now);
      const why = typeof read !== 'string' && snapshots.has(read.collectedAt) ? SAME_MOMENT : read;
      if (typeof why !== 'string') snapshots.set(why.collectedAt, why);
      else if (named && why !== SAME_MOMENT) throw new UsageError(`${file}: ${why}`);
      else if (!flags.quiet) tell(io, `${file} is left out: ${why}`);
    }
  if (paths.length > 0 && snapshots.size === 0)
    throw new UsageError(`no older snapshot of this cluster in ${paths.join(', ')}`);
  return [...snapshots.values()].map((s) => new Run(s, catalog));
}

const SAME_MOMENT = 'it was taken at the same moment as another one';

async function filesOf(path: string): Promise<readonly { readonly file: string; readonly named: boolean }[]> {
  try {
    if (path === '-' || !(await stat(path)).isDirectory()) return [{ file: path, named: true }];
    const names = (await readdir(path)).filter((n) => n.endsWith('.json') || n.endsWith('.json.gz')).sort();
    return names.map((name) => ({ file: join(path, name), named: false }));
  } catch (error) {
    throw new UsageError(`cannot read ${path}: ${reasonOf(error)}`);
  }
}

/** The snapshot, or why it is none of those wanted. */
async function snapshotIn(io: Io, file: string, now: ClusterSnapshot): Promise<ClusterSnapshot | string> {
  try {
    const snapshot = await readSnapshot(io, file);
    return unfit(snapshot, now) ?? snapshot;
  } catch (error) {
    // the file is named beside the reason already
    if (error instanceof SnapshotError || error instanceof UsageError)
      return error.message.replace(`${file} is `, 'it is ').replace(`${file}: `, '');
    throw error;
  }
}

function unfit(then: ClusterSnapshot, now: ClusterSnapshot): string | undefined {
  const [was, is] = [arnOf(then), arnOf(now)];
  if (was !== undefined && is !== undefined && was !== is)
    return then.redacted || now.redacted
      ? 'a redacted snapshot has names of its own and cannot be compared'
      : `it is a snapshot of ${was}, not of ${is}`;
  if (Date.parse(then.collectedAt) >= Date.parse(now.collectedAt))
    return 'it is not older than the snapshot it is compared with';
  return undefined;
}

function arnOf({ cluster }: ClusterSnapshot): string | undefined {
  return 'data' in cluster ? cluster.data.arn : undefined;
}
