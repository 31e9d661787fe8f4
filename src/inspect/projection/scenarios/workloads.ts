/** Helpers of scenarios that speak of workloads. */
import { section } from '../../facts/define-fact.ts';
import { isLive } from '../../facts/demand.ts';
import { podsOf } from '../../snapshot/pods.ts';
import type { ProjectionWorld } from '../world.ts';
import { ScenarioError, type ScenarioOptions } from './scenario.ts';

const KINDS: Readonly<Record<string, string>> = {
  deploy: 'Deployment',
  deployment: 'Deployment',
  deployments: 'Deployment',
  sts: 'StatefulSet',
  statefulset: 'StatefulSet',
  statefulsets: 'StatefulSet',
  job: 'Job',
  jobs: 'Job',
  rs: 'ReplicaSet',
  replicaset: 'ReplicaSet',
};

export interface Likeness {
  readonly owner: string;
  readonly namespace: string;
  /** Its pods are on branch ENIs. */
  readonly branch: boolean;
}

/** @throws ScenarioError where no pod of such a workload runs. */
export function ownerLike(world: ProjectionWorld, like: NonNullable<ScenarioOptions['like']>): Likeness {
  const owner = `${KINDS[like.kind.toLowerCase()] ?? like.kind}/${like.name}`;
  for (const pod of podsOf(world.run.valueOf(section('pods')) ?? NO_PODS)) {
    if (pod.owner !== owner || pod.namespace !== like.namespace || !isLive(pod)) continue;
    return { owner, namespace: like.namespace, branch: pod.class === 'branch' };
  }
  throw new ScenarioError(`--like: no pod of ${owner} runs in ${like.namespace}`);
}

const NO_PODS = {
  count: 0,
  texts: [''],
  labelSets: [],
  namespace: [],
  name: [],
  node: [],
  ip: [],
  class: [],
  phase: [],
  owner: [],
  labels: [],
  serviceAccount: [],
  createdAt: [],
  flags: [],
  branchEni: {},
};

/** Live pods that take an address or a branch ENI, those of DaemonSets left out, by workload. */
export interface MovablePods {
  readonly owner: string;
  readonly namespace: string;
  readonly branch: boolean;
  readonly pods: number;
}

/** Of the nodes named, or of all. */
export function movablePods(world: ProjectionWorld, nodes?: ReadonlySet<string>): readonly MovablePods[] {
  const key = `movable ${nodes ? [...nodes].join() : '*'}`;
  const remembered = movable.get(world.run) ?? new Map<string, readonly MovablePods[]>();
  movable.set(world.run, remembered);
  const known = remembered.get(key) ?? counted(world, nodes);
  remembered.set(key, known);
  return known;
}

/** The same under every pair. */
const movable = new WeakMap<ProjectionWorld['run'], Map<string, readonly MovablePods[]>>();

function counted(world: ProjectionWorld, nodes: ReadonlySet<string> | undefined): readonly MovablePods[] {
  const served = new Set(world.nodes.map((n) => n.name));
  const found = new Map<string, { owner: string; namespace: string; branch: boolean; pods: number }>();
  for (const pod of podsOf(world.run.valueOf(section('pods')) ?? NO_PODS)) {
    if (pod.node === undefined || !served.has(pod.node) || (nodes && !nodes.has(pod.node)) || !isLive(pod)) continue;
    if ((pod.class !== 'ordinary' && pod.class !== 'branch') || pod.owner?.startsWith('DaemonSet/')) continue;
    const branch = pod.class === 'branch';
    const key = `${pod.namespace} ${pod.owner ?? ''} ${branch}`;
    const own = found.get(key) ?? { owner: pod.owner ?? `Pod/${pod.name}`, namespace: pod.namespace, branch, pods: 0 };
    found.set(key, own);
    own.pods++;
  }
  return [...found.values()];
}

export function total(pods: readonly MovablePods[], branch: boolean): number {
  return pods.filter((p) => p.branch === branch).reduce((n, p) => n + p.pods, 0);
}
