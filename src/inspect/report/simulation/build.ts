/** Puts a simulation together: the node, the settings, and what the model makes of them. */
import {
  compareOn,
  evenPods,
  failedSteps,
  type PodTimeline,
  podTimeline,
  type TimelineQuestion,
  thereAndBack,
} from '../../../calc/pod-timeline/index.ts';
import { type MadeBy, reportHead } from '../../contract/head.ts';
import type {
  ComparedSimulation,
  NodeSimulation,
  SimulatedNode,
  SimulatedSettings,
  SimulatedSubnet,
} from '../../contract/simulation.ts';
import { nextCommands } from './next-commands.ts';
import { simulatedSettings, type UnknownVariables } from './settings.ts';
import { type SimulationSetup, settingsOn } from './simulation-setup.ts';

/** A group of settings to put beside others; `given` lies over the variables of the setup. */
export interface Candidate {
  readonly label: string;
  readonly given: Readonly<Record<string, string>>;
  readonly unknown: UnknownVariables;
}

export interface Asked {
  readonly seed: number;
  /** Undefined: counts that suit the node. */
  readonly pods?: readonly number[];
}

/** Rows of a table that still fits a screen, and stages of a rollout. */
const MOST_STEPS = 10;
const STAGES = 4;

export function nodeSimulation(
  setup: SimulationSetup,
  candidate: Candidate,
  asked: Asked,
  madeBy: MadeBy,
): NodeSimulation {
  const settings = simulatedSettings(setup, candidate.given, candidate.unknown);
  const limit = setup.maxPods(settingsOn(setup, candidate.given));
  const pods = asked.pods ?? defaultPods(setup, limit.maxPods);
  const question = questionOf(setup, candidate, limit.maxPods, pods, asked.seed);
  const timeline = settings.starts ? podTimeline(question) : undefined;
  const node = nodeOf(setup, limit, asked.seed);
  return {
    ...reportHead('Simulation', madeBy),
    question: 'node',
    node,
    settings,
    now: setup.now,
    items: timeline?.steps ?? failedSteps(pods, refusalsOf(settings)),
    assumptions: [
      ...setup.assumptions,
      ...(timeline && settings.mode !== 'ipv6' ? timelineAssumptions(setup, limit.maxPods, pods, timeline) : []),
    ],
    next: nextCommands(setup, node, settings, lastPod(setup, limit.maxPods)),
  };
}

export function comparedSimulation(
  setup: SimulationSetup,
  candidates: readonly Candidate[],
  asked: Asked,
  madeBy: MadeBy,
): ComparedSimulation {
  const limits = candidates.map((candidate) => setup.maxPods(settingsOn(setup, candidate.given)));
  const limit = limits.reduce((most, each) => (each.maxPods > most.maxPods ? each : most));
  const common = Math.min(...limits.map((each) => each.maxPods));
  const pods = asked.pods ?? stages(setup, common);
  const items = candidates.map((candidate) => {
    const settings = simulatedSettings(setup, candidate.given, candidate.unknown);
    const question = questionOf(setup, candidate, limit.maxPods, settings.starts ? pods : [], asked.seed);
    const comparison = compareOn({ ...question, ...(settings.starts ? {} : { runs: 1 }) });
    return {
      label: candidate.label,
      settings,
      ...comparison,
      nodeInitFails: comparison.nodeInitFails || !settings.starts,
    };
  });
  const runs = Math.max(...items.map((item) => item.runs));
  return {
    ...reportHead('Simulation', madeBy),
    question: 'comparison',
    node: nodeOf(setup, limit, asked.seed),
    now: setup.now,
    pods,
    items,
    assumptions: [
      ...assumptionsOn(setup, candidates),
      'the pods of a step come all at once, the node is quiet before each; EC2 answers at once, so real waits are longer by its own time (an ENI takes up to 10 s)',
      ...(runs > 0 ? [`figures over ${runs} seeded runs`] : []),
    ],
  };
}

function refusalsOf({ problems }: SimulatedSettings): readonly string[] {
  return problems.filter((problem) => problem.fatal).map(({ variable, effect }) => `${variable}: ${effect}`);
}

