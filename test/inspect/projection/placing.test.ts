/**
 * Where pods find a place, by what they ask of a node. An m5.large has 3 ENIs of 10 addresses: 20 with 1 to 9 pods, 30 with
 * more; kubelet lets it run 29 pods, of which aws-node and kube-proxy are two.
 */
import { describe, expect, it } from 'vitest';
import type { Node } from '../../../src/inspect/snapshot/kubernetes.ts';
import type { PodNeeds } from '../../../src/inspect/snapshot/pods.ts';
import { left, projected } from '../../support/plan-world.ts';
import { denied, nodegroup, pod, workloads } from '../../support/snapshot-builder.ts';
import { World } from '../checks/world.ts';

const ZONES = ['eu-west-1a', 'eu-west-1b', 'eu-west-1c'] as const;
const GIB = 2 ** 30;
const BIG = { cpuMillis: 100_000, memoryBytes: 400 * GIB };

function needs(part: Partial<PodNeeds> = {}): PodNeeds {
  return { cpuMillis: 0, memoryBytes: 0, nodeSelector: {}, tolerations: [], ...part };
}

/** Three /24 in three zones with one node each; `nodes` says what each is like, `asked` what the pods of web ask for. */
function cluster(
  asked: PodNeeds,
  { running = 3, nodes = {} }: { running?: number; nodes?: Readonly<Record<string, Partial<Node>>> } = {},
): World {
  const world = new World();
  for (const [i, zone] of ZONES.entries()) world.subnet(`subnet-${zone.at(-1)}`, `10.0.${i}.0/24`, zone);
  for (const zone of ZONES) {
    const at = zone.at(-1)!;
    const { labels, ...part } = nodes[at] ?? {};
    world.node(`n-${at}`, {
      home: `subnet-${at}`,
      primary: 9,
      further: [9],
      running,
      node: { ...BIG, ...part, labels: { 'eks.amazonaws.com/nodegroup': 'workers', ...labels } },
    });
  }
  for (const [i, one] of world.pods.entries())
    world.pods[i] = { ...one, needs: one.owner === 'Deployment/web' ? asked : needs() };
  return world;
}

const SUBNETS = ['subnet-a', 'subnet-b', 'subnet-c'];
const group = (part = {}) => nodegroup({ name: 'workers', subnetIds: SUBNETS, maxSize: 3, desiredSize: 3, ...part });
const WEB = { flags: { like: { kind: 'deploy', name: 'web', namespace: 'shop' } } };

