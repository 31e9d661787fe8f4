import type { SnapshotFlags } from '../cli/snapshot.ts';
import { snapshotSummary } from '../inspect/report/snapshot-summary.ts';
import { snapshotPieces } from '../inspect/snapshot/serialize.ts';
import type { ClusterSnapshot } from '../inspect/snapshot.ts';
import { escapeUnseen } from '../render/sanitize.ts';
import { snapshotNotice, snapshotView } from '../render/view/snapshot.ts';
import { TOOL } from '../tool.ts';
import { EXIT } from './exit-code.ts';
import { type Io, outputTargets, tell, writeOut, writeReport } from './io.ts';
import { loadSnapshot } from './load-snapshot.ts';
import { withCluster } from './target.ts';
import { writeFileWhole } from './write-file.ts';

/** JSON is the snapshot itself; the other formats show what is in it. */
export async function run(io: Io, cluster: string | undefined, flags: SnapshotFlags): Promise<number> {
  const targets = outputTargets(flags, 'SnapshotSummary');
  const loaded = await loadSnapshot(io, withCluster(cluster, flags));
  const snapshot = flags.redact ? await redacted(loaded) : loaded;
  for (const target of targets) {
    if (target.format !== 'json') await writeSummary(io, flags, target, snapshot);
    else if (target.file === undefined) await writeOut(io, textOf(snapshot));
    else await writeFileWhole(target.file, textOf(snapshot), { secret: true });
  }
  const notice =
    flags.quiet || targets.every((t) => t.format !== 'json')
      ? undefined
      : snapshotNotice(snapshotSummary(snapshot, TOOL));
  if (notice) tell(io, notice);
  return EXIT.ok;
}

function* textOf(snapshot: ClusterSnapshot): Generator<string> {
  for (const piece of snapshotPieces(snapshot)) yield escapeUnseen(piece);
}

async function redacted(snapshot: ClusterSnapshot): Promise<ClusterSnapshot> {
  const { newKey, redact } = await import('../inspect/redact.ts');
  return redact(snapshot, newKey());
}

async function writeSummary(
  io: Io,
  flags: SnapshotFlags,
  { format, file }: ReturnType<typeof outputTargets>[number],
  snapshot: ClusterSnapshot,
): Promise<void> {
  const output = [file === undefined ? format : `${format}=${file}`];
  await writeReport(io, { ...flags, output }, { report: snapshotSummary(snapshot, TOOL), view: snapshotView });
}
