/**
 * Every remedy that is said to be enough: its printed commands are carried out on the snapshot, by an interpreter that knows
 * nothing of remedies, and the scenario then passes.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { loadCatalog } from '../../../../src/calc/catalog/index.ts';
import type { Remedy } from '../../../../src/inspect/contract/plan.ts';
import { Run } from '../../../../src/inspect/facts/define-fact.ts';
import { DEFAULT_THRESHOLDS } from '../../../../src/inspect/policy.ts';
import { healerFor } from '../../../../src/inspect/projection/remedies/index.ts';
import { patientOf } from '../../../../src/inspect/projection/remedies/remedy.ts';
import { type ProjectionOptions, runScenario } from '../../../../src/inspect/projection/run-scenario.ts';
import { parseScenario } from '../../../../src/inspect/projection/scenarios/index.ts';
import { isWorld, worldOf } from '../../../../src/inspect/projection/world.ts';
import { type ClusterSnapshot, parseSnapshot } from '../../../../src/inspect/snapshot.ts';
import { carriedOut } from '../../../support/carried-out.ts';
import { shop } from '../../../support/shop.ts';
import { randomCluster } from './random-clusters.ts';

const GATE: ProjectionOptions = { fragmentation: 'worst', floors: { nextNode: 'enforce' } };
const PLAN: ProjectionOptions = { fragmentation: 'range' };
const WORDS = ['today', 'upgrade', 'az-loss', 'ceiling', 'nodes=+9', 'nodes=+40', 'pods=120', 'growth=20%/mo'];
const FEW = ['today', 'upgrade', 'nodes=+20'];

const told = { passes: 0, helps: 0, kinds: new Map<string, number>() };

async function check(of: ClusterSnapshot, words: readonly string[], options: ProjectionOptions): Promise<void> {
  const catalog = await loadCatalog();
  const world = worldOf(new Run(of, catalog));
  if (!isWorld(world)) return;
  const heal = healerFor(patientOf(world, DEFAULT_THRESHOLDS), options);
  for (const word of words) {
    const scenario = parseScenario(word, word.startsWith('growth') ? { horizonDays: 90 } : {});
    const result = runScenario(world, scenario, options);
    for (const remedy of heal(result, scenario)) {
      expect(remedy.fix.commands.length, `${word}: ${remedy.title}: ${remedy.fix.risk}`).toBeGreaterThan(0);
      if (!remedy.sufficient) {
        told.helps++;
        expect(remedy.rest, remedy.title).not.toBeNull();
        continue;
      }
      told.passes++;
      told.kinds.set(remedy.id, (told.kinds.get(remedy.id) ?? 0) + 1);
      const { unknown, verdict, why } = after(of, remedy, word, options, catalog);
      expect({ unknown, verdict, why }, `${word}: ${remedy.id}: ${remedy.title}`).toEqual({
        unknown: [],
        verdict: 'pass',
        why: [],
      });
    }
  }
}

function after(
  of: ClusterSnapshot,
  { fix }: Remedy,
  word: string,
  options: ProjectionOptions,
  catalog: Awaited<ReturnType<typeof loadCatalog>>,
) {
  const { snapshot, unknown } = carriedOut(of, fix.commands);
  const trims = fix.commands.some((c) => c.includes('WARM_IP_TARGET'));
  const world = worldOf(new Run(snapshot, catalog), { trims });
  if (!isWorld(world)) return { unknown, verdict: 'incomplete', why: world };
  const scenario = parseScenario(word, word.startsWith('growth') ? { horizonDays: 90 } : {});
  const { verdict, subnets, incomplete, pending } = runScenario(world, scenario, options);
  const short = subnets.filter((s) => s.verdict !== 'pass');
  return { unknown, verdict, why: [...incomplete, ...pending, ...short] };
}

function read(path: string): ClusterSnapshot | undefined {
  const value = JSON.parse(gunzipSync(readFileSync(path)).toString());
  return value.kind === 'ClusterSnapshot' ? parseSnapshot(value) : undefined;
}

const files = ['data/demo.json.gz', ...['numbers', 'growth', 'terraform'].flatMap(under)];

function under(folder: string): string[] {
  return readdirSync(`test/fixtures/${folder}`, { recursive: true, encoding: 'utf8' })
    .filter((f) => f.endsWith('.json.gz') && !/plan|state/.test(f))
    .map((f) => `test/fixtures/${folder}/${f}`);
}

describe('a remedy that is said to be enough', () => {
  it.each(files)('is, in %s', async (path) => {
    const of = read(path);
    if (!of) return;
    await check(of, path.startsWith('data') ? WORDS : FEW, PLAN);
    await check(of, FEW, GATE);
  });

  it('is, in the shop', async () => {
    await check(shop(), WORDS, PLAN);
    await check(shop(), WORDS, GATE);
  });

  it('is, in two hundred random clusters', async () => {
    await fc.assert(
      fc.asyncProperty(
        randomCluster,
        fc.constantFrom(...WORDS),
        fc.constantFrom(PLAN, GATE),
        async (of, word, options) => {
          await check(of, [word], options);
        },
      ),
      { numRuns: 200, seed: 7 },
    );
  });

  it('was found in every kind that random clusters lack', () => {
    for (const kind of ['custom-networking', 'new-subnet', 'spread-zones', 'warm-settings'])
      expect(told.kinds.get(kind), kind).toBeGreaterThan(0);
    expect(told.passes).toBeGreaterThan(100);
    expect(told.helps).toBeGreaterThan(100);
  });
});
