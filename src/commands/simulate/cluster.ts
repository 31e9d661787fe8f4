/** `simulate --from FILE --node NAME`: a node of a cluster. Loaded only when asked for. */
import type { Catalog } from '../../calc/catalog/index.ts';
import type { SimulateFlags } from '../../cli/simulate.ts';
import { Run, section } from '../../inspect/facts/define-fact.ts';
import { nodesServedByCni } from '../../inspect/facts/platforms.ts';
import { nodesCalled } from '../../inspect/report/node-names.ts';
import type { Candidate } from '../../inspect/report/simulation/build.ts';
import { setupOfNode } from '../../inspect/report/simulation/setup-of-node.ts';
import { type SimulationSetup, settingsOn } from '../../inspect/report/simulation/simulation-setup.ts';
import type { Gap } from '../../inspect/snapshot/section.ts';
import { NoVerdictError, UsageError } from '../exit-code.ts';
import type { Io } from '../io.ts';
import { loadSnapshot } from '../load-snapshot.ts';
import { nearest } from '../nearest.ts';
import { parseFreeIps } from './free-ips.ts';

const MOST_NAMES = 8;

/**
 * @throws UsageError for a node the snapshot does not have or that ipamd does not serve; NoVerdictError where what the
 * node holds was not read
 */
export async function clusterSetup(
  io: Io,
  flags: SimulateFlags,
  catalog: Catalog,
  candidates: readonly Candidate[],
): Promise<{ readonly setup: SimulationSetup; readonly generatedAt: string }> {
  const snapshot = await loadSnapshot(io, flags);
  const run = new Run(snapshot, catalog);
  const name = nodeNamed(run, flags.node);
  const { branchPods, eniLimit, ipv4PerEni, maxPods } = flags;
  if (eniLimit === 0 || ipv4PerEni === 0) throw new UsageError('--eni-limit and --ipv4-per-eni must be 1 or more');
  const answer = setupOfNode(run, { name, branchPods, eniLimit, ipv4PerEni, maxPods });
  if ('gaps' in answer) throw new NoVerdictError(`what ${name} holds was not read: ${reasons(answer.gaps)}`);
  if ('unfit' in answer) throw new NoVerdictError(`${name} cannot be simulated: ${answer.unfit}`);
  return { setup: withFreeIps(answer.setup, flags.freeIps, candidates), generatedAt: snapshot.collectedAt };
}

function withFreeIps(
  setup: SimulationSetup,
  text: string | undefined,
  candidates: readonly Candidate[],
): SimulationSetup {
  if (text === undefined) return setup;
  const customNetworking = candidates.some(({ given }) => settingsOn(setup, given).customNetworking);
  return { ...setup, subnets: { ...setup.subnets, ...parseFreeIps(text, customNetworking) } };
}

function nodeNamed(run: Run, name: string | undefined): string {
  const nodes = run.get(section('nodes'));
  if (!nodes.known) throw new NoVerdictError(`the nodes were not read: ${reasons(nodes.missing)}`);
  const served = run.valueOf(nodesServedByCni)?.served.map((node) => node.name) ?? [];
  if (name === undefined) throw new UsageError(`which node? --node NAME, one of ${few(served)}`);
  const called = nodesCalled(nodes.value, name);
  if (called.length > 1) throw new UsageError(`${name} could mean ${few(called.map((n) => n.name))}`);
  const [node] = called;
  if (node && served.includes(node.name)) return node.name;
  if (node) throw new UsageError(`${node.name} is not served by aws-node: ipamd does not run there`);
  const near = nearest(name, served, 1);
  const hint = near.length > 0 ? `did you mean ${near[0]}?` : `there are ${few(served)}`;
  throw new UsageError(`the snapshot has no node ${JSON.stringify(name)}; ${hint}`);
}

function few(names: readonly string[]): string {
  if (names.length === 0) return 'none';
  const more = names.length > MOST_NAMES ? ` and ${names.length - MOST_NAMES} more` : '';
  return `${names.slice(0, MOST_NAMES).join(', ')}${more}`;
}

function reasons(gaps: readonly Gap[]): string {
  return gaps.map((gap) => (gap.permission ? `${gap.reason} (needs ${gap.permission})` : gap.reason)).join('; ');
}
