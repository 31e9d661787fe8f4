/**
 * Manifests, ClusterConfigs, Helm values and add-on configuration over two nodes m5.large (3 ENIs of 10 addresses, 27 pods at
 * most), one a zone. Secondary mode with WARM_ENI_TARGET=1: up to 9 pods hold 20 addresses, up to 18 pods 30.
 */
import { describe, expect, it } from 'vitest';
import { networking } from '../../../../src/inspect/facts/networking.ts';
import { type Pod, podsOf } from '../../../../src/inspect/snapshot/pods.ts';
import type { ClusterSnapshot } from '../../../../src/inspect/snapshot.ts';
import { layYaml, projectedOver } from '../../../support/change-world.ts';
import { left } from '../../../support/plan-world.ts';
import { addon, eniConfig, runOf } from '../../../support/snapshot-builder.ts';
import { World } from '../../checks/world.ts';

type Over = NonNullable<Parameters<World['snapshot']>[0]>;

/** Node `a` with nine pods, `b` with three; 251 addresses a subnet. */
function two(
  over: Over = {},
  b: { readonly labels?: Record<string, string>; readonly taint?: string } = {},
): ClusterSnapshot {
  return new World()
    .subnet('subnet-a', '10.0.0.0/24', 'eu-west-1a')
    .subnet('subnet-b', '10.0.1.0/24', 'eu-west-1b')
    .node('a', { home: 'subnet-a', primary: 9, further: [9], running: 9 })
    .node('b', {
      home: 'subnet-b',
      primary: 9,
      further: [9],
      running: 3,
      node: {
        labels: { 'eks.amazonaws.com/nodegroup': 'workers', ...b.labels },
        taints: b.taint === undefined ? [] : [{ key: b.taint, effect: 'NoSchedule' }],
      },
    })
    .snapshot(over);
}

const daemonSet = (spec = '') => `
apiVersion: apps/v1
kind: DaemonSet
metadata: { name: agent, namespace: logs }
spec:
  template:
    metadata: { labels: { app: agent } }
    spec: { containers: [{ name: a, image: example.com/a:1 }]${spec === '' ? '' : `, ${spec}`} }
`;

const deployment = (replicas: string, name = 'web', namespace = 'shop', spec = '') => `
apiVersion: apps/v1
kind: Deployment
metadata: { name: ${name}, namespace: ${namespace} }
spec:
  ${replicas}
  template:
    metadata: { labels: { app: ${name} } }
    spec: { containers: [{ name: a, image: example.com/a:1 }]${spec === '' ? '' : `, ${spec}`} }
`;

function podsIn({ pods }: ClusterSnapshot, owner: string): readonly Pod[] {
  return 'data' in pods ? [...podsOf(pods.data)].filter((p) => p.owner === owner) : [];
}

const said = ({ effects }: Awaited<ReturnType<typeof layYaml>>) => effects.map((e) => e.statement);

