/** `vpccni simulate`: one node's ipamd. Offline: a batch of cases, a node that could be, or a node of a snapshot. */
import { type Catalog, loadCatalog } from '../calc/catalog/index.ts';
import { parsePodList } from '../calc/pod-timeline/index.ts';
import type { SimulateFlags } from '../cli/simulate.ts';
import type { SimulationReport } from '../inspect/contract/simulation.ts';
import { type Asked, type Candidate, comparedSimulation, nodeSimulation } from '../inspect/report/simulation/build.ts';
import { type SimulationSetup, settingsOn } from '../inspect/report/simulation/simulation-setup.ts';
import { simulationView } from '../render/view/simulation.ts';
import { TOOL } from '../tool.ts';
import { EXIT, UsageError } from './exit-code.ts';
import { type Io, outputTargets, writeReport } from './io.ts';
import { batchReport } from './simulate/batch.ts';
import { candidateOf, labelOf, parseCompared, parseEnv } from './simulate/env.ts';
import { instanceSetup } from './simulate/instance.ts';

/** As many as fit side by side. */
const MOST_COMPARED = 8;

/** Whatever ipamd makes of the settings is a result: exit 0, also where it refuses to start. */
export async function run(io: Io, flags: SimulateFlags): Promise<number> {
  // A format that does not exist is told before anything is read.
  outputTargets(flags, 'Simulation');
  const asked = [flags.input, flags.instance, flags.from ?? flags.demo].filter((each) => each !== undefined);
  if (asked.length === 0)
    throw new UsageError('simulate what? --instance m5.large, --demo --node NAME, or --input cases.json');
  if (asked.length > 1) throw new UsageError('--input, --instance and --from or --demo exclude each other; give one');
  if (flags.node !== undefined && flags.from === undefined && !flags.demo)
    throw new UsageError('--node is a node of a snapshot: give --from FILE or --demo with it');
  const report = await reportOf(io, flags, await loadCatalog());
  await writeReport(io, flags, { report, view: simulationView });
  return EXIT.ok;
}

async function reportOf(io: Io, flags: SimulateFlags, catalog: Catalog): Promise<SimulationReport> {
  if (flags.input !== undefined) return batchReport(io, flags.input, catalog);
  const base = parseEnv('--env', flags.env ?? []);
  if ((flags.compare ?? []).length > MOST_COMPARED)
    throw new UsageError(`--compare takes at most ${MOST_COMPARED} settings at a time`);
  const compared = (flags.compare ?? []).map((text) => parseCompared(text, base));
  const asked: Asked = { seed: flags.seed ?? 1, ...podsOf(flags.pods) };
  const plain = flags.instance === undefined ? 'as it is' : 'manifest defaults';
  const candidate = candidateOf(Object.keys(base).length > 0 ? labelOf(base) : plain, base);
  const { setup, generatedAt } = await groundOf(io, flags, catalog, [candidate, ...compared]);
  const head = { tool: TOOL, generatedAt };
  if (compared.length === 0) return nodeSimulation(setup, candidate, asked, head);
  return comparedSimulation(setup, withBase(setup, candidate, compared), asked, head);
}

async function groundOf(
  io: Io,
  flags: SimulateFlags,
  catalog: Catalog,
  candidates: readonly Candidate[],
): Promise<{ readonly setup: SimulationSetup; readonly generatedAt: string }> {
  if (flags.instance !== undefined)
    return {
      setup: instanceSetup(catalog, flags.instance, flags, candidates),
      generatedAt: new Date().toISOString(),
    };
  const { clusterSetup } = await import('./simulate/cluster.ts');
  return clusterSetup(io, flags, catalog, candidates);
}

/** @throws UsageError */
function podsOf(text: string | undefined): { readonly pods?: readonly number[] } {
  if (text === undefined) return {};
  const list = parsePodList(text);
  if ('wrong' in list) throw new UsageError(`--pods ${text}: ${list.wrong}`);
  return list;
}

/** What the others are compared with comes first, unless one of them comes to the same settings. */
function withBase(setup: SimulationSetup, base: Candidate, compared: readonly Candidate[]): readonly Candidate[] {
  const same = (candidate: Candidate) =>
    JSON.stringify(settingsOn(setup, candidate.given)) === JSON.stringify(settingsOn(setup, base.given));
  return compared.some(same) ? compared : [base, ...compared];
}
