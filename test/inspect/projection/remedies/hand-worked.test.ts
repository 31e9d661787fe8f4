/** Remedies of small clusters, worked out on paper. A /24 has 251 usable addresses and 14 whole /28. */
import { describe, expect, it } from 'vitest';
import type { Remedy } from '../../../../src/inspect/contract/plan.ts';
import { DEFAULT_THRESHOLDS } from '../../../../src/inspect/policy.ts';
import { healerFor } from '../../../../src/inspect/projection/remedies/index.ts';
import { patientOf } from '../../../../src/inspect/projection/remedies/remedy.ts';
import { type ProjectionOptions, runScenario } from '../../../../src/inspect/projection/run-scenario.ts';
import { parseScenario } from '../../../../src/inspect/projection/scenarios/index.ts';
import type { ClusterSnapshot } from '../../../../src/inspect/snapshot.ts';
import { carriedOut } from '../../../support/carried-out.ts';
import { changed, projected, worldIn } from '../../../support/plan-world.ts';
import { eniConfig, nodegroup, VPC } from '../../../support/snapshot-builder.ts';
import { World } from '../../checks/world.ts';

const PREFIX = { ENABLE_PREFIX_DELEGATION: 'true' };
const vpc = (cidr = '10.0.0.0/16') => ({ vpcId: VPC, cidrs: [{ cidr, state: 'associated' }], ipv6Cidrs: [] });

async function remedies(of: ClusterSnapshot, word: string, options: ProjectionOptions = {}): Promise<Remedy[]> {
  const world = await worldIn(of);
  const scenario = parseScenario(word);
  return healerFor(patientOf(world, DEFAULT_THRESHOLDS), options)(runScenario(world, scenario, options), scenario);
}

const one = (all: readonly Remedy[], id: string) => all.find((r) => r.id === id);

describe('warm settings', () => {
  it('win what nodes and newcomers then hold less', async () => {
    // Three nodes of 5 pods hold 20 each; with MINIMUM_IP_TARGET=7 they hold 7 and the primary address: 12 less each.
    const world = new World().subnet('subnet-a', '10.0.0.0/26', 'eu-west-1a');
    for (const name of ['a', 'b', 'c']) world.node(name, { home: 'subnet-a', primary: 9, running: 5 });
    // 59 usable; 30 held, settled 60: short by 1
    const found = await remedies(world.snapshot({ vpc: vpc() }), 'today');
    expect(one(found, 'warm-settings')).toMatchObject({
      sufficient: true,
      effort: 1,
      nodesToReplace: 0,
      rest: null,
      // 59 - 3 × 8 = 35 are left in place of -1
      addresses: 36,
      subnets: [{ subnetId: 'subnet-a', availabilityZone: 'eu-west-1a', addresses: 36, blocks: 0 }],
      fix: {
        commands: [expect.stringContaining('set env ds/aws-node -c aws-node MINIMUM_IP_TARGET=7 WARM_IP_TARGET=2')],
        frees: { addresses: 36, subnets: [{ subnetId: 'subnet-a', addresses: 36 }] },
      },
    });
  });
});

describe('prefix mode', () => {
  it('takes less where the warm ENI of a large type is large', async () => {
    // An m5.4xlarge holds two ENIs of 30 for 5 pods, or two prefixes and its own address.
    const world = new World().subnet('subnet-a', '10.0.0.0/24', 'eu-west-1a');
    for (const name of ['a', 'b', 'c'])
      world.node(name, { type: 'm5.4xlarge', home: 'subnet-a', primary: 29, further: [29], running: 5, maxPods: 234 });
    const of = world.snapshot({
      vpc: vpc(),
      nodegroups: [nodegroup({ name: 'workers', instanceTypes: ['m5.4xlarge'], subnetIds: ['subnet-a'] })],
    });
    // 251 - 4 × 60 = 11 are left, under the 60 of one more node; 251 - 4 × 33 = 119 are left in prefix mode
    const found = one(await remedies(of, 'nodes=+1', { fragmentation: 'worst' }), 'prefix-mode');
    expect(found).toMatchObject({ sufficient: true, addresses: 108, effort: 2, nodesToReplace: 3 });
    expect(found!.fix.commands[0]).toContain('ENABLE_PREFIX_DELEGATION=true');
    expect(found!.fix.commands.slice(1).join('\n')).toContain('update-nodegroup-version --cluster-name prod');
    const after = carriedOut(of, found!.fix.commands);
    expect(after.unknown).toEqual([]);
    expect(await projected(after.snapshot, 'nodes=+1', { fragmentation: 'worst' })).toMatchObject({ verdict: 'pass' });
  });
});

describe('a reservation', () => {
  it('keeps single addresses out of the blocks that prefixes take', async () => {
    // A node of 5 pods takes two prefixes and its own address: 12 blocks are free. Five more nodes take ten, and the first four
    // break up one each at the worst: short of 2. With eleven reserved one is left.
    const world = new World()
      .subnet('subnet-a', '10.0.0.0/24', 'eu-west-1a')
      .node('a', { home: 'subnet-a', primary: 2, prefixes: true, running: 5, maxPods: 110 });
    const of = world.snapshot({ env: PREFIX, vpc: vpc() });
    const options: ProjectionOptions = {
      fragmentation: 'worst',
      floors: { nextNode: 'advise', minFreeBlocks: 1 },
    };
    const found = one(await remedies(of, 'nodes=+5', options), 'reservation');
    expect(found).toMatchObject({ sufficient: true, blocks: 3, effort: 1, stillShort: { addresses: 0, blocks: 0 } });
    const after = carriedOut(of, found!.fix.commands);
    expect(after.unknown).toEqual([]);
    expect(await projected(after.snapshot, 'nodes=+5', options)).toMatchObject({ verdict: 'pass' });
  });
});

