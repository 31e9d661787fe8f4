/** Findings that were there before, by id: only what is new fails. */
import type { Finding } from '../inspect/contract/finding.ts';
import { UsageError } from './exit-code.ts';
import type { Io } from './io.ts';
import { readJsonInput } from './read-input.ts';
import { writeFileWhole } from './write-file.ts';

const KIND = 'Baseline';

/** @throws UsageError for a file that is no baseline */
export async function readBaseline(io: Io, path: string): Promise<ReadonlySet<string>> {
  const file = await readJsonInput(io, path);
  const { kind, findings } = (file ?? {}) as { kind?: unknown; findings?: unknown };
  if (kind !== KIND || !Array.isArray(findings) || !findings.every((id) => typeof id === 'string'))
    throw new UsageError(`${path} is no baseline; write one with --write-baseline`);
  return new Set(findings);
}

export async function writeBaseline(path: string, findings: readonly Finding[]): Promise<void> {
  const ids = [...new Set(findings.map((f) => f.id))].sort();
  await writeFileWhole(path, `${JSON.stringify({ schemaVersion: 1, kind: KIND, findings: ids }, null, 2)}\n`);
}
