/** Peaks on the way: releases, instance refreshes, Karpenter's budgets; and NodePools whose type nobody has chosen yet. */
import { describe, expect, it } from 'vitest';
import { loadCatalog } from '../../../src/calc/catalog/index.ts';
import { Run } from '../../../src/inspect/facts/define-fact.ts';
import { launchGroups } from '../../../src/inspect/facts/launch-groups.ts';
import type { NodeClass, NodePool } from '../../../src/inspect/snapshot/kubernetes.ts';
import type { ClusterSnapshot } from '../../../src/inspect/snapshot.ts';
import { left, projected } from '../../support/plan-world.ts';
import { workloads } from '../../support/snapshot-builder.ts';
import { World } from '../checks/world.ts';

const ZONES = ['eu-west-1a', 'eu-west-1b', 'eu-west-1c'] as const;
const SUBNETS = ['subnet-a', 'subnet-b', 'subnet-c'];

/** Three /24 in three zones with one m5.large each, 20 addresses held with 5 pods. */
function three(labels: Record<string, string> = { 'eks.amazonaws.com/nodegroup': 'workers' }, running = 5): World {
  const world = new World();
  for (const [i, zone] of ZONES.entries()) world.subnet(`subnet-${zone.at(-1)}`, `10.0.${i}.0/24`, zone);
  for (const zone of ZONES)
    world.node(`n-${zone.at(-1)}`, {
      home: `subnet-${zone.at(-1)}`,
      primary: 9,
      further: [9],
      running,
      node: { labels },
    });
  return world;
}

const TYPE = 'node.kubernetes.io/instance-type';

function pool(part: Partial<NodePool> = {}): NodePool {
  return {
    name: 'pool',
    nodeClass: { kind: 'EC2NodeClass', name: 'default' },
    limits: {},
    requirements: [{ key: TYPE, operator: 'In', values: ['m5.large'] }],
    expireAfter: 'Never',
    ...part,
  };
}

const CLASS = { kind: 'EC2NodeClass', name: 'default', subnetIds: SUBNETS, securityGroupIds: [], maxPods: 110 };

function karpenter(part: Partial<NodePool> = {}, world = three({ 'karpenter.sh/nodepool': 'pool' })): ClusterSnapshot {
  return world.snapshot({ nodegroups: [], nodePools: [pool(part)], nodeClasses: [CLASS] });
}

async function groupIn(of: ClusterSnapshot) {
  return new Run(of, await loadCatalog()).valueOf(launchGroups)![0]!;
}

describe('what breaks first', () => {
  it('is told of today where the nodes of today are short already, not of the first that is added', async () => {
    const world = new World()
      .subnet('subnet-a', '10.0.0.0/27', 'eu-west-1a')
      .node('n-a', { home: 'subnet-a', primary: 9, running: 18, node: { labels: {} } })
      .node('n-b', { home: 'subnet-a', primary: 9, running: 5, node: { labels: {} } });
    // 27 addresses, 20 held; 18 pods ask for 27 slots on three ENIs and 5 for 18 on two: 20 and 10 more
    const plan = await projected(world.snapshot(), 'nodes=+1');
    expect(plan.firstToBreak?.statement).toContain("with today's nodes");
  });
});

describe('a release on top of the maxima', () => {
  const web = { kind: 'Deployment', namespace: 'shop', name: 'web', replicas: 15, ready: 15 };
  const scaler = {
    namespace: 'shop',
    name: 'web',
    targetKind: 'Deployment',
    targetName: 'web',
    minReplicas: 1,
    maxReplicas: 24,
    currentReplicas: 15,
  };

  it('brings a quarter of the replicas more, rounded up: 24 are 8 a node, 30 are 10 and a third ENI', async () => {
    const of = (maxSurge?: string) =>
      three().snapshot({
        workloads: workloads({ autoscalers: [scaler], controllers: [{ ...web, ...(maxSurge ? { maxSurge } : {}) }] }),
      });
    const released = await projected(of(), 'workload');
    expect(released).toMatchObject({
      podsAdded: 9 + 6,
      title: expect.stringContaining('a release of Deployment/web: +6'),
    });
    expect(left(released)).toEqual({ 'subnet-a': 221, 'subnet-b': 221, 'subnet-c': 221 });
    expect((await projected(of('2'), 'workload')).podsAdded).toBe(9 + 2);
    // old pods go first
    const recreated = await projected(of('0'), 'workload');
    expect(recreated.podsAdded).toBe(9);
    expect(left(recreated)).toEqual({ 'subnet-a': 231, 'subnet-b': 231, 'subnet-c': 231 });
  });
});