describe('a drain', () => {
  it('frees the blocks that single addresses of an older mode break up', async () => {
    // One node holds a single address in each of nine blocks; 14 - 9 = 5 are whole. Of two more nodes each breaks one and takes two: 1 short.
    const world = new World()
      .subnet('subnet-a', '10.0.0.0/24', 'eu-west-1a')
      .node('a', { home: 'subnet-a', primary: 9, running: 5, maxPods: 29 });
    const old = world.snapshot({ env: PREFIX, vpc: vpc() });
    const of = changed(old, 'networkInterfaces', (all) =>
      all.map((e) => ({ ...e, secondaryIps: e.secondaryIps.map((_, i) => `10.0.0.${20 + 16 * i}`) })),
    );
    const found = one(await remedies(of, 'nodes=+2', { fragmentation: 'worst' }), 'drain');
    // 14 are whole then; the node takes two back and its address breaks up one, each newcomer takes three: 5 left, 6 more than without.
    expect(found).toMatchObject({ sufficient: true, nodesToReplace: 1, effort: 2, blocks: 6 });
    expect(found!.fix.commands).toEqual([
      expect.stringMatching(
        /drain a --ignore-daemonsets .* && aws autoscaling terminate-instance-in-auto-scaling-group/,
      ),
    ]);
    const after = carriedOut(of, found!.fix.commands);
    expect(await projected(after.snapshot, 'nodes=+2', { fragmentation: 'worst' })).toMatchObject({ verdict: 'pass' });
  });
});

describe('another subnet', () => {
  const custom = { AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG: 'true', ENI_CONFIG_LABEL_DEF: 'topology.kubernetes.io/zone' };

  it('serves the zone that is short through its ENIConfig, and makes the one that a zone lacks', async () => {
    const world = new World();
    for (const zone of ['a', 'b'])
      world.subnet(`subnet-${zone}`, `10.0.${zone === 'a' ? 0 : 1}.0/24`, `eu-west-1${zone}`);
    world.subnet('subnet-pods-a', '10.0.2.0/28', 'eu-west-1a');
    world.node('a', { home: 'subnet-a', pods: 'subnet-pods-a', further: [9], running: 9 });
    world.node('b', { home: 'subnet-b', running: 0 });
    const of = world.snapshot({
      env: custom,
      vpc: vpc(),
      eniConfigs: [eniConfig({ name: 'eu-west-1a', subnetId: 'subnet-pods-a', securityGroupIds: ['sg-1'] })],
    });
    // the second ENI of 10 does not fit into the one address that is left
    const found = one(await remedies(of, 'today'), 'new-subnet');
    expect(found).toMatchObject({ sufficient: true, effort: 3, nodesToReplace: 0 });
    expect(found!.title).toMatch(/in eu-west-1a and .* in eu-west-1b, named by ENIConfig eu-west-1a and eu-west-1b/);
    const { snapshot } = carriedOut(of, found!.fix.commands);
    const configs = snapshot.eniConfigs.status === 'ok' ? snapshot.eniConfigs.data : [];
    expect(configs.map((c) => [c.name, c.securityGroupIds])).toEqual([
      ['eu-west-1a', ['sg-1']],
      ['eu-west-1b', ['sg-1']],
    ]);
    expect(await projected(snapshot, 'today')).toMatchObject({ verdict: 'pass' });
  });

  it('is not promised where the VPC has no room and may get none', async () => {
    const world = new World()
      .subnet('subnet-a', '10.0.0.0/28', 'eu-west-1a')
      .node('a', { home: 'subnet-a', primary: 9, running: 9 });
    const full = { vpcId: 'vpc-of-others', cidrs: [{ cidr: '10.0.0.0/28', state: 'associated' }], ipv6Cidrs: [] };
    expect(one(await remedies(world.snapshot({ vpc: full }), 'today'), 'new-subnet')).toBeUndefined();
  });
});

describe('remedies', () => {
  it('are not looked for where nothing fails', async () => {
    const world = new World()
      .subnet('subnet-a', '10.0.0.0/24', 'eu-west-1a')
      .node('a', { home: 'subnet-a', primary: 9, further: [9], running: 5 });
    expect(await remedies(world.snapshot({ vpc: vpc() }), 'today')).toEqual([]);
  });

  it('are ranked: what suffices before what only helps, a setting before network', async () => {
    const world = new World();
    for (const zone of ['a', 'b'])
      world.subnet(`subnet-${zone}`, `10.0.${zone === 'a' ? 0 : 1}.0/25`, `eu-west-1${zone}`);
    for (const zone of ['a', 'b'])
      for (const n of [1, 2])
        world.node(`${zone}${n}`, { home: `subnet-${zone}`, primary: 9, further: [9], running: 5 });
    const of = world.snapshot({ vpc: vpc(), nodegroups: [nodegroup({ subnetIds: ['subnet-a', 'subnet-b'] })] });
    const found = await remedies(of, 'nodes=+14');
    const rank = found.map((r) => [r.sufficient ? 0 : 1, r.effort]);
    expect(rank.filter(([s]) => s === 0)).toEqual(rank.filter(([s]) => s === 0).sort((a, b) => a[1]! - b[1]!));
    expect(rank.map(([s]) => s)).toEqual(rank.map(([s]) => s).sort());
    expect(found.map((r) => r.id)).toContain('warm-settings');
    expect(found.map((r) => r.id)).toContain('new-subnet');
  });
});