describe('a DaemonSet', () => {
  it('costs an address on every node, and an ENI where a node stands at its edge', async () => {
    const change = await layYaml(daemonSet(), two());
    expect(said(change)).toEqual([
      "+1 address on each of 2 nodes; 1 node at an ENI's edge attaches one more: 10 addresses",
    ]);
    // a: 9 pods hold 20, 10 pods 30 addresses; 251 - 20 and 251 - 30
    expect(left(await projectedOver(await layYaml(deployment('replicas: 12'), two()), 'today'))).toEqual({
      'subnet-a': 231,
      'subnet-b': 231,
    });
    expect(left(await projectedOver(change, 'today'))).toEqual({ 'subnet-a': 221, 'subnet-b': 231 });
  });

  it("takes a whole prefix on a node at a block's edge", async () => {
    const world = new World().subnet('subnet-a', '10.0.0.0/24', 'eu-west-1a');
    world.node('a', { home: 'subnet-a', primary: 2, prefixes: true, running: 16, maxPods: 110 });
    const change = await layYaml(daemonSet(), world.snapshot({ env: { ENABLE_PREFIX_DELEGATION: 'true' } }));
    // 16 pods hold 1 + 1 warm prefixes, 17 pods 2 + 1
    expect(said(change)).toEqual(["+1 address on each of 1 node; 1 prefix node at a block's edge takes 16 more"]);
    const today = await projectedOver(change, 'today');
    expect(today.subnets[0]?.blocks?.need).toBe(1);
  });

  it('costs nothing on the host network', async () => {
    const change = await layYaml(daemonSet('hostNetwork: true'), two());
    expect(said(change)).toEqual(['on 2 nodes, on the host network: no address']);
    expect(left(await projectedOver(change, 'today'))).toEqual({ 'subnet-a': 231, 'subnet-b': 231 });
  });

  it.each([
    ['a selector', 'nodeSelector: { pool: gpu }', 1],
    [
      'affinity',
      'affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchExpressions: [{ key: pool, operator: NotIn, values: [gpu] }] }] } } }',
      1,
    ],
    ['a selector nobody meets', 'nodeSelector: { pool: none }', 0],
  ])('goes where %s lets it', async (_, spec, nodes) => {
    const change = await layYaml(daemonSet(spec), two({}, { labels: { pool: 'gpu' } }));
    expect(podsIn(change.snapshot, 'DaemonSet/agent').length).toBe(nodes);
  });

  it('stays away from a taint it does not tolerate', async () => {
    const tainted = two({}, { taint: 'dedicated' });
    expect(podsIn((await layYaml(daemonSet(), tainted)).snapshot, 'DaemonSet/agent').map((p) => p.node)).toEqual(['a']);
    const tolerant = await layYaml(daemonSet('tolerations: [{ operator: Exists }]'), tainted);
    expect(podsIn(tolerant.snapshot, 'DaemonSet/agent').map((p) => p.node)).toEqual(['a', 'b']);
  });

  it('gives its addresses back where it is removed, and where it moves to the host network', async () => {
    const { snapshot } = await layYaml(daemonSet(), two());
    const removed = await layYaml(`${daemonSet()}$patch: delete\n`, snapshot);
    expect(said(removed)).toEqual(['-1 pod on each of 2 nodes: its address is free again']);
    expect(podsIn(removed.snapshot, 'DaemonSet/agent')).toEqual([]);
    const moved = await layYaml(daemonSet('hostNetwork: true'), snapshot);
    expect(said(moved)).toEqual(['uses the host network: -1 address on each of 2 nodes']);
    expect(left(await projectedOver(moved, 'today'))).toEqual({ 'subnet-a': 231, 'subnet-b': 231 });
    const same = await layYaml(daemonSet(), snapshot);
    expect([same.effects, same.unconcerned]).toEqual([[], 1]);
  });
});