describe('pods go to nodes the scheduler would let them on', () => {
  it('with the labels of their selector: 24 fit beside 3 on the one such node, the rest is named', async () => {
    const world = cluster(needs({ nodeSelector: { disk: 'ssd' } }), { nodes: { b: { labels: { disk: 'ssd' } } } });
    const plan = await projected(world.snapshot({ nodegroups: [group({ maxSize: 9 })] }), 'pods=30', WEB);
    // 29 less two on the host network less three web pods; the ENIs hold 27.
    expect(plan).toMatchObject({ podsAdded: 24, nodesAdded: 0, verdict: 'at-risk' });
    expect(plan.pending).toEqual([{ owner: 'Deployment/web', pods: 6, reason: expect.stringContaining('disk=ssd') }]);
    expect(left(plan)).toEqual({ 'subnet-a': 231, 'subnet-b': 221, 'subnet-c': 231 });
  });

  it('by any term of their required affinity', async () => {
    const affinity = [
      [{ key: 'disk', operator: 'In', values: ['ssd', 'nvme'] }],
      [{ key: 'cores', operator: 'Gt', values: ['8'] }],
    ];
    const nodes = { a: { labels: { disk: 'nvme' } }, b: { labels: { cores: '16' } }, c: { labels: { cores: '8' } } };
    const plan = await projected(cluster(needs({ affinity }), { nodes }).snapshot(), 'pods=20', WEB);
    // 10 more on each of a and b: 13 pods ask for a third ENI.
    expect(left(plan)).toEqual({ 'subnet-a': 221, 'subnet-b': 221, 'subnet-c': 231 });
  });

  it('not behind a taint they do not stand, nor on a cordoned node', async () => {
    const nodes = {
      a: { taints: [{ key: 'team', value: 'ml', effect: 'NoSchedule' }] },
      b: { taints: [{ key: 'team', value: 'ml', effect: 'PreferNoSchedule' }] },
      c: { unschedulable: true },
    };
    const plain = await projected(cluster(needs(), { nodes }).snapshot(), 'pods=7', WEB);
    expect(left(plain)).toEqual({ 'subnet-a': 231, 'subnet-b': 221, 'subnet-c': 231 });
    const tolerations = [{ key: 'team', value: 'ml', effect: 'NoSchedule' }];
    const standing = await projected(cluster(needs({ tolerations }), { nodes }).snapshot(), 'pods=14', WEB);
    expect(left(standing)).toEqual({ 'subnet-a': 221, 'subnet-b': 221, 'subnet-c': 231 });
  });

  it('as far as CPU and memory go: 2 CPUs of which 1.5 are asked for hold one more pod of 500m', async () => {
    const nodes = { a: { cpuMillis: 2000 }, b: { cpuMillis: 2000 }, c: { memoryBytes: 4 * GIB } };
    const world = cluster(needs({ cpuMillis: 500, memoryBytes: GIB }), { nodes });
    const plan = await projected(world.snapshot({ nodegroups: [group()] }), 'pods=10', WEB);
    expect(plan.podsAdded).toBe(3);
    expect(plan.pending).toMatchObject([{ owner: 'Deployment/web', pods: 7 }]);
  });

  it('one a node where they keep each other off', async () => {
    const world = cluster(needs({ apart: 'node' }), { running: 0 });
    const apart = needs({ apart: 'node' });
    world.pods.push(pod({ name: 'web-0', namespace: 'shop', node: 'n-a', owner: 'Deployment/web', needs: apart }));
    const plan = await projected(world.snapshot({ nodegroups: [group({ maxSize: 5 })] }), 'pods=5', WEB);
    // on b and c, then on the two nodes the group may still launch
    expect(plan).toMatchObject({ podsAdded: expect.any(Number), nodesAdded: 2 });
    expect(plan.pending).toMatchObject([{ pods: 1 }]);
  });

  it('one a node also where they come at two occasions: a release finds none beside the maximum', async () => {
    const apart = needs({ apart: 'node' });
    const world = cluster(apart, { running: 0 });
    world.pods.push(pod({ name: 'web-0', namespace: 'shop', node: 'n-a', owner: 'Deployment/web', needs: apart }));
    const web = { kind: 'Deployment', namespace: 'shop', name: 'web', replicas: 1, ready: 1, maxSurge: '1' };
    const scaler = { targetKind: 'Deployment', targetName: 'web', minReplicas: 1, maxReplicas: 3, currentReplicas: 1 };
    const autoscalers = [{ namespace: 'shop', name: 'web', ...scaler }];
    const of = world.snapshot({ nodegroups: [group()], workloads: workloads({ controllers: [web], autoscalers }) });
    const plan = await projected(of, 'workload');
    expect(plan.pending).toMatchObject([{ owner: 'Deployment/web', pods: 1 }]);
  });

  it('no more on a node than a hard spread over nodes lets them: one beside the three of a cordoned one', async () => {
    const spread = cluster(needs({ nodeSkew: 1 }), { nodes: { c: { unschedulable: true } } });
    const kept = await projected(spread.snapshot({ nodegroups: [group()] }), 'pods=10', WEB);
    expect(kept).toMatchObject({ podsAdded: 2, nodesAdded: 0, pending: [{ pods: 8 }] });
    // a new node carries three, as today's do
    const further = await projected(spread.snapshot({ nodegroups: [group({ maxSize: 5 })] }), 'pods=10', WEB);
    expect(further).toMatchObject({ nodesAdded: 2, pending: [{ pods: 2 }] });
    const open = await projected(cluster(needs({ nodeSkew: 1 })).snapshot({ nodegroups: [group()] }), 'pods=10', WEB);
    expect(open).toMatchObject({ podsAdded: 10, pending: [] });
  });
});

describe('pods that wait for a node today', () => {
  const waiting = (i: number) => {
    const { node: _, ...one } = pod({ name: `late-${i}`, namespace: 'shop', owner: 'Deployment/late', needs: needs() });
    return { ...one, phase: 'Pending' as const };
  };

  it('are part of every scenario: six on three nodes of eight, each of which then asks for a third ENI', async () => {
    const world = cluster(needs(), { running: 8 });
    world.pods.push(...Array.from({ length: 6 }, (_, i) => waiting(i)));
    const plan = await projected(world.snapshot({ nodegroups: [group()] }), 'today');
    expect(plan.podsAdded).toBe(6);
    expect(left(plan)).toEqual({ 'subnet-a': 221, 'subnet-b': 221, 'subnet-c': 221 });
    expect(plan.assumptions).toContainEqual('6 pods that wait for a node today are placed as well');
  });

  it('are named where nothing could take them', async () => {
    const world = cluster(needs());
    world.pods.push({ ...waiting(0), needs: needs({ nodeSelector: { disk: 'ssd' } }) });
    const plan = await projected(world.snapshot({ nodegroups: [group()] }), 'today');
    expect(plan).toMatchObject({ verdict: 'at-risk', pending: [{ owner: 'Deployment/late', pods: 1 }] });
  });
});