describe('an instance refresh', () => {
  const asg = {
    name: 'asg',
    minSize: 1,
    maxSize: 9,
    desiredCapacity: 3,
    subnetIds: SUBNETS,
    instanceIds: ['i-n-a', 'i-n-b', 'i-n-c'],
    launchTemplate: { id: 'lt-1' },
    tags: {},
  };
  const sections = (part = {}) => ({
    nodegroups: [],
    autoScalingGroups: [{ ...asg, ...part }],
    launchTemplates: [{ id: 'lt-1', version: 1, instanceType: 'm5.large' }],
  });

  it('takes a tenth away first unless the group may be over-full', async () => {
    expect((await projected(three({}).snapshot(sections()), 'upgrade')).nodesAdded).toBe(0);
  });

  it('brings up what its maintenance policy allows beyond all of it, rounded up', async () => {
    const of = three({}).snapshot(sections({ minHealthyPercent: 100, maxHealthyPercent: 150 }));
    expect((await projected(of, 'upgrade')).nodesAdded).toBe(2);
  });
});

describe('what Karpenter disrupts at once', () => {
  it.each([
    ['a tenth without a budget, one at least', undefined, 'Never', 1],
    ['the strictest of its budgets', ['70%', '2'], 'Never', 2],
    ['all where there are budgets for other times only', ['100%'], 'Never', 3],
    ['all where nodes expire, which no budget bounds', ['1'], '720h', 3],
  ])('is %s', async (_, budgets, expireAfter, nodes) => {
    const group = await groupIn(karpenter({ ...(budgets ? { budgets } : {}), expireAfter }));
    expect(group.surge).toEqual({ order: 'before', nodes });
  });
});

describe('new nodes of Karpenter', () => {
  it('may all come up in one zone: each is judged with all of them', async () => {
    const plan = await projected(karpenter({ budgets: ['2'] }), 'upgrade');
    expect(plan.nodesAdded).toBe(2);
    // two nodes of 20, wherever they come up
    expect(left(plan)).toEqual({ 'subnet-a': 191, 'subnet-b': 191, 'subnet-c': 191 });
    expect(plan.assumptions).toContainEqual(expect.stringContaining('in one zone'));
  });

  it('go no further than memory allows, and are of no type that alone has more', async () => {
    const choice = [{ key: TYPE, operator: 'In', values: ['m5.large', 'm5.4xlarge'] }];
    const of = karpenter({ requirements: choice, limits: { cpu: '1000', memory: '40Gi' } });
    // three of 8 GiB run: two more; an m5.4xlarge has 64 GiB
    expect(await groupIn(of)).toMatchObject({ instanceTypes: ['m5.large'], max: 5 });
    expect((await projected(of, 'ceiling')).nodesAdded).toBe(2);
  });
});

