/**
 * Small clusters worked out on paper. An m5.large has 3 ENIs of 10 addresses; with WARM_ENI_TARGET=1 it holds 10 without pods,
 * 20 with 1 to 9, 30 with more. A /24 has 251 usable addresses and 14 whole blocks.
 */
import { describe, expect, it } from 'vitest';
import { parseScenario } from '../../../../src/inspect/projection/scenarios/index.ts';
import { left, projected, worldIn } from '../../../support/plan-world.ts';
import {
  cluster,
  cni,
  denied,
  iamOfNodes,
  NODE_ROLE,
  nodegroup,
  workloads,
} from '../../../support/snapshot-builder.ts';
import { World } from '../../checks/world.ts';

const ZONES = ['eu-west-1a', 'eu-west-1b', 'eu-west-1c'] as const;

/** Three /24 in three zones, a node of `running` pods in each, 20 addresses held. */
function three(running = 5): World {
  const world = new World();
  for (const [i, zone] of ZONES.entries()) world.subnet(`subnet-${zone.at(-1)}`, `10.0.${i}.0/24`, zone);
  for (const zone of ZONES)
    world.node(`n-${zone.at(-1)}`, { home: `subnet-${zone.at(-1)}`, primary: 9, further: [9], running });
  return world;
}

const group = (part = {}) => ({
  nodegroups: [nodegroup({ subnetIds: ['subnet-a', 'subnet-b', 'subnet-c'], ...part })],
});

describe('today', () => {
  it('takes nothing where every node holds what its pods ask for', async () => {
    const plan = await projected(three().snapshot(), 'today');
    expect(left(plan)).toEqual({ 'subnet-a': 231, 'subnet-b': 231, 'subnet-c': 231 });
    expect(plan).toMatchObject({ verdict: 'pass', nodesAdded: 0, nodesUntilExhaustion: 33, pattern: 'default' });
  });

  it('tells how many pods still get an address: five on each of 33 further nodes', async () => {
    expect(await projected(three().snapshot(), 'today')).toMatchObject({ podsUntilExhaustion: 165 });
  });

  it('has none left where pods of today already ask for more than there is', async () => {
    const world = new World()
      .subnet('subnet-a', '10.0.0.0/27', 'eu-west-1a')
      .node('a', { home: 'subnet-a', primary: 9, further: [9], running: 9 })
      .waiting('w', 'a');
    // 7 are free, the third ENI asks for 10.
    expect(await projected(world.snapshot(), 'today')).toMatchObject({
      verdict: 'fail',
      nodesUntilExhaustion: 0,
      podsUntilExhaustion: 0,
    });
  });

  it('counts what waiting pods still ask for', async () => {
    const world = three(9);
    for (let i = 0; i < 3; i++) world.waiting(`w-${i}`, 'n-a');
    // 12 pods want a third ENI of 10.
    expect(left(await projected(world.snapshot(), 'today'))).toMatchObject({ 'subnet-a': 221, 'subnet-b': 231 });
  });

  it('is incomplete, and names the right, where ENIs were not read', async () => {
    const plan = await projected(
      three().snapshot({ networkInterfaces: denied('ec2:DescribeNetworkInterfaces') }),
      'today',
    );
    expect(plan.verdict).toBe('incomplete');
    expect(plan.incomplete).toContainEqual(expect.objectContaining({ permission: 'ec2:DescribeNetworkInterfaces' }));
  });
});

