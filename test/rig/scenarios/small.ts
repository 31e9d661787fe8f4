import type { NodeSpec, Scenario } from './types.ts';

const DAY = 24 * 60;

/** A finding at warning or above: `MAX001/trunk`; `<- CUS001` after it where it is told as a symptom of that code. */
export type Told = string;

type Some<T> = { [K in keyof T]?: T[K] };

/** What a small scenario says; the rest is that of a quiet cluster with two zones. */
export interface Small
  extends Some<Omit<Scenario, 'name' | 'cluster' | 'cni' | 'subnets' | 'nodes' | 'expected' | 'counted'>> {
  name: string;
  /** What is so, in a sentence; upstream's report where there is one. */
  story: string;
  cluster?: Some<Scenario['cluster']>;
  cni?: Some<Scenario['cni']>;
  /** Beside `nodes-a`, `nodes-b`, `public-a` and `public-b`, or instead of them. */
  subnets?: Scenario['subnets'];
  nodes: Record<string, NodeSpec>;
  /** Everything told at warning or above, and nothing else. */
  told: Told[];
  /** What the evidence of findings says, by code: the numbers that prove it. */
  shows?: Record<string, object>;
  /** Codes that stand although their fixes were pasted and the cluster acted on it, each with what is wanting here. */
  stays?: Record<string, string>;
  /** Codes that stand at warning or above only after the fixes: the next step, which follows by rights. */
  next?: string[];
}

export interface SmallScenario extends Scenario {
  story: string;
  told: Told[];
  shows: Record<string, object>;
  stays: Record<string, string>;
  next: string[];
}

export const SMALL_SUBNETS: Scenario['subnets'] = {
  'nodes-a': { cidr: '10.0.0.0/20', zone: 'eu-west-1a', role: 'nodes', layout: 'loose' },
  'nodes-b': { cidr: '10.0.16.0/20', zone: 'eu-west-1b', role: 'nodes', layout: 'loose' },
  'public-a': { cidr: '10.0.240.0/24', zone: 'eu-west-1a', role: 'public', layout: 'loose' },
  'public-b': { cidr: '10.0.241.0/24', zone: 'eu-west-1b', role: 'public', layout: 'loose' },
};

/** A node of the managed group `main`; m5.large with the maxPods that EKS gives it. */
export const node = (zone: 'a' | 'b' | 'c', apps: number, more: Partial<NodeSpec> = {}): NodeSpec => ({
  group: 'main',
  type: 'm5.large',
  zone: `eu-west-1${zone}`,
  maxPods: 29,
  ageMinutes: 30 * DAY,
  apps,
  ...more,
});

/** A whole scenario from what is particular in it. */
export function small(spec: Small): SmallScenario {
  const { name, nodes, told, story, shows = {}, stays = {}, next = [], cluster, cni, ...rest } = spec;
  const subnets = { ...SMALL_SUBNETS, ...spec.subnets };
  const places = Object.values(nodes).reduce((n, s) => n + s.apps + (s.waiting ?? 0), 0);
  const declared = (rest.workloads ?? []).reduce((n, w) => n + w.replicas, 0);
  const dns = declared === 0 && places >= 2 ? 2 : 0;
  const filler = places - declared - dns;
  const zones = Object.values(subnets).filter((s) => s.role === 'public');
  return {
    vpcCidrs: ['10.0.0.0/16'],
    eniConfigs: {},
    groups: {
      main: {
        kind: 'managed',
        subnets: ['nodes-a', 'nodes-b'],
        instanceTypes: ['m5.large'],
        min: 1,
        max: 4,
        template: false,
      },
    },
    daemonSets: [{ namespace: 'kube-system', name: 'kube-proxy', hostNetwork: true }],
    finished: [],
    endpoints: {},
    services: [],
    otherInstances: {},
    leaked: [],
    natGateways: Object.keys(subnets)
      .flatMap((key) => (subnets[key]?.role === 'public' ? [{ subnet: key }] : []))
      .slice(0, zones.length),
    ...rest,
    name,
    story,
    told,
    shows,
    stays,
    next,
    counted: true,
    subnets,
    nodes,
    workloads: [
      ...(dns ? [{ namespace: 'kube-system', name: 'coredns', kind: 'Deployment' as const, replicas: 2 }] : []),
      ...(filler > 0 ? [{ namespace: 'shop', name: 'web', kind: 'Deployment' as const, replicas: filler }] : []),
      ...(rest.workloads ?? []),
    ],
    cluster: {
      name,
      version: '1.34',
      platformVersion: 'eks.9',
      ageMinutes: 200 * DAY,
      subnets: ['nodes-a', 'nodes-b'],
      interfacesIn: ['nodes-a', 'nodes-b'],
      addons: { coredns: 'v1.12.4-eksbuild.1', 'kube-proxy': 'v1.34.1-eksbuild.2' },
      ...cluster,
    },
    cni: {
      addonVersion: 'v1.20.4-eksbuild.2',
      previousVersion: 'v1.19.6-eksbuild.7',
      updatedMinutesAgo: 20 * DAY,
      env: {},
      nodeAgentVersion: 'v1.2.7-eksbuild.1',
      status: 'ACTIVE',
      ...cni,
    },
    expected: {
      subnets: {},
      pods: { ordinary: 0, hostNetwork: 0, branch: 0, terminal: 0, total: 0 },
      waiting: { total: 0, noFreeBlock: 0, fullNodes: 0, missingEniConfig: 0 },
      nodes: { total: Object.keys(nodes).length, byGroup: {}, byType: {}, byZone: {} },
      findings: { required: [], allowed: [] },
    },
  };
}