function questionOf(
  setup: SimulationSetup,
  candidate: Candidate,
  maxPods: number,
  pods: readonly number[],
  seed: number,
): TimelineQuestion {
  const { limits, occupied, subnets, initial, branchPods } = setup;
  return {
    settings: settingsOn(setup, candidate.given),
    limits,
    maxPods,
    pods,
    branchPods,
    occupied,
    seed,
    ...(subnets === undefined ? {} : { subnets }),
    ...(initial === undefined ? {} : { initial }),
  };
}

function defaultPods(setup: SimulationSetup, maxPods: number): readonly number[] {
  const last = lastPod(setup, maxPods);
  return setup.now ? thereAndBack(setup.now.pods, last) : evenPods(last, MOST_STEPS);
}

/** A rollout in a few stages, and the way back. */
function stages(setup: SimulationSetup, maxPods: number): readonly number[] {
  const last = lastPod(setup, maxPods);
  if (setup.now) return thereAndBack(setup.now.pods, last);
  return [...evenPods(last, STAGES).filter((pods) => pods !== 1), Math.ceil(last / 2), 0];
}

/** Pods that need an address, beside those that do not. */
function lastPod(setup: SimulationSetup, maxPods: number): number {
  return Math.max(maxPods - setup.hostPods - setup.branchPods, 0);
}

/** A node of a cluster without custom networking has no ENIConfig whose subnet could be looked at. */
function assumptionsOn(setup: SimulationSetup, candidates: readonly Candidate[]): readonly string[] {
  const custom = candidates.some(({ given }) => settingsOn(setup, given).customNetworking);
  const open = custom && setup.subnets !== undefined && setup.subnets.pod === undefined;
  return [...setup.assumptions, ...(open ? ['the subnet of the ENIConfig is taken to never run dry'] : [])];
}

function timelineAssumptions(
  setup: SimulationSetup,
  maxPods: number,
  pods: readonly number[],
  timeline: PodTimeline,
): readonly string[] {
  const falls = pods.some((count, at) => count < (pods[at - 1] ?? setup.now?.pods ?? 0));
  const leaving = falls ? '; those that leave are chosen at random and leave all at once' : '';
  const last = lastPod(setup, maxPods);
  const beyond = Math.max(...pods);
  return [
    `pods come one by one, the node settled in between${leaving}`,
    ...(beyond > last
      ? [
          `kubelet admits ${last} of these ${beyond} pods: maxPods ${maxPods} less ${setup.hostPods + setup.branchPods} on the host network or branch ENIs`,
        ]
      : []),
    ...(timeline.runs > 1 && timeline.steps.some((step) => !step.exact)
      ? [
          `ranges cover ${timeline.runs} seeded runs and what the model allows; the slots drawn are those of the first run`,
        ]
      : []),
  ];
}

function nodeOf(setup: SimulationSetup, limit: ReturnType<SimulationSetup['maxPods']>, seed: number): SimulatedNode {
  const { limits } = setup;
  return {
    instanceType: setup.instanceType,
    name: setup.name,
    cluster: setup.cluster,
    eniLimit: limits.eniLimit,
    ipv4PerEni: limits.ipv4PerEni,
    branchEniLimit: limits.branchEniLimit,
    hypervisor: setup.hypervisor,
    limitsFrom: setup.limitsFrom,
    maxPods: limit.maxPods,
    maxPodsFrom: limit.from,
    branchPods: setup.branchPods,
    seed,
    subnets: subnetsOf(setup),
  };
}

function subnetsOf({ subnets, subnetIds }: SimulationSetup): readonly SimulatedSubnet[] {
  if (!subnets) return [];
  const { node, pod, others } = subnets;
  return Object.entries({ node, pod, ...others }).flatMap(([name, free]): SimulatedSubnet[] => {
    if (free === undefined) return [];
    const freeIPs = Number.isFinite(free.freeIPs) ? free.freeIPs : null;
    return [{ name, subnetId: subnetIds[name] ?? null, freeIPs, freeBlocks28: free.freeBlocks28 ?? null }];
  });
}