describe('nodes', () => {
  it('spreads them evenly, and counts an odd one in every zone', async () => {
    const plan = await projected(three().snapshot(group({ maxSize: 20 })), 'nodes=+4', {
      flags: { nodegroup: 'workers' },
    });
    expect(left(plan)).toEqual({ 'subnet-a': 191, 'subnet-b': 191, 'subnet-c': 191 });
    expect(plan.subnets[0]!.addresses).toMatchObject({ before: 231, need: 40, after: 191 });
  });

  it('takes pods a node and a type as asked: 40 pods on an m5.xlarge are 60 addresses', async () => {
    const flags = { instanceType: 'm5.xlarge', podsPerNode: 40 };
    expect(left(await projected(three().snapshot(), 'nodes=3', { flags }))).toMatchObject({ 'subnet-a': 171 });
  });

  it('tells the node at which a subnet refuses', async () => {
    const plan = await projected(three().snapshot(), 'nodes=+60');
    // 231 addresses are 11 nodes of 20; the twelfth in zone a is the 34th of all.
    expect(plan.subnets.find((s) => s.subnetId === 'subnet-a')!.exhaustedAt).toEqual({ node: 34 });
    expect(plan).toMatchObject({ verdict: 'fail', nodesUntilExhaustion: 33 });
  });

  it.each([
    [{ instanceType: 'nope.large' }, /no such instance type/],
    [{ nodegroup: 'nope' }, /the cluster has workers/],
  ])('refuses %j', async (flags, message) => {
    await expect(projected(three().snapshot(group()), 'nodes=1', { flags })).rejects.toThrow(message);
  });
});

describe('pods', () => {
  it('fill the nodes there are before any new one', async () => {
    const plan = await projected(three().snapshot(group({ maxSize: 20 })), 'pods=12');
    // 4 more on each: 9 pods still need two ENIs.
    expect(plan).toMatchObject({ nodesAdded: 0, podsAdded: 12 });
    expect(left(plan)).toMatchObject({ 'subnet-a': 231 });
    // one more each: a third ENI.
    expect(left(await projected(three().snapshot(group({ maxSize: 20 })), 'pods=15'))).toMatchObject({
      'subnet-a': 221,
    });
  });

  it('stay pending where the groups are at their maximum', async () => {
    // 22 more on each of three nodes of 27, then nobody.
    const plan = await projected(three().snapshot(group({ maxSize: 3 })), 'pods=100');
    expect(plan.pending).toEqual([expect.objectContaining({ pods: 100 - 3 * 22 })]);
    expect(plan.verdict).not.toBe('pass');
  });

  it('are refused where no such workload runs', async () => {
    const flags = { like: { kind: 'deploy', name: 'nope', namespace: 'shop' } };
    await expect(projected(three().snapshot(), 'pods=1', { flags })).rejects.toThrow(
      /no pod of Deployment\/nope runs in shop/,
    );
  });
});

describe('workload', () => {
  const autoscaler = (maxReplicas: number) => ({
    namespace: 'shop',
    name: 'web',
    targetKind: 'Deployment',
    targetName: 'web',
    minReplicas: 1,
    maxReplicas,
    currentReplicas: 15,
  });

  it('adds what every autoscaler may still add', async () => {
    const plan = await projected(
      three().snapshot({ workloads: workloads({ autoscalers: [autoscaler(30)] }) }),
      'workload',
    );
    expect(plan).toMatchObject({ podsAdded: 15, title: expect.stringContaining('+15 pods') });
    expect(left(plan)).toMatchObject({ 'subnet-a': 221 });
  });

  it('is incomplete where autoscalers could not be read', async () => {
    const plan = await projected(
      three().snapshot({ workloads: denied('horizontalpodautoscalers.autoscaling: list') }),
      'workload',
    );
    expect(plan).toMatchObject({ verdict: 'incomplete' });
  });
});

