/** The question that usually follows: what smaller pools would hold. */
import { commandLine } from '../../shell.ts';
import type { SimulatedNode, SimulatedSettings } from '../simulation.ts';

/** Commands with real names; none where the node cannot start or has no pool to size. */
export function nextCommands(node: SimulatedNode, settings: SimulatedSettings): readonly string[] {
  if (!settings.starts || settings.targets.length !== 1 || node.name !== null) return [];
  const env = Object.entries(settings.env).flatMap(([name, value]) => ['--env', `${name}=${value}`]);
  return [
    commandLine(
      'vpccni',
      'simulate',
      '--instance',
      node.instanceType,
      ...env,
      '--compare',
      `WARM_IP_TARGET=2,MINIMUM_IP_TARGET=${Math.ceil(Math.min(settings.maxPodIPs, node.maxPods) / 2)}`,
    ),
  ];
}
