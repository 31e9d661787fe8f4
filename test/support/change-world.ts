/** Changes laid over snapshots as the commands lay them, for tests. */
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { parse, parseAllDocuments } from 'yaml';
import { loadCatalog } from '../../src/calc/catalog/index.ts';
import { layOver } from '../../src/inspect/projection/changes/index.ts';
import type { ChangeDocument, ChangeKind, Laid } from '../../src/inspect/projection/changes/reading.ts';
import type { Projection, ProjectionOptions } from '../../src/inspect/projection/run-scenario.ts';
import type { WorldOptions } from '../../src/inspect/projection/world.ts';
import type { ClusterSnapshot } from '../../src/inspect/snapshot.ts';
import { projected } from './plan-world.ts';
import { NOW } from './snapshot-builder.ts';

export function unpacked(path: string): string {
  return gunzipSync(readFileSync(`test/fixtures/terraform/${path}.gz`)).toString();
}

export async function lay(value: unknown, over: ClusterSnapshot | undefined, kind?: ChangeKind): Promise<Laid> {
  return layAll([document(value, kind)], over);
}

/** Manifests as text, many documents. */
export async function layYaml(text: string, over: ClusterSnapshot | undefined, kind?: ChangeKind): Promise<Laid> {
  return layAll(
    parseAllDocuments(text).map((d) => document(d.toJS(), kind)),
    over,
  );
}

function document(value: unknown, kind?: ChangeKind): ChangeDocument {
  return { file: 'change', value, lineOf: () => undefined, ...(kind === undefined ? {} : { kind }) };
}

async function layAll(documents: readonly ChangeDocument[], over: ClusterSnapshot | undefined): Promise<Laid> {
  const parseText = (text: string): unknown => {
    try {
      return parse(text);
    } catch {
      return undefined;
    }
  };
  return layOver(documents, over, { catalog: await loadCatalog(), parseText, maxPodsOf: () => undefined }, NOW);
}

export async function projectedOver(
  { snapshot, unknowns, arriving, swaps, rolling, undecided }: Laid,
  word: string,
  options: WorldOptions & ProjectionOptions = {},
): Promise<Projection> {
  return projected(snapshot, word, { unknowns, arriving, swaps, rolling, undecided, ...options });
}