describe('upgrade', () => {
  it('brings up twice as many nodes as there are zones, and interfaces of the control plane', async () => {
    const of = three().snapshot({ ...group(), cluster: cluster({ subnetIds: ['subnet-a', 'subnet-b'] }) });
    const plan = await projected(of, 'upgrade');
    // 6 nodes of 20, two a zone, and two interfaces in the control plane's subnets.
    expect(left(plan)).toEqual({ 'subnet-a': 231 - 40 - 2, 'subnet-b': 231 - 40 - 2, 'subnet-c': 231 - 40 });
  });

  it('brings up none with the strategy MINIMAL', async () => {
    const plan = await projected(three().snapshot(group({ updateStrategy: 'MINIMAL' })), 'upgrade');
    expect(plan.nodesAdded).toBe(0);
  });

  it('is a risk, not a failure, where only all groups at once do not fit', async () => {
    const world = new World().subnet('subnet-a', '10.0.0.0/25', 'eu-west-1a');
    for (const name of ['x', 'y'])
      world.node(name, {
        home: 'subnet-a',
        primary: 9,
        further: [9],
        running: 5,
        node: { labels: { 'eks.amazonaws.com/nodegroup': name } },
      });
    const groups = ['x', 'y'].map((name) => nodegroup({ name, subnetIds: ['subnet-a'] }));
    // 83 free: two nodes of 20 fit, four do too; with three nodes a group six do not.
    const fits = await projected(world.snapshot({ nodegroups: groups }), 'upgrade');
    expect(fits.verdict).not.toBe('fail');
    const three = groups.map((g) => ({ ...g, maxUnavailable: 3 }));
    const plan = await projected(world.snapshot({ nodegroups: three }), 'upgrade');
    expect(plan).toMatchObject({ verdict: 'at-risk', title: expect.stringContaining('at once') });
  });
});

describe('az-loss', () => {
  it('sends the pods of the zone to the others', async () => {
    const plan = await projected(three(9).snapshot(group({ maxSize: 20 })), 'az-loss=eu-west-1a');
    // 9 pods come to two nodes of 9: more than 9 on each, a third ENI of 10.
    expect(left(plan)).toMatchObject({ 'subnet-b': 221, 'subnet-c': 221 });
    expect(plan.title).toContain('9 pods come to eu-west-1b, eu-west-1c');
  });

  it('names pods whose volume stays behind', async () => {
    const world = three(9);
    world.pods[2] = { ...world.pods[2]!, claims: ['data-0'], owner: 'StatefulSet/db' };
    const of = world.snapshot({
      persistentVolumes: [{ name: 'pv-1', claim: 'shop/data-0', zones: ['eu-west-1a'] }],
    });
    const plan = await projected(of, 'az-loss=eu-west-1a');
    expect(plan.pending).toEqual([expect.objectContaining({ owner: 'StatefulSet/db in shop', pods: 1 })]);
  });

  it('takes each zone in turn and reports the worst', async () => {
    const world = new World()
      .subnet('subnet-a', '10.0.0.0/24', 'eu-west-1a')
      .subnet('subnet-b', '10.0.1.0/27', 'eu-west-1b')
      .node('a', { home: 'subnet-a', primary: 9, further: [9], running: 9 })
      .node('b', { home: 'subnet-b', primary: 9, further: [9], running: 9 });
    const plan = await projected(world.snapshot(), 'az-loss');
    // 7 addresses are left in b, where a third ENI of 10 is asked for.
    expect(plan).toMatchObject({ verdict: 'fail', title: expect.stringContaining('eu-west-1a is lost') });
    expect(left(plan)).toMatchObject({ 'subnet-b': -3 });
  });

  it('refuses a zone without nodes', async () => {
    await expect(projected(three().snapshot(), 'az-loss=eu-west-1z')).rejects.toThrow(/nodes are in eu-west-1a/);
  });
});

describe('growth', () => {
  it('compounds by the month, and tells the days until something is short', async () => {
    const plan = await projected(three().snapshot(), 'growth=100%/mo', { flags: { horizonDays: 61 } });
    // 15 pods double twice: 45 more.
    expect(plan.title).toContain('15 pods become 60');
    expect(plan.runwayDays).toBe(61);
    expect(plan.course?.unit).toBe('days');
  });

  it.each(['growth', 'growth=10', 'growth=ten%/mo', 'growth=10%/fortnight', 'growth=0%/mo'])(
    '%s is refused',
    (word) => {
      expect(() => parseScenario(word)).toThrow(/growth=PERCENT%\/mo/);
    },
  );
});

