/** Puts a simulation together: the node, the settings, and what the model makes of them. */
import {
  compareOn,
  evenPods,
  failedSteps,
  thereAndBack,
  type Walk,
  type WalkQuestion,
  walkNode,
} from '../../../calc/node-walk/index.ts';
import { REPORT_VERSION, type ReportHead } from '../../contract/report.ts';
import type {
  ComparedSimulation,
  NodeSimulation,
  SimulatedNode,
  SimulatedSettings,
  SimulatedSubnet,
} from '../simulation.ts';
import { type Ground, settingsOn } from './ground.ts';
import { nextCommands } from './next.ts';
import { simulatedSettings, type UnknownVariables } from './settings.ts';

type Head = Pick<ReportHead<'Simulation'>, 'tool' | 'generatedAt'>;

/** A group of settings to put beside others; `given` lies over the ground's variables. */
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

export function nodeSimulation(ground: Ground, candidate: Candidate, asked: Asked, head: Head): NodeSimulation {
  const settings = simulatedSettings(ground, candidate.given, candidate.unknown);
  const limit = ground.maxPods(settingsOn(ground, candidate.given));
  const pods = asked.pods ?? defaultPods(ground, limit.maxPods);
  const question = questionOf(ground, candidate, limit.maxPods, pods, asked.seed);
  const walk = settings.starts ? walkNode(question) : undefined;
  const node = nodeOf(ground, limit, asked.seed);
  return {
    schemaVersion: REPORT_VERSION,
    kind: 'Simulation',
    ...head,
    question: 'node',
    node,
    settings,
    now: ground.now,
    items: walk?.steps ?? failedSteps(pods, refusalsOf(settings)),
    assumptions: [
      ...ground.assumptions,
      ...(walk && settings.mode !== 'ipv6' ? walkAssumptions(ground, limit.maxPods, pods, walk) : []),
    ],
    next: nextCommands(node, settings),
  };
}

export function comparedSimulation(
  ground: Ground,
  candidates: readonly Candidate[],
  asked: Asked,
  head: Head,
): ComparedSimulation {
  const limits = candidates.map((candidate) => ground.maxPods(settingsOn(ground, candidate.given)));
  const limit = limits.reduce((most, each) => (each.maxPods > most.maxPods ? each : most));
  const common = Math.min(...limits.map((each) => each.maxPods));
  const pods = asked.pods ?? stages(ground, common);
  const items = candidates.map((candidate) => {
    const settings = simulatedSettings(ground, candidate.given, candidate.unknown);
    const question = questionOf(ground, candidate, limit.maxPods, settings.starts ? pods : [], asked.seed);
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
    schemaVersion: REPORT_VERSION,
    kind: 'Simulation',
    ...head,
    question: 'comparison',
    node: nodeOf(ground, limit, asked.seed),
    now: ground.now,
    pods,
    items,
    assumptions: [
      ...assumptionsOn(ground, candidates),
      'the pods of a step come all at once, the node is quiet before each; EC2 answers at once, so real waits are longer by its own time (an ENI takes up to 10 s)',
      ...(runs > 0 ? [`figures over ${runs} seeded runs`] : []),
    ],
  };
}

function refusalsOf({ problems }: SimulatedSettings): readonly string[] {
  return problems.filter((problem) => problem.fatal).map(({ variable, effect }) => `${variable}: ${effect}`);
}

function questionOf(
  ground: Ground,
  candidate: Candidate,
  maxPods: number,
  pods: readonly number[],
  seed: number,
): WalkQuestion {
  const { limits, occupied, subnets, initial, branchPods } = ground;
  return {
    settings: settingsOn(ground, candidate.given),
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

function defaultPods(ground: Ground, maxPods: number): readonly number[] {
  const last = lastPod(ground, maxPods);
  return ground.now ? thereAndBack(ground.now.pods, last) : evenPods(last, MOST_STEPS);
}

/** A rollout in a few stages, and the way back. */
function stages(ground: Ground, maxPods: number): readonly number[] {
  const last = lastPod(ground, maxPods);
  if (ground.now) return thereAndBack(ground.now.pods, last);
  return [...evenPods(last, STAGES).filter((pods) => pods !== 1), Math.ceil(last / 2), 0];
}

/** Pods that need an address, beside those that do not. */
function lastPod(ground: Ground, maxPods: number): number {
  return Math.max(maxPods - ground.hostPods - ground.branchPods, 0);
}

/** A node of a cluster without custom networking has no ENIConfig whose subnet could be looked at. */
function assumptionsOn(ground: Ground, candidates: readonly Candidate[]): readonly string[] {
  const custom = candidates.some(({ given }) => settingsOn(ground, given).customNetworking);
  const open = custom && ground.subnets !== undefined && ground.subnets.pod === undefined;
  return [...ground.assumptions, ...(open ? ['the subnet of the ENIConfig is taken to never run dry'] : [])];
}

function walkAssumptions(ground: Ground, maxPods: number, pods: readonly number[], walk: Walk): readonly string[] {
  const falls = pods.some((count, at) => count < (pods[at - 1] ?? ground.now?.pods ?? 0));
  const leaving = falls ? '; those that leave are chosen at random and leave all at once' : '';
  const last = lastPod(ground, maxPods);
  const beyond = Math.max(...pods);
  return [
    `pods come one by one, the node settled in between${leaving}`,
    ...(beyond > last
      ? [
          `kubelet admits ${last} of these ${beyond} pods: maxPods ${maxPods} less ${ground.hostPods + ground.branchPods} on the host network or branch ENIs`,
        ]
      : []),
    ...(walk.runs > 1 && walk.steps.some((step) => !step.exact)
      ? [`ranges cover ${walk.runs} seeded runs and what the model allows; the slots drawn are those of the first run`]
      : []),
  ];
}

function nodeOf(ground: Ground, limit: ReturnType<Ground['maxPods']>, seed: number): SimulatedNode {
  const { limits } = ground;
  return {
    instanceType: ground.instanceType,
    name: ground.name,
    cluster: ground.cluster,
    eniLimit: limits.eniLimit,
    ipv4PerEni: limits.ipv4PerEni,
    branchEniLimit: limits.branchEniLimit,
    hypervisor: ground.hypervisor,
    limitsFrom: ground.limitsFrom,
    maxPods: limit.maxPods,
    maxPodsFrom: limit.from,
    branchPods: ground.branchPods,
    seed,
    subnets: subnetsOf(ground),
  };
}

function subnetsOf({ subnets, subnetIds }: Ground): readonly SimulatedSubnet[] {
  if (!subnets) return [];
  const { node, pod, others } = subnets;
  return Object.entries({ node, pod, ...others }).flatMap(([name, free]): SimulatedSubnet[] => {
    if (free === undefined) return [];
    const freeIPs = Number.isFinite(free.freeIPs) ? free.freeIPs : null;
    return [{ name, subnetId: subnetIds[name] ?? null, freeIPs, freeBlocks28: free.freeBlocks28 ?? null }];
  });
}
