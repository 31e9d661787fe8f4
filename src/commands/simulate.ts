/** `vpccni simulate`: one node's ipamd. Offline: a batch of cases, a node that could be, or a node of a snapshot. */
import { loadCatalog } from '../calc/catalog/index.ts';
import { simulationView } from '../render/view/simulation.ts';
import { EXIT, UsageError } from './exit-code.ts';
import { type Io, outputTargets, writeReport } from './io.ts';
import { batchReport } from './simulate/batch.ts';
import type { SimulateFlags } from './simulate/flags.ts';

export async function run(io: Io, flags: SimulateFlags): Promise<number> {
  // A format that does not exist is told before anything is read.
  outputTargets(flags);
  const asked = [flags.input, flags.instance, flags.from ?? flags.demo].filter((each) => each !== undefined);
  if (asked.length === 0)
    throw new UsageError('simulate what? --instance m5.large, --demo --node NAME, or --input cases.json');
  if (asked.length > 1) throw new UsageError('--input, --instance and --from or --demo exclude each other; give one');
  const catalog = await loadCatalog();
  const report = await batchReport(io, flags.input!, catalog);
  await writeReport(io, flags, { report, view: simulationView });
  return EXIT.ok;
}