describe('to', () => {
  it('has both generations side by side at the peak', async () => {
    const plan = await projected(three().snapshot(), 'to=default+prefix');
    // beside the 20 there are: one address and two prefixes
    expect(left(plan)).toMatchObject({ 'subnet-a': 231 - 33 });
    expect(plan).toMatchObject({ pattern: 'default', mode: 'prefix', current: false });
  });

  it('says that IPv6 is a new cluster', async () => {
    const plan = await projected(three().snapshot(), 'to=default+ipv6');
    expect(plan.verdict).toBe('incomplete');
    expect(plan.incomplete.map((i) => i.reason).join()).toContain('a new IPv6 cluster');
  });

  it('is incomplete without pod subnets, and complete with assumed ones', async () => {
    expect(await projected(three().snapshot(), 'to=custom')).toMatchObject({ verdict: 'incomplete' });
    const podSubnets = ZONES.map((zone, i) => ({ subnetId: `new-${zone}`, zone, cidr: `100.64.${i}.0/24` }));
    const plan = await projected(three().snapshot(), 'to=custom', { podSubnets });
    // the primary stays behind, two data ENIs of 10 go to the new subnet
    expect(left(plan)).toMatchObject({ 'subnet-a': 230, 'new-eu-west-1a': 231 });
    expect(plan.subnets.find((s) => s.subnetId === 'new-eu-west-1a')).toMatchObject({
      hypothetical: true,
      feeds: ['pods'],
    });
  });

  it.each(['to=nothing', 'to=custom+ipv6', 'to'])('%s is refused', (word) => {
    expect(() => parseScenario(word)).toThrow(/to=PATTERN/);
  });
});

describe('set', () => {
  it('gives back idle addresses, and only those', async () => {
    const plan = await projected(three().snapshot(), 'set:WARM_IP_TARGET=2');
    // 18 held, 5 used and 2 kept: 11 go back.
    expect(left(plan)).toMatchObject({ 'subnet-a': 242 });
    expect(plan.subnets[0]!.addresses.need).toBe(-11);
  });

  it('takes more where it asks for more', async () => {
    const plan = await projected(three().snapshot(), 'set:WARM_IP_TARGET=20');
    // 25 addresses: a third ENI with 7
    expect(left(plan)).toMatchObject({ 'subnet-a': 223 });
  });

  it('leaves nodes of the old mode alone until they are replaced', async () => {
    const plan = await projected(three().snapshot(), 'set:ENABLE_PREFIX_DELEGATION=true');
    expect(left(plan)).toMatchObject({ 'subnet-a': 231 });
    expect(plan.mode).toBe('prefix');
  });

  it.each([
    ['set', /is no VARIABLE=VALUE/],
    ['set:NOPE=1', /changes no address/],
    ['set:WARM_IP_TARGET=many', /does not take "many"/],
  ])('%s is refused', (word, message) => {
    expect(() => parseScenario(word)).toThrow(message);
  });
});