describe('a node that is closed to pods', () => {
  it.each([
    ['cordoned', { unschedulable: true }],
    ['behind a taint', { taints: [{ key: 'team', value: 'ml', effect: 'NoSchedule' }] }],
  ])('keeps what it has where others fill up: %s', async (_, c) => {
    const of = cluster(needs(), { nodes: { c } }).snapshot({ nodegroups: [group()] });
    // 20 pods: 27 slots on three ENIs
    const plan = await projected(of, 'apply', { density: 20 });
    expect(left(plan)).toEqual({ 'subnet-a': 221, 'subnet-b': 221, 'subnet-c': 231 });
  });
});

describe('new nodes come from groups that could host the pods', () => {
  const ssd = needs({ nodeSelector: { disk: 'ssd' }, tolerations: [{ key: 'disk' }] });

  it('with the label and the taint the group declares', async () => {
    const groups = [
      group({ maxSize: 50 }),
      nodegroup({
        name: 'ssd',
        subnetIds: ['subnet-c'],
        desiredSize: 0,
        minSize: 0,
        maxSize: 2,
        labels: { disk: 'ssd' },
        taints: [{ key: 'disk', value: 'ssd', effect: 'NO_SCHEDULE' }],
      }),
    ];
    const plan = await projected(cluster(ssd).snapshot({ nodegroups: groups }), 'pods=4', WEB);
    // three pods a node is the 95th percentile of today: two nodes of 20 in zone c
    expect(plan).toMatchObject({ nodesAdded: 2, pending: [] });
    expect(left(plan)).toEqual({ 'subnet-a': 231, 'subnet-b': 231, 'subnet-c': 191 });
    const intolerant = needs({ nodeSelector: { disk: 'ssd' } });
    const kept = await projected(cluster(intolerant).snapshot({ nodegroups: groups }), 'pods=4', WEB);
    expect(kept).toMatchObject({ nodesAdded: 0, pending: [{ pods: 4 }], verdict: 'at-risk' });
  });

  it('of which each takes what its CPU holds', async () => {
    const nodes = Object.fromEntries(['a', 'b', 'c'].map((at) => [at, { cpuMillis: 1900 }]));
    const world = cluster(needs({ cpuMillis: 900 }), { running: 2, nodes });
    const plan = await projected(world.snapshot({ nodegroups: [group({ maxSize: 9 })] }), 'pods=6', {
      ...WEB,
      density: 20,
    });
    // two pods of 0.9 CPU fill a node of 1.9
    expect(plan).toMatchObject({ nodesAdded: 3, pending: [] });
  });

  it('and are filled by one workload after the other', async () => {
    const nodes = Object.fromEntries(['a', 'b', 'c'].map((at) => [at, { cpuMillis: 30 }]));
    const full = cluster(needs({ cpuMillis: 10 }), { nodes });
    for (const [i, one] of full.pods.entries())
      if (one.node === 'n-a' && one.owner === 'Deployment/web')
        full.pods[i] = { ...one, owner: `Deployment/${one.name}` };
    const plan = await projected(full.snapshot({ nodegroups: [group({ maxSize: 4 })] }), 'az-loss=eu-west-1a');
    // three workloads of one pod each share one new node of three
    expect(plan).toMatchObject({ nodesAdded: 1, pending: [] });
  });

  it('of a NodePool, by its labels and requirements', async () => {
    const pool = {
      name: 'ssd',
      nodeClass: { kind: 'EC2NodeClass', name: 'default' },
      limits: { cpu: '4' },
      requirements: [
        { key: 'node.kubernetes.io/instance-type', operator: 'In', values: ['m5.large'] },
        { key: 'topology.kubernetes.io/zone', operator: 'In', values: ['eu-west-1b'] },
      ],
      labels: { disk: 'ssd' },
    };
    const nodeClass = {
      kind: 'EC2NodeClass',
      name: 'default',
      subnetIds: SUBNETS,
      securityGroupIds: [],
      maxPods: 29,
    };
    const sections = { nodegroups: [group()], nodePools: [pool], nodeClasses: [nodeClass] };
    const plan = await projected(cluster(ssd).snapshot(sections), 'pods=8', WEB);
    // 4 CPUs are two nodes of three pods; two pods stay
    expect(plan).toMatchObject({ nodesAdded: 2, pending: [{ pods: 2 }] });
    expect(left(plan)).toEqual({ 'subnet-a': 231, 'subnet-b': 191, 'subnet-c': 231 });
    const elsewhere = needs({ nodeSelector: { disk: 'ssd', 'topology.kubernetes.io/zone': 'eu-west-1a' } });
    expect(await projected(cluster(elsewhere).snapshot(sections), 'pods=1', WEB)).toMatchObject({
      nodesAdded: 0,
      pending: [{ pods: 1 }],
    });
  });

  it('is not decided where what launches nodes was not read, and the right is named', async () => {
    const of = cluster(ssd).snapshot({ nodegroups: [group()], nodePools: denied('nodepools.karpenter.sh: list') });
    const plan = await projected(of, 'pods=4', WEB);
    expect(plan.verdict).toBe('incomplete');
    expect(plan.incomplete).toContainEqual(
      expect.objectContaining({
        permission: 'nodepools.karpenter.sh: list',
        reason: expect.stringContaining('nodePools'),
      }),
    );
  });

  it('is not decided where a group without nodes may set labels nobody read', async () => {
    const asg = {
      name: 'asg-1',
      minSize: 0,
      maxSize: 5,
      desiredCapacity: 0,
      subnetIds: SUBNETS,
      instanceIds: [],
      launchTemplate: { id: 'lt-1' },
      tags: {},
    };
    const template = { id: 'lt-1', version: 1, instanceType: 'm5.large' };
    const sections = { nodegroups: [group()], autoScalingGroups: [asg], launchTemplates: [template] };
    const plan = await projected(cluster(ssd).snapshot(sections), 'pods=4', WEB);
    expect(plan).toMatchObject({ verdict: 'incomplete', pending: [{ pods: 4 }] });
    expect(plan.incomplete[0]!.reason).toContain('asg-1');
    const tagged = { ...asg, tags: { 'k8s.io/cluster-autoscaler/node-template/label/disk': 'ssd' } };
    const told = await projected(cluster(ssd).snapshot({ ...sections, autoScalingGroups: [tagged] }), 'pods=4', WEB);
    expect(told).toMatchObject({ nodesAdded: 2, pending: [] });
  });
});