describe('a NodePool with a choice of types', () => {
  const choice = { requirements: [{ key: TYPE, operator: 'In', values: ['m5.large', 'm5.4xlarge'] }] };
  const flags = { nodegroup: 'pool' };

  it('is a range, both ends printed: 20 addresses of an m5.large with 5 pods, 60 of an m5.4xlarge', async () => {
    // m5.4xlarge: 8 ENIs of 30; with 5 pods 29 + 29 pod addresses and two of the ENIs.
    const plan = await projected(karpenter(choice), 'nodes=+3', { flags });
    expect(plan.subnets.map((s) => s.addresses)).toMatchObject(
      SUBNETS.map(() => ({ before: 231, need: { min: 20, max: 60 }, after: { min: 171, max: 211 } })),
    );
    // 231 addresses are 3 nodes of 60, or 11 of 20, in each zone
    expect(plan.nodesUntilExhaustion).toEqual({ min: 9, max: 33 });
    expect(plan.assumptions).toContainEqual(expect.stringContaining('from m5.large to m5.4xlarge'));
  });

  it('goes as far as its CPUs allow of each type: 14 more m5.large, or one m5.4xlarge and 12 CPUs left', async () => {
    const plan = await projected(karpenter({ ...choice, limits: { cpu: '34' } }), 'ceiling');
    // 34 CPUs less the 6 of today's three; 14 nodes of 20 are five in the fullest zone, one of 60 may be in any
    expect(plan.nodesAdded).toBe(14);
    expect(plan.subnets.map((s) => s.addresses.need)).toEqual(SUBNETS.map(() => ({ min: 60, max: 100 })));
  });

  it('may be named by category, generation and size; accelerators and bare metal only where nothing else is left', async () => {
    const requirements = [
      { key: 'karpenter.k8s.aws/instance-category', operator: 'In', values: ['m', 'p'] },
      { key: 'karpenter.k8s.aws/instance-generation', operator: 'In', values: ['5'] },
      { key: 'karpenter.k8s.aws/instance-cpu', operator: 'Lt', values: ['5'] },
      { key: 'kubernetes.io/arch', operator: 'In', values: ['amd64'] },
    ];
    const { instanceTypes, typesOpen } = await groupIn(karpenter({ requirements }));
    expect(typesOpen).toBe(false);
    expect([...instanceTypes].sort()).toEqual(
      ['', 'a', 'ad', 'd', 'dn', 'n', 'zn'].flatMap((s) => [`m5${s}.large`, `m5${s}.xlarge`]).sort(),
    );
  });
});

describe('subnets of a NodeClass', () => {
  it('are those its terms select where the controller has not told yet', async () => {
    const world = new World()
      .subnet('subnet-a', '10.0.0.0/24', 'eu-west-1a', { tags: { 'karpenter.sh/discovery': 'prod' } })
      .subnet('subnet-b', '10.0.1.0/24', 'eu-west-1b', { tags: { 'karpenter.sh/discovery': 'test' } })
      .subnet('subnet-c', '10.0.2.0/24', 'eu-west-1c');
    const subnetSelector: NodeClass['subnetSelector'] = [
      { tags: { 'karpenter.sh/discovery': 'prod' } },
      { id: 'subnet-c', tags: {} },
    ];
    const nodeClasses = [{ ...CLASS, subnetIds: [], subnetSelector }];
    const group = await groupIn(world.snapshot({ nodegroups: [], nodePools: [pool()], nodeClasses }));
    expect(group.subnetIds).toEqual(['subnet-a', 'subnet-c']);
  });

  it('are filled from the one with most free addresses, which is an order and no limit', async () => {
    const world = new World()
      .subnet('subnet-a', '10.0.0.0/25', 'eu-west-1a')
      .subnet('subnet-b', '10.0.1.0/24', 'eu-west-1a');
    world.node('n', {
      home: 'subnet-a',
      primary: 9,
      further: [9],
      running: 5,
      node: { labels: { 'karpenter.sh/nodepool': 'pool' } },
    });
    const sections = {
      nodegroups: [],
      nodePools: [pool()],
      nodeClasses: [{ ...CLASS, subnetIds: ['subnet-a', 'subnet-b'] }],
    };
    // 103 and 251 free: eight nodes of 20 bring the larger to 91, the ninth goes to the smaller
    const plan = await projected(world.snapshot(sections), 'nodes=+9', { flags: { nodegroup: 'pool' } });
    expect(left(plan)).toEqual({ 'subnet-a': 83, 'subnet-b': 91 });
  });
});
