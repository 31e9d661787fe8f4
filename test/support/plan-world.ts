/** Worlds for tests of projections: a snapshot read from a fixture, changed as a reader of changes would, and projected. */
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { loadCatalog } from '../../src/calc/catalog/index.ts';
import type { Bounded } from '../../src/inspect/contract/report.ts';
import { Run } from '../../src/inspect/facts/define-fact.ts';
import { type Projection, type ProjectionOptions, runScenario } from '../../src/inspect/projection/run-scenario.ts';
import { parseScenario } from '../../src/inspect/projection/scenarios/index.ts';
import type { ScenarioOptions } from '../../src/inspect/projection/scenarios/scenario.ts';
import { isWorld, type ProjectionWorld, type WorldOptions, worldOf } from '../../src/inspect/projection/world.ts';
import { type ClusterSnapshot, parseSnapshot, type SectionData, type SectionName } from '../../src/inspect/snapshot.ts';

export function fixture(path: string): ClusterSnapshot {
  return parseSnapshot(JSON.parse(gunzipSync(readFileSync(`test/fixtures/${path}.json.gz`)).toString()));
}

/** The snapshot with one section rewritten. */
export function changed<N extends SectionName>(
  of: ClusterSnapshot,
  name: N,
  change: (data: SectionData<N>) => SectionData<N>,
): ClusterSnapshot {
  const section = of[name];
  if (section.status !== 'ok') throw new Error(`${name} is ${section.status}`);
  return { ...of, [name]: { status: 'ok', data: change(section.data as SectionData<N>) } };
}

export async function worldIn(of: ClusterSnapshot, options: WorldOptions = {}): Promise<ProjectionWorld> {
  const world = worldOf(new Run(of, await loadCatalog()), options);
  if (!isWorld(world)) throw new Error(world.map((g) => g.reason).join('; '));
  return world;
}

export async function projected(
  of: ClusterSnapshot,
  word: string,
  options: WorldOptions & ProjectionOptions & { readonly flags?: ScenarioOptions } = {},
): Promise<Projection> {
  return runScenario(await worldIn(of, options), parseScenario(word, options.flags), options);
}

/** Free addresses afterwards at the worst, by subnet. */
export function left({ subnets }: Projection, of: 'addresses' | 'blocks' = 'addresses'): Record<string, number> {
  return Object.fromEntries(subnets.flatMap((s) => (s[of] ? [[s.subnetId, worst(s[of].after)]] : [])));
}

export function worst(n: Bounded): number {
  return typeof n === 'number' ? n : n.min;
}