describe('a workload', () => {
  it('fills the emptier node first', async () => {
    const change = await layYaml(deployment('replicas: 20'), two());
    // 12 today, 8 more: a has 9 + 2 pods, b 3 + 2: all eight level b up to the height of a, and the rest is shared
    expect(said(change)).toEqual(["12 → 20 pods: 8 on today's nodes"]);
    expect(podsIn(change.snapshot, 'Deployment/web').length).toBe(20);
    expect(podsIn(change.snapshot, 'Deployment/web').filter((p) => p.node === 'b').length).toBe(10);
  });

  it('asks for new nodes where none has room, and leaves pods pending at the maximum of the group', async () => {
    const change = await layYaml(deployment('replicas: 200', 'api'), two());
    // 2 × 27 addresses less 12 pods: 42 places; kubelet's 29 less two of the host network say the same
    expect(said(change)).toEqual(["+200 pods: 42 on today's nodes, 158 ask for new nodes"]);
    const today = await projectedOver(change, 'today');
    expect(today.verdict).toBe('at-risk');
    expect(today.pending[0]?.owner).toBe('Deployment/api');
  });

  it('goes where CPU and memory are left beside what runs there, and elsewhere asks for new nodes', async () => {
    // 1930m each; nine pods of 100m leave 1030m on a, three leave 1630m on b: two and three pods of 500m
    const needs = { cpuMillis: 100, memoryBytes: 0, nodeSelector: {} };
    const sized = two();
    if (sized.nodes.status !== 'ok' || sized.pods.status !== 'ok') throw new Error('nothing to lay over');
    const over = {
      ...sized,
      nodes: {
        ...sized.nodes,
        data: sized.nodes.data.map((n) => ({ ...n, cpuMillis: 1930, memoryBytes: 7_000_000_000 })),
      },
      pods: {
        ...sized.pods,
        data: { ...sized.pods.data, needSets: [needs], needs: sized.pods.data.name.map(() => 0) },
      },
    };
    // six host-network pods of the nodes' own ask as much: a has 11 and b has 5 of 100m
    const asks = (requests: string, name = 'api') =>
      deployment('replicas: 9', name).replace('image: example.com/a:1', `image: a, resources: { ${requests} }`);
    const change = await layYaml(asks('requests: { cpu: 500m, memory: 1Gi }'), over);
    expect(said(change)).toEqual(["+9 pods: 3 on today's nodes, 6 ask for new nodes"]);
    // a limit alone is the request too
    expect(said(await layYaml(asks('limits: { cpu: "0.5" }'), over))).toEqual(said(change));
    // a second workload finds what the first has left
    const both = await layYaml(
      `${asks('requests: { cpu: 500m }')}---\n${asks('requests: { cpu: 400m }', 'two')}`,
      over,
    );
    expect(said(both)[1]).toMatch(/^\+9 pods: 1 on today's nodes, 8 ask/);
    const { notUnderstood } = await layYaml(asks('requests: { cpu: much }'), over);
    expect(notUnderstood.map((n) => n.reason)).toEqual(['what it asks of CPU or memory is no quantity']);
  });

  it('puts one on a node, or in a zone, where a hard rule keeps its own kind away', async () => {
    const rule = (key: string) =>
      `affinity: { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey: ${key}, labelSelector: { matchLabels: { app: api } } }] } }`;
    for (const key of ['kubernetes.io/hostname', 'topology.kubernetes.io/zone']) {
      const change = await layYaml(deployment('replicas: 5', 'api', 'shop', rule(key)), two());
      expect(said(change)).toEqual(["+5 pods: 2 on today's nodes, 3 ask for new nodes"]);
      expect(
        podsIn(change.snapshot, 'Deployment/api')
          .map((p) => p.node)
          .sort(),
      ).toEqual(['a', 'b']);
    }
    // a full node does not stand for its zone, wherever it stands in the list
    for (const [has, more] of [
      [9, 27],
      [27, 9],
    ] as const) {
      const zone = new World()
        .subnet('subnet-a', '10.0.0.0/24', 'eu-west-1a')
        .node('a', { home: 'subnet-a', primary: 9, further: [9, 9], running: has })
        .node('b', { home: 'subnet-a', primary: 9, further: [9, 9], running: more })
        .snapshot();
      const change = await layYaml(deployment('replicas: 1', 'api', 'shop', rule('topology.kubernetes.io/zone')), zone);
      expect(said(change)).toEqual(["+1 pod: 1 on today's nodes"]);
    }
    // of another label it is no rule for its own kind
    const other = rule('kubernetes.io/hostname').replace('app: api', 'app: db');
    expect(said(await layYaml(deployment('replicas: 5', 'api', 'shop', other), two()))).toEqual([
      "+5 pods: 5 on today's nodes",
    ]);
  });

  it('keeps the number an autoscaler has set where the manifest has none', async () => {
    const change = await layYaml(deployment(''), two());
    expect([change.effects, change.unconcerned]).toEqual([[], 1]);
  });

  it('frees addresses where it shrinks', async () => {
    const change = await layYaml(deployment('replicas: 2'), two());
    expect(said(change)).toEqual(['12 → 2 pods: their addresses are free again']);
    expect(podsIn(change.snapshot, 'Deployment/web').length).toBe(2);
  });

  it('is no saving where an autoscaler takes the number back to what the load asks', async () => {
    const scaler = {
      ...{ namespace: 'shop', name: 'h', targetKind: 'Deployment', targetName: 'web' },
      ...{ minReplicas: 5, maxReplicas: 20, currentReplicas: 12 },
    };
    const workloads = {
      daemonSets: [],
      controllers: [],
      replicaSetOwners: {},
      disruptionBudgets: [],
      autoscalers: [scaler],
    };
    const of = async (replicas: string) => said(await layYaml(deployment(replicas), two({ workloads })));
    expect(await of('replicas: 2')).toEqual([]);
    expect(await of('replicas: 0')).toEqual(['12 → 0 pods: their addresses are free again']);
    expect(await of('replicas: 14')).toEqual(["12 → 14 pods: 2 on today's nodes"]);
  });

  it('starts with the minimum of an autoscaler that stands behind it', async () => {
    const scaler =
      'apiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata: { name: h, namespace: shop }\nspec: { scaleTargetRef: { kind: Deployment, name: api }, minReplicas: 6, maxReplicas: 9 }\n';
    const change = await layYaml(`${deployment('replicas: 1', 'api')}---\n${scaler}`, two());
    expect(said(change)).toEqual([
      'Deployment/api scales from 6 to 9 pods: the scenario workload has them all',
      "+6 pods: 6 on today's nodes",
    ]);
  });

  it('moves to the host network, and away from it', async () => {
    const toHost = await layYaml(deployment('replicas: 12', 'web', 'shop', 'hostNetwork: true'), two());
    expect(said(toHost)).toEqual(['12 pods move to the host network: no address, when made anew']);
    expect(podsIn(toHost.snapshot, 'Deployment/web').every((p) => p.class === 'host-network')).toBe(true);
    const back = await layYaml(deployment('replicas: 12'), toHost.snapshot);
    expect(said(back)).toEqual(['12 pods move from the host network: an address each, when made anew']);
    expect(podsIn(back.snapshot, 'Deployment/web').every((p) => p.class === 'ordinary')).toBe(true);
  });

  it('reads numbers written as text, and names what is none', async () => {
    expect(said(await layYaml(deployment('replicas: "14"'), two()))).toEqual(["12 → 14 pods: 2 on today's nodes"]);
    const { notUnderstood } = await layYaml(deployment('replicas: many'), two());
    expect(notUnderstood.map((n) => n.reason)).toEqual(['its replicas are no number of pods']);
  });

  it('runs as many pods of a Job at once as it has left to complete', async () => {
    const job =
      'apiVersion: batch/v1\nkind: Job\nmetadata: { name: j }\nspec: { parallelism: 10, completions: 4, template: { spec: { containers: [] } } }\n';
    expect(said(await layYaml(job, two()))).toEqual(["+4 pods: 4 on today's nodes"]);
  });

  it.each([
    ['every ten minutes for half an hour', '*/10 * * * *', 'activeDeadlineSeconds: 1800, ', '', 6],
    ['one at a time', '*/10 * * * *', 'activeDeadlineSeconds: 1800, ', 'concurrencyPolicy: Forbid, ', 2],
    ['once a day for an hour', '0 3 * * *', 'activeDeadlineSeconds: 3600, ', '', 2],
    ['without an end', '0 * * * *', '', '', 4],
    ['suspended', '0 * * * *', '', 'suspend: true, ', 0],
  ])('counts the peak of overlapping runs: %s', async (_, schedule, deadline, policy, pods) => {
    const text = `apiVersion: batch/v1\nkind: CronJob\nmetadata: { name: c }\nspec: { schedule: "${schedule}", ${policy}jobTemplate: { spec: { ${deadline}parallelism: 2, template: { spec: { containers: [] } } } } }\n`;
    expect(podsIn((await layYaml(text, two())).snapshot, 'CronJob/c').length).toBe(pods);
  });

  it('has the minimum of an autoscaler at once, and its maximum in the scenario workload', async () => {
    const text =
      'apiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata: { name: h, namespace: shop }\nspec: { scaleTargetRef: { kind: Deployment, name: web }, minReplicas: 15, maxReplicas: 40 }\n';
    const change = await layYaml(text, two());
    expect(said(change)).toEqual(["Deployment/web scales from 15 to 40 pods, now 12; 3 on today's nodes at once"]);
  });

  it('takes one address each in the subnets of a Fargate profile', async () => {
    const profile = {
      status: 'ACTIVE',
      ...{ name: 'f', subnetIds: ['subnet-a', 'subnet-b'], selectors: [{ namespace: 'jobs', labels: {} }] },
    };
    const change = await layYaml(deployment('replicas: 5', 'w', 'jobs'), two({ fargateProfiles: [profile] }));
    expect(said(change)).toEqual(['+5 pods: 5 on Fargate, one address each']);
    expect(left(await projectedOver(change, 'today'))).toEqual({ 'subnet-a': 228, 'subnet-b': 229 });
  });
});

describe('objects that are applied together', () => {
  const policy = `
apiVersion: vpcresources.k8s.aws/v1beta1
kind: SecurityGroupPolicy
metadata: { name: p, namespace: shop }
spec: { podSelector: { matchLabels: { app: api } }, securityGroups: { groupIds: [sg-1] } }
`;
  const aws = `
apiVersion: apps/v1
kind: DaemonSet
metadata: { name: aws-node, namespace: kube-system }
spec: { template: { spec: { containers: [{ name: aws-node, env: [{ name: ENABLE_POD_ENI, value: "true" }] }] } } }
`;

  it('come to the same in whatever order they are written', async () => {
    const objects = [deployment('replicas: 3', 'api'), policy, aws];
    for (const order of [
      [0, 1, 2],
      [2, 1, 0],
      [1, 0, 2],
      [1, 2, 0],
    ]) {
      const change = await layYaml(order.map((i) => objects[i]!).join('---\n'), two());
      expect(podsIn(change.snapshot, 'Deployment/api').map((p) => p.class)).toEqual(['branch', 'branch', 'branch']);
      expect(said(change).join()).not.toContain('ENABLE_POD_ENI is off');
    }
  });

  it('know the node class that stands behind its pool, in a list too', async () => {
    const list = JSON.stringify({
      ...{ apiVersion: 'v1', kind: 'List' },
      items: [
        {
          ...{ apiVersion: 'karpenter.sh/v1', kind: 'NodePool', metadata: { name: 'p' } },
          spec: { limits: { cpu: '8' }, template: { spec: { nodeClassRef: { kind: 'EC2NodeClass', name: 'c' } } } },
        },
        {
          ...{ apiVersion: 'karpenter.k8s.aws/v1', kind: 'EC2NodeClass', metadata: { name: 'c' } },
          spec: { subnetSelectorTerms: [{ id: 'subnet-a' }] },
        },
      ],
    });
    const change = await layYaml(list, two({ nodePools: [], nodeClasses: [] }));
    expect(change.unknowns).toEqual([]);
    expect(change.effects.find((e) => e.address === 'NodePool/p')?.subnets).toEqual(['subnet-a']);
  });
});

describe('objects of the CNI and of Karpenter', () => {
  it('names a setting that is misspelt, in a manifest and in the configuration of the add-on', async () => {
    const reason = 'ENABLE_PREFIX_DELEGATON is no setting of aws-node; ENABLE_PREFIX_DELEGATION is meant perhaps';
    const env = { ENABLE_PREFIX_DELEGATON: 'true', HTTPS_PROXY: 'http://proxy:3128' };
    const ofAddon = await layYaml(JSON.stringify({ env }), two(), 'addon');
    expect(ofAddon.notUnderstood.map((n) => n.reason)).toEqual([reason]);
    const container = { name: 'aws-node', env: Object.entries(env).map(([name, value]) => ({ name, value })) };
    const object = {
      ...{ apiVersion: 'apps/v1', kind: 'DaemonSet', metadata: { name: 'aws-node', namespace: 'kube-system' } },
      spec: { template: { spec: { containers: [container] } } },
    };
    expect((await layYaml(JSON.stringify(object), two())).notUnderstood.map((n) => n.reason)).toEqual([reason]);
  });

  it('names settings of Windows nodes, where there are some', async () => {
    const map =
      'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: amazon-vpc-cni, namespace: kube-system }\ndata: { enable-windows-prefix-delegation: "true", other: x }\n';
    const none = await layYaml(map, two());
    expect([none.notUnderstood, none.unconcerned]).toEqual([[], 1]);
    const { notUnderstood } = await layYaml(map, two({}, { labels: { 'kubernetes.io/os': 'windows' } }));
    expect(notUnderstood.map((n) => n.reason)).toEqual([
      'enable-windows-prefix-delegation: addresses of Windows nodes are not reckoned with, and there is 1',
    ]);
    const gone = map.replace('amazon-vpc-cni', 'other');
    expect((await layYaml(gone, two({}, { labels: { 'kubernetes.io/os': 'windows' } }))).unconcerned).toBe(1);
  });

  it('says that an ENIConfig does nothing while custom networking is off', async () => {
    const change = await layYaml(
      'apiVersion: crd.k8s.amazonaws.com/v1alpha1\nkind: ENIConfig\nmetadata: { name: eu-west-1a }\nspec: { subnet: subnet-b }\n',
      two({ eniConfigs: [] }),
    );
    expect(said(change)).toEqual([
      'ENIConfig eu-west-1a puts pods into subnet-b once custom networking is on: it is off',
    ]);
  });

  const custom = (over: Over = {}) =>
    two({
      env: { AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG: 'true', ENI_CONFIG_LABEL_DEF: 'topology.kubernetes.io/zone' },
      eniConfigs: [
        eniConfig({ name: 'eu-west-1a', subnetId: 'subnet-b' }),
        eniConfig({ name: 'eu-west-1b', subnetId: 'subnet-b' }),
      ],
      ...over,
    });

  it('names the nodes and pods that an ENIConfig leaves behind', async () => {
    const change = await layYaml(
      'apiVersion: crd.k8s.amazonaws.com/v1alpha1\nkind: ENIConfig\n$patch: delete\nmetadata: { name: eu-west-1a }\n',
      withZones(custom()),
    );
    expect(change.removals).toMatchObject([{ what: 'eni-config', id: 'eu-west-1a', nodes: ['a'], pods: 9 }]);
  });

  it('points an ENIConfig at another subnet, and names one that was not read', async () => {
    const text = (id: string) =>
      `apiVersion: crd.k8s.amazonaws.com/v1alpha1\nkind: ENIConfig\nmetadata: { name: eu-west-1a }\nspec: { subnet: ${id} }\n`;
    expect(said(await layYaml(text('subnet-a'), custom()))).toEqual([
      'ENIConfig eu-west-1a puts pods into subnet-a in place of subnet-b',
    ]);
    expect((await layYaml(text('subnet-0ff'), custom())).unknowns.map((u) => u.reason).join()).toContain('subnet-0ff');
  });

  it('moves pods to branch ENIs where a policy selects them', async () => {
    const text =
      'apiVersion: vpcresources.k8s.aws/v1beta1\nkind: SecurityGroupPolicy\nmetadata: { name: p, namespace: shop }\nspec: { podSelector: {}, securityGroups: { groupIds: [sg-1] } }\n';
    const on = await layYaml(text, two({ env: { ENABLE_POD_ENI: 'true' } }));
    expect(said(on)).toEqual(['12 pods move to branch ENIs when made anew']);
    expect(podsIn(on.snapshot, 'Deployment/web').every((p) => p.class === 'branch')).toBe(true);
    expect(said(await layYaml(text, two()))).toEqual([
      'ENABLE_POD_ENI is off, so it does nothing yet: 12 pods would get a branch ENI',
    ]);
  });

  it('reads what Karpenter may launch', async () => {
    const text = `
apiVersion: karpenter.k8s.aws/v1
kind: EC2NodeClass
metadata: { name: c }
spec: { subnetSelectorTerms: [{ tags: { tier: private } }] }
---
apiVersion: karpenter.sh/v1
kind: NodePool
metadata: { name: p }
spec:
  limits: { cpu: 20 }
  template: { spec: { nodeClassRef: { kind: EC2NodeClass, name: c }, requirements: [{ key: node.kubernetes.io/instance-type, operator: In, values: [m5.large] }] } }
`;
    const world = two();
    const subnets =
      'data' in world.subnets
        ? world.subnets.data.map((s): typeof s => ({
            ...s,
            tags: Object.fromEntries(s.subnetId === 'subnet-a' ? [['tier', 'private']] : []),
          }))
        : [];
    const change = await layYaml(text, { ...world, subnets: { status: 'ok', data: subnets } });
    expect(said(change)).toEqual(['launches into subnet-a', 'a new NodePool: cpu 20; instance-type In m5.large']);
    // 20 CPUs are ten m5.large of 30 addresses in subnet-a, beside what stands there; the managed group adds one node there
    const ceiling = await projectedOver(change, 'ceiling', { density: 'full' });
    expect(left(ceiling)['subnet-a']).toBeLessThan(251 - 20 - 200);
  });
});

describe('lists, unknown kinds and kinds of no concern', () => {
  it('reads the items of a list, names what has pods it cannot count, counts the rest', async () => {
    const text = `
apiVersion: v1
kind: List
items:
  - { apiVersion: v1, kind: ConfigMap, metadata: { name: c } }
  - { apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: { name: n } }
  - { apiVersion: example.com/v1, kind: Database, metadata: { name: d }, spec: { template: { spec: { containers: [{ name: a, image: b }] } } } }
  - { apiVersion: argoproj.io/v1alpha1, kind: Application, metadata: { name: app } }
`;
    const change = await layYaml(text, two());
    expect(change.unconcerned).toBe(2);
    expect(change.notUnderstood.map((n) => n.address)).toEqual(['Database/default/d', 'Application/default/app']);
  });

  it('refuses what is no change', async () => {
    await expect(layYaml('hello', two())).rejects.toThrow('is no change that is known');
    await expect(layYaml('replicaCount: 3', two())).rejects.toThrow('helm:FILE');
  });
});

describe('settings', () => {
  const mode = async ({ snapshot }: { readonly snapshot: ClusterSnapshot }) =>
    (await runOf(snapshot)).valueOf(networking)?.mode;

  it('come from Helm values: what the file does not set falls back to the chart', async () => {
    const change = await layYaml(
      'env: { ENABLE_PREFIX_DELEGATION: "true" }',
      two({ env: { WARM_IP_TARGET: '5' } }),
      'helm',
    );
    expect(await mode(change)).toBe('prefix');
    expect(said(change)[0]).toContain('WARM_IP_TARGET 5 → unset');
  });

  it('come from the configuration of the add-on, which replaces the one there was', async () => {
    const managed = two({
      env: { WARM_IP_TARGET: '5' },
      addons: [addon({ configuration: { env: { WARM_IP_TARGET: '5' } } })],
    });
    const change = await layYaml('{"env":{"MINIMUM_IP_TARGET":"12"}}', managed, 'addon');
    expect(said(change)).toEqual(['aws-node: MINIMUM_IP_TARGET unset → 12, WARM_IP_TARGET 5 → unset']);
  });

  it('come from the DaemonSet aws-node itself, and hold no secret', async () => {
    const text =
      'apiVersion: apps/v1\nkind: DaemonSet\nmetadata: { name: aws-node, namespace: kube-system }\nspec: { template: { spec: { hostNetwork: true, containers: [{ name: aws-node, image: "x/amazon-k8s-cni:v1.21.0", env: [{ name: ENABLE_IPv4, value: "true" }, { name: ENABLE_PREFIX_DELEGATION, value: "true" }, { name: TOKEN, value: hidden }] }] } } }\n';
    const change = await layYaml(text, two());
    expect(await mode(change)).toBe('prefix');
    expect(JSON.stringify(change)).not.toContain('hidden');
  });
});

describe('a ClusterConfig of eksctl', () => {
  const config = (groups: string, name = 'prod') =>
    `apiVersion: eksctl.io/v1alpha5\nkind: ClusterConfig\nmetadata: { name: ${name}, region: eu-west-1 }\n${groups}\n`;

  it('changes the sizes of a group', async () => {
    const change = await layYaml(
      config(
        'managedNodeGroups: [{ name: workers, minSize: 1, desiredCapacity: 4, maxSize: 30, instanceType: m5.large }]',
      ),
      two(),
    );
    expect(said(change)).toEqual(['m5.large, 4 nodes (1 to 30) in place of 1 (1 to 3)']);
    const ceiling = await projectedOver(change, 'ceiling', { density: 'full' });
    // fifteen a zone of 30 addresses: 251 - 450
    expect(left(ceiling)).toEqual({ 'subnet-a': -199, 'subnet-b': -199 });
    expect(ceiling.verdict).toBe('fail');
  });

  it('stands alone for a cluster that does not exist yet: eksctl cuts 192.168.0.0/16 into eight', async () => {
    const change = await layYaml(
      config('managedNodeGroups: [{ name: w, desiredCapacity: 3, privateNetworking: true, instanceType: m5.large }]'),
      undefined,
    );
    const apply = await projectedOver(change, 'apply');
    const private_ = apply.subnets.filter((s) => s.feeds.includes('nodes')).map((s) => [s.cidr, s.addresses.after]);
    // one full node a zone: 8192 - 5 - 30
    expect(private_).toEqual([
      ['192.168.96.0/19', 8157],
      ['192.168.128.0/19', 8157],
      ['192.168.160.0/19', 8157],
    ]);
  });

  it('of another cluster is refused', async () => {
    await expect(layYaml(config('', 'other'), two())).rejects.toThrow('of the cluster other, not of prod');
  });
});

/** The zone labels that ENI_CONFIG_LABEL_DEF asks for. */
function withZones(of: ClusterSnapshot): ClusterSnapshot {
  if (!('data' in of.nodes)) return of;
  const data = of.nodes.data.map((n) => ({
    ...n,
    labels: { ...n.labels, 'topology.kubernetes.io/zone': `eu-west-1${n.name}` },
  }));
  return { ...of, nodes: { status: 'ok', data } };
}

describe('a Deployment that rolls', () => {
  // 27 usable addresses: node a holds 20 with nine pods, and 30 with eighteen
  const tight = () =>
    new World()
      .subnet('subnet-a', '10.0.0.0/27', 'eu-west-1a')
      .node('a', { home: 'subnet-a', primary: 9, further: [9], running: 9 })
      .snapshot();
  const rolled = async (strategy: string) =>
    projectedOver(await layYaml(deployment(`replicas: 9\n  strategy: ${strategy}`), tight()), 'apply');

  it('has its surge beside it at the peak: without room for it a roll-out that may lose no pod hangs', async () => {
    const found = await rolled('{ rollingUpdate: { maxSurge: 100%, maxUnavailable: 0 } }');
    expect(found).toMatchObject({ verdict: 'fail' });
    expect(found.title).toMatch(/while 9 more pods stand beside those they replace/);
    expect(left(found)).toEqual({ 'subnet-a': -3 });
  });

  it('is at risk alone where old pods may make room', async () => {
    expect(await rolled('{ rollingUpdate: { maxSurge: 100%, maxUnavailable: 1 } }')).toMatchObject({
      verdict: 'at-risk',
    });
  });

  it('takes nothing more where old pods go first', async () => {
    const found = await rolled('{ type: Recreate }');
    expect(found.title).not.toMatch(/stand beside/);
    expect(left(found)).toEqual({ 'subnet-a': 7 });
  });

  it('has a quarter more, rounded up, unless it says otherwise', async () => {
    const { rolling } = await layYaml(deployment('replicas: 9'), tight());
    expect(rolling).toEqual([{ owner: 'Deployment/web', namespace: 'shop', pods: 3, must: false }]);
    expect((await layYaml(deployment('replicas: 3', 'new'), tight())).rolling).toEqual([]);
  });
});

describe('a hook of Helm', () => {
  const job = (name: string, hook: string) => `
apiVersion: batch/v1
kind: Job
metadata: { ${name}, namespace: shop${hook === '' ? '' : `, annotations: { helm.sh/hook: "${hook}" }`} }
spec: { parallelism: 2, template: { spec: { containers: [{ name: a, image: example.com/a:1 }] } } }
`;

  it.each(['test', 'test-success', 'post-delete', 'pre-rollback, test'])(
    '%s makes nothing when it is applied',
    async (hook) => {
      const change = await layYaml(job('name: x', hook), two());
      expect([said(change), change.unconcerned, change.notUnderstood]).toEqual([[], 1, []]);
    },
  );

  it.each(['pre-install', 'test, post-upgrade', 'my-own'])('%s makes its pods', async (hook) => {
    expect(said(await layYaml(job('name: x', hook), two()))).toEqual(["+2 pods: 2 on today's nodes"]);
  });

  it('with a generated name is told by its prefix', async () => {
    const asks = job('generateName: nightly-', '').replace(
      'spec: { containers',
      'spec: { nodeSelector: { gpu: "yes" }, containers',
    );
    const change = await layYaml(`${asks}---${asks}`, two());
    const today = await projectedOver(change, 'today');
    expect(today.pending.map((p) => p.owner)).toEqual(['Job/nightly-…', 'Job/nightly-…2']);
  });

  it('or not, each object with a generated name is one more', async () => {
    const change = await layYaml(`${job('generateName: x-', '')}---${job('generateName: x-', '')}`, two());
    expect(said(change)).toEqual(["+2 pods: 2 on today's nodes", "+2 pods: 2 on today's nodes"]);
    expect(change.effects.map((e) => e.address)).toEqual(['Job/shop/x-', 'Job/shop/x-']);
  });
});
