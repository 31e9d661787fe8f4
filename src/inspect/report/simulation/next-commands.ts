/** The question that usually follows: what a smaller pool would hold and cost. */
import { ipsHeldByNode } from '../../../calc/ipamd/index.ts';
import type { SimulatedNode, SimulatedSettings } from '../../contract/simulation.ts';
import { commandLine } from '../../shell.ts';
import { AS_GIVEN, type SimulationSetup, settingsOn } from './simulation-setup.ts';

/** Free addresses that let single pods start without a wait. */
const WARM_IPS = 2;

/**
 * Commands with real names; none where the node has no pool to size, its settings are to be mended first, or no pool is
 * smaller. `lastPod` is the most pods with an address that kubelet admits.
 */
export function nextCommands(
  setup: SimulationSetup,
  node: SimulatedNode,
  settings: SimulatedSettings,
  lastPod: number,
): readonly string[] {
  if (settings.targets.length !== 1 || node.name !== null || node.subnets.length > 0) return [];
  if (settings.problems.length > 0 || settings.unknown.length > 0) return [];
  const smaller = smallerPool(setup, node, settings.env, lastPod);
  if (!smaller) return [];
  const given = (flag: string, value: number, from: string) => (from === AS_GIVEN ? [flag, String(value)] : []);
  return [
    commandLine(
      'vpccni',
      'simulate',
      '--instance',
      node.instanceType,
      ...given('--eni-limit', node.eniLimit, node.limitsFrom),
      ...given('--ipv4-per-eni', node.ipv4PerEni, node.limitsFrom),
      ...given('--max-pods', node.maxPods, node.maxPodsFrom),
      ...(node.branchPods > 0 ? ['--branch-pods', String(node.branchPods)] : []),
      ...Object.entries(settings.env).flatMap(([name, value]) => ['--env', `${name}=${value}`]),
      '--compare',
      Object.entries(smaller)
        .map(([name, value]) => `${name}=${value}`)
        .join(','),
    ),
  ];
}

/**
 * A few warm addresses over what the node already holds when empty: how many pods such nodes run is not known here. Undefined
 * unless that takes no more of the subnets at any number of pods, and less at some.
 */
function smallerPool(
  setup: SimulationSetup,
  node: SimulatedNode,
  env: Readonly<Record<string, string>>,
  lastPod: number,
): Readonly<Record<string, string>> | undefined {
  const held = (given: Readonly<Record<string, string>>, pods: number) =>
    ipsHeldByNode(settingsOn(setup, given), setup.limits, {
      ...setup.occupied,
      pods,
      branchPods: node.branchPods,
      maxPods: node.maxPods,
    });
  const smaller = { WARM_IP_TARGET: String(WARM_IPS), MINIMUM_IP_TARGET: String(held(env, 0).podIPsHeld) };
  const saved = Array.from(
    { length: lastPod + 1 },
    (_, pods) => held(env, pods).subnetIPs - held({ ...env, ...smaller }, pods).subnetIPs,
  );
  return saved.every((addresses) => addresses >= 0) && saved.some((addresses) => addresses > 0) ? smaller : undefined;
}