describe('a lost zone', () => {
  it('gives no room to further nodes: 231 ÷ 20 = 11 in each of the two that are left', async () => {
    const of = cluster(needs()).snapshot({ nodegroups: [group({ maxSize: 50 })] });
    const plan = await projected(of, 'az-loss=eu-west-1a');
    expect(plan).toMatchObject({ title: expect.stringContaining('1 node, 3 pods come'), nodesUntilExhaustion: 22 });
    // three pods a node is the 95th percentile of today; those that came filled up what room there was
    expect(plan.podsUntilExhaustion).toBe(66);
  });

  it('keeps pods of a hard spread no further apart than they may be', async () => {
    const world = cluster(needs({ zoneSkew: 1 }), { nodes: { b: { unschedulable: true } } });
    const onlyHere = { nodegroups: [group({ subnetIds: ['subnet-a'] })] };
    const plan = await projected(world.snapshot(onlyHere), 'az-loss=eu-west-1a');
    // b takes none and stays at 3: c may reach 4, so one of three moves
    expect(plan.pending).toEqual([
      { owner: 'Deployment/web', pods: 2, reason: expect.stringContaining('must spread over zones') },
    ]);
  });

  it('keeps pods whose volume is there, branch pods among them, and says where it could not see', async () => {
    const world = cluster(needs());
    const [web] = world.pods.filter((p) => p.node === 'n-a' && p.owner === 'Deployment/web');
    const i = world.pods.indexOf(web!);
    world.pods[i] = { ...web!, owner: 'StatefulSet/db', class: 'branch', claims: ['data-db-0'] };
    const volume = { name: 'pv-1', claim: 'shop/data-db-0', zones: ['eu-west-1a'] };
    const seen = await projected(world.snapshot({ persistentVolumes: [volume] }), 'az-loss=eu-west-1a');
    expect(seen.pending).toMatchObject([{ owner: 'StatefulSet/db in shop', pods: 1 }]);
    expect(seen.title).toContain('2 pods come to');
    const blind = await projected(
      world.snapshot({ persistentVolumes: denied('persistentvolumes: list') }),
      'az-loss=eu-west-1a',
    );
    expect(blind.incomplete).toContainEqual(
      expect.objectContaining({ permission: 'persistentvolumes: list', reason: expect.stringContaining('1 pod with') }),
    );
  });

  it('keeps pods whose selector names it', async () => {
    const world = cluster(needs({ nodeSelector: { 'topology.kubernetes.io/zone': 'eu-west-1a' } }));
    const plan = await projected(world.snapshot({ nodegroups: [group({ maxSize: 9 })] }), 'az-loss=eu-west-1a');
    expect(plan.pending).toMatchObject([{ owner: 'Deployment/web', pods: 3 }]);
  });
});