describe('version', () => {
  it('tells what is new on the way, and what is lost on the way back', async () => {
    const forth = await projected(three().snapshot({ cni: cniOf('v1.17.1') }), 'version=1.23.1');
    expect(forth.assumptions.join()).toContain('subnet discovery is on by default');
    const back = await projected(three().snapshot(), 'version=1.19.0');
    expect(back.assumptions.join()).toContain('no longer: types that cannot trunk');
  });

  it('tells what the role of aws-node lacks for a release that the present one does without', async () => {
    const nodes = [nodegroup({ name: 'workers', nodeRole: NODE_ROLE })];
    const own = iamOfNodes();
    const iam = (...actions: string[]) => ({
      ...own,
      roles: own.roles.map((r) => ({ ...r, statements: r.statements.map((x) => ({ ...x, actions })) })),
    });
    const lacks = async (actions: string[], from: string, to: string) =>
      (
        await projected(
          three().snapshot({ nodegroups: nodes, iam: iam(...actions), cni: cniOf(from) }),
          `version=${to}`,
        )
      ).assumptions.filter((a) => /does not allow/.test(a));
    const BEFORE = ['ec2:*Address*', 'ec2:*Interface*', 'ec2:CreateTags'];
    expect(await lacks(BEFORE, 'v1.21.1', '1.22.4')).toEqual([
      expect.stringMatching(/^unsafe: role eks-nodes of \d nodes does not allow ec2:DescribeSubnets, which it needs$/),
    ]);
    expect(await lacks([...BEFORE, 'ec2:DescribeSubnets'], 'v1.21.1', '1.22.1')).toEqual([
      expect.stringContaining('ec2:DescribeSecurityGroups'),
    ]);
    expect(await lacks(['ec2:*'], 'v1.21.1', '1.22.4')).toEqual([]);
    expect(await lacks(BEFORE, 'v1.20.4', '1.21.1')).toEqual([]);
    expect(await lacks(BEFORE, 'v1.22.4', '1.23.1')).toEqual([]);
  });

  it('tells what makes the step unsafe', async () => {
    const step = async (from: string, to: string, env: Record<string, string> = {}) =>
      (await projected(three().snapshot({ cni: cni({ env, version: from }) }), `version=${to}`)).assumptions
        .filter((a) => a.startsWith('unsafe'))
        .join('; ');
    expect(await step('v1.20.4', '1.21.0')).toBe('');
    expect(await step('v1.20.4', '1.20.1')).toBe('');
    expect(await step('v1.17.1', '1.20.4')).toMatch(/^unsafe in one step: 2 minor releases between/);
    expect(await step('v1.6.4', '1.12.0')).toMatch(/go to a release before 1\.12 first/);
    expect(await step('v1.20.4', '1.8.0', { ENABLE_PREFIX_DELEGATION: 'true' })).toMatch(
      /below 1\.9\.0 it knows no prefixes.*below 1\.12\.1 pods made by the later release/,
    );
  });

  it('refuses what is no release', () => {
    expect(() => parseScenario('version=latest')).toThrow(/is no release/);
  });
});

function cniOf(version: string) {
  const base = three().snapshot().cni;
  if (base.status !== 'ok') throw new Error('no cni');
  return { ...base.data, version };
}

describe('fragmentation', () => {
  /** 14 whole blocks; a node takes one address and two prefixes. */
  const prefixes = () =>
    new World()
      .subnet('subnet-a', '10.0.0.0/24', 'eu-west-1a')
      .node('a', { home: 'subnet-a', primary: 2, prefixes: true, running: 5, maxPods: 110 })
      .snapshot({ env: { ENABLE_PREFIX_DELEGATION: 'true' } });

  it('is a range: a single address breaks no block at best, one at worst', async () => {
    const plan = await projected(prefixes(), 'nodes=+4');
    // 12 blocks are left: 4 nodes take 8, and their primaries none or 4.
    expect(plan.subnets[0]!.blocks).toMatchObject({ before: 12, need: { min: 8, max: 12 }, after: { min: 0, max: 4 } });
    expect(plan.nodesUntilExhaustion).toEqual({ min: 4, max: 6 });
  });

  it('fails a gate at the worst end, and is a risk for a plan', async () => {
    expect(await projected(prefixes(), 'nodes=+5')).toMatchObject({ verdict: 'at-risk' });
    expect(await projected(prefixes(), 'nodes=+5', { fragmentation: 'worst' })).toMatchObject({
      verdict: 'fail',
      judged: 'worst',
      firstToBreak: { what: 'blocks' },
    });
    expect(await projected(prefixes(), 'nodes=+7')).toMatchObject({ verdict: 'fail' });
  });
});

describe('floors', () => {
  it('fail where they are asked for, and warn by one node otherwise', async () => {
    const of = three().snapshot();
    const asked = { minFreeIps: 232, nextNode: 'advise' as const };
    expect(await projected(of, 'today', { floors: asked })).toMatchObject({ verdict: 'fail' });
    expect(await projected(of, 'nodes=+33')).toMatchObject({ verdict: 'at-risk' });
    expect(await projected(of, 'nodes=+33', { floors: { nextNode: 'enforce' } })).toMatchObject({ verdict: 'fail' });
  });
});

describe('a world', () => {
  it('names what is missing for one', async () => {
    await expect(worldIn(three().snapshot({ nodes: denied('nodes: list') }))).rejects.toThrow(/nodes/);
  });
});
