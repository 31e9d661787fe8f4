/** The node a simulation stands on, and its settings: one that could be, or one of a cluster. */
import {
  type Env,
  type InitialEni,
  type IpamdSettings,
  type NodeLimits,
  type NodeSubnets,
  type OccupiedSlots,
  parseSettings,
} from '../../../calc/ipamd/index.ts';
import type { NodeNow, SimulatedNode } from '../../contract/simulation.ts';

/** Where a figure comes from that the command line gave. */
export const AS_GIVEN = 'as given';

export interface SimulationSetup {
  readonly instanceType: string;
  readonly name: string | null;
  readonly cluster: string | null;
  readonly hypervisor: SimulatedNode['hypervisor'];
  readonly limits: NodeLimits;
  readonly limitsFrom: string;
  readonly occupied: OccupiedSlots;
  readonly subnets?: NodeSubnets;
  /** Subnet ids by the names they have in `subnets`. */
  readonly subnetIds: Readonly<Record<string, string>>;
  /** ENIs with their pods that ipamd finds; absent: a fresh node. */
  readonly initial?: readonly InitialEni[];
  readonly now: NodeNow | null;
  readonly hostPods: number;
  readonly branchPods: number;
  /** The DaemonSet's variables, over which the given ones lie. */
  readonly env: Readonly<Record<string, string>>;
  readonly defaults: 'manifest' | 'daemonset';
  /** kubelet's maxPods under these settings, and who says so. */
  readonly maxPods: (settings: IpamdSettings) => { readonly maxPods: number; readonly from: string };
  /** What the release of the CNI in use makes of the settings. */
  readonly adapt: (settings: IpamdSettings) => IpamdSettings;
  readonly assumptions: readonly string[];
}

export function settingsOn(setup: SimulationSetup, given: Readonly<Record<string, string>>): IpamdSettings {
  return setup.adapt(parseSettings(envOn(setup, given), { defaults: defaultsOn(setup) }));
}

export function envOn(setup: SimulationSetup, given: Readonly<Record<string, string>>): Env {
  return { ...setup.env, ...given };
}

/** A cluster's DaemonSet is read as it is: what it lacks has the program's own default. */
export function defaultsOn({ defaults }: SimulationSetup): 'manifest' | 'binary' {
  return defaults === 'manifest' ? 'manifest' : 'binary';
}
