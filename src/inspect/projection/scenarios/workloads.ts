/** Helpers of scenarios that speak of workloads. */
import { section } from '../../facts/define-fact.ts';
import { isLive } from '../../facts/demand.ts';
import { type PodNeeds, podsOf } from '../../snapshot/pods.ts';
import type { PodGrowth } from '../growth.ts';
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
  readonly needs?: PodNeeds;
}

/** @throws ScenarioError where no pod of such a workload runs. */
export function ownerLike(world: ProjectionWorld, like: NonNullable<ScenarioOptions['like']>): Likeness {
  const owner = `${KINDS[like.kind.toLowerCase()] ?? like.kind}/${like.name}`;
  for (const pod of podsOf(world.run.valueOf(section('pods')) ?? NO_PODS)) {
    if (pod.owner !== owner || pod.namespace !== like.namespace || !isLive(pod)) continue;
    const { needs } = pod;
    return { owner, namespace: like.namespace, branch: pod.class === 'branch', ...(needs ? { needs } : {}) };
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

/** Live pods that take an address or a branch ENI, those of DaemonSets left out, by workload and by what they ask for. */
export interface MovablePods {
  readonly owner: string;
  readonly namespace: string;
  readonly branch: boolean;
  readonly pods: number;
  readonly needs?: PodNeeds;
  /** Zones that their volumes leave them; undefined: all. */
  readonly zones?: readonly string[];
  /** They mount claims of which nothing tells where their volumes are. */
  readonly volumesUnknown: boolean;
}

/** Of the nodes named, or of all. */
export function movablePods(world: ProjectionWorld, nodes?: ReadonlySet<string>): readonly MovablePods[] {
  const all = kindsOf(world).placed;
  if (!nodes) return all.map((k) => k.of);
  return all.flatMap(({ of, byNode }) => {
    let pods = 0;
    for (const [node, count] of byNode) if (nodes.has(node)) pods += count;
    return pods > 0 ? [{ ...of, pods }] : [];
  });
}

interface MovableKind {
  readonly of: MovablePods & { pods: number };
  readonly byNode: Map<string, number>;
}

/** Pods that wait for a node today. One of a DaemonSet waits for its own node, and belongs to what that has. */
export function waitingPods(world: ProjectionWorld): readonly PodGrowth[] {
  return kindsOf(world).waiting.map(({ of }) => ({
    ...moreLike(of, of.pods),
    ...(of.zones ? { zones: of.zones } : {}),
  }));
}

interface Kinds {
  readonly placed: readonly MovableKind[];
  readonly waiting: readonly MovableKind[];
}

/** The same under every pair. */
const movable = new WeakMap<ProjectionWorld['run'], Kinds>();

function kindsOf(world: ProjectionWorld): Kinds {
  const known = movable.get(world.run) ?? sorted(world);
  movable.set(world.run, known);
  return known;
}

function sorted(world: ProjectionWorld): Kinds {
  const served = new Set(world.nodes.map((n) => n.name));
  const volumes = world.run.valueOf(section('persistentVolumes'));
  const boundTo = volumes && new Map(volumes.map((v) => [v.claim, v.zones]));
  // By the name of who owns them; what else tells them apart is compared, which is quicker than writing it out for every pod.
  const placed = new Map<string, MovableKind[]>();
  const waiting = new Map<string, MovableKind[]>();
  for (const pod of podsOf(world.run.valueOf(section('pods')) ?? NO_PODS)) {
    const { node, owner, namespace, needs } = pod;
    if ((node === undefined ? pod.terminating : !served.has(node)) || !isLive(pod)) continue;
    const branch = pod.class === 'branch';
    if ((pod.class !== 'ordinary' && !branch) || owner?.startsWith('DaemonSet/')) continue;
    const claims = pod.claims?.map((claim) => `${namespace}/${claim}`) ?? [];
    const zones = claims.length === 0 ? undefined : zonesOfVolumes(claims, boundTo);
    const volumesUnknown = claims.length > 0 && boundTo === undefined;
    const name = owner ?? `Pod/${pod.name}`;
    const found = node === undefined ? waiting : placed;
    const its = found.get(name) ?? [];
    if (its.length === 0) found.set(name, its);
    let own = its.find(
      ({ of }) =>
        of.namespace === namespace &&
        of.branch === branch &&
        of.needs === needs &&
        of.volumesUnknown === volumesUnknown &&
        of.zones?.join() === zones?.join(),
    );
    if (!own) {
      const of = {
        owner: name,
        namespace,
        branch,
        pods: 0,
        ...(needs ? { needs } : {}),
        ...(zones ? { zones } : {}),
        volumesUnknown,
      };
      own = { of, byNode: new Map<string, number>() };
      its.push(own);
    }
    own.of.pods++;
    if (node !== undefined) own.byNode.set(node, (own.byNode.get(node) ?? 0) + 1);
  }
  return { placed: [...placed.values()].flat(), waiting: [...waiting.values()].flat() };
}

/** Where all its volumes can be used; undefined where none of them is bound to a zone. */
function zonesOfVolumes(
  claims: readonly string[],
  boundTo: ReadonlyMap<string, readonly string[]> | undefined,
): readonly string[] | undefined {
  const bound = claims.flatMap((c) => {
    const zones = boundTo?.get(c) ?? [];
    return zones.length > 0 ? [zones] : [];
  });
  const [first, ...others] = bound;
  return first?.filter((z) => others.every((o) => o.includes(z)));
}

export function total(pods: readonly MovablePods[], branch: boolean): number {
  return pods.filter((p) => p.branch === branch).reduce((n, p) => n + p.pods, 0);
}

/** So many pods like these. */
export function moreLike({ owner, namespace, branch, needs }: MovablePods, count: number): PodGrowth {
  return { count, like: { owner, namespace }, ...(needs ? { needs } : {}), ...(branch ? { branch } : {}) };
}

/** Workloads whose pods may go to the same places taken together: what keeps a workload's own pods apart is counted by workload. */
export function likeMinded(pods: readonly MovablePods[]): readonly (readonly MovablePods[])[] {
  const groups = new Map<unknown, Map<boolean, MovablePods[]>>();
  for (const p of pods) {
    const alone = p.needs?.zoneSkew !== undefined || p.needs?.nodeSkew !== undefined || p.needs?.apart !== undefined;
    const key = alone ? p : p.needs;
    const byClass = groups.get(key) ?? new Map<boolean, MovablePods[]>();
    groups.set(key, byClass);
    const same = byClass.get(p.branch) ?? [];
    byClass.set(p.branch, [...same, p]);
  }
  return [...groups.values()].flatMap((byClass) => [...byClass.values()]);
}
