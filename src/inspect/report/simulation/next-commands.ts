/** The question that usually follows: what smaller pools would hold. */
import { commandLine } from '../../shell.ts';
import type { SimulatedNode, SimulatedSettings } from '../simulation.ts';
import { AS_GIVEN } from './simulation-setup.ts';

/** Commands with real names; none where the node has no pool to size, or its settings are to be mended first. */
export function nextCommands(node: SimulatedNode, settings: SimulatedSettings): readonly string[] {
  if (settings.targets.length !== 1 || node.name !== null || node.subnets.length > 0) return [];
  if (settings.problems.length > 0 || settings.unknown.length > 0) return [];
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
      `WARM_IP_TARGET=2,MINIMUM_IP_TARGET=${Math.ceil(Math.min(settings.maxPodIPs, node.maxPods) / 2)}`,
    ),
  ];
}
