/** A snapshot from a file or standard input, each section reduced to what is used of it before the next one is parsed. */
import { type ClusterSnapshot, parseSnapshot, SnapshotReader } from '../inspect/snapshot.ts';
import type { Io } from './io.ts';
import { parseJson, parseMembers, readBytes } from './read-input.ts';

/** @throws UsageError for what cannot be read and is not JSON; SnapshotError for what is no snapshot */
export async function readSnapshot(io: Io, path: string): Promise<ClusterSnapshot> {
  const bytes = await readBytes(io, path);
  const reader = new SnapshotReader();
  const whole = await parseMembers(bytes, (name, value) => reader.take(name, value));
  return whole ? reader.finish() : parseSnapshot(await parseJson(bytes, path));
}
