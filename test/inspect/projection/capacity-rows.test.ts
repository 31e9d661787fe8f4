import { describe, expect, it } from 'vitest';
import type { Mode, Pattern } from '../../../src/calc/patterns.ts';
import { PAIRS } from '../../../src/calc/patterns.ts';
import type { CapacityRow } from '../../../src/inspect/contract/report.ts';
import { capacityRows } from '../../../src/inspect/projection/capacity-rows.ts';
import type { ClusterSnapshot } from '../../../src/inspect/snapshot.ts';
import {
  addresses,
  cluster,
  cni,
  cniEni,
  denied,
  eni,
  eniConfig,
  type GivenSections,
  instance,
  node,
  pods,
  runOf,
  subnet,
  wholeSnapshot,
} from '../../support/snapshot-builder.ts';
import { World } from '../checks/world.ts';

/** One m5.large (3 ENIs of 10 addresses) with five pods on pod IPs and two on the host network, alone in a /24. */
function small(over: GivenSections = {}): ClusterSnapshot {
  return wholeSnapshot({
    subnets: [subnet({ availableIps: 251 - 20 })],
    instances: [instance({ instanceId: 'i-n1' })],
    nodes: [node({ name: 'n1' })],
    networkInterfaces: [
      eni({ eniId: 'eni-1', attachedTo: 'i-n1', primaryIp: '10.0.0.10', secondaryIps: addresses('10.0.0.11', 9) }),
      cniEni({ eniId: 'eni-2', attachedTo: 'i-n1', primaryIp: '10.0.0.20', secondaryIps: addresses('10.0.0.21', 9) }),
    ],
    pods: [...pods(5, 'web', { node: 'n1' }), ...pods(2, 'host', { node: 'n1', class: 'host-network' })],
    ...over,
  });
}

async function rowsOf(of: ClusterSnapshot): Promise<CapacityRow[]> {
  return capacityRows(await runOf(of));
}

async function rowOf(of: ClusterSnapshot, pattern: Pattern, mode: Mode): Promise<CapacityRow> {
  return (await rowsOf(of)).find((r) => r.pattern === pattern && r.mode === mode)!;
}

describe('capacity rows', () => {
  it('are the ten pairs, one of them in force', async () => {
    const rows = await rowsOf(small());
    expect(rows.map(({ pattern, mode }) => ({ pattern, mode }))).toEqual(PAIRS);
    expect(rows.filter((r) => r.current).map((r) => `${r.pattern} ${r.mode}`)).toEqual(['default secondary']);
  });

  // Worked out by hand: WARM_ENI_TARGET=1 keeps one ENI beyond those pods use, WARM_PREFIX_TARGET=1 one prefix.
  const m5large: readonly [Pattern, Mode, number, number, { node: number; pod: number }, number | null][] = [
    // 2 ENIs × 10
    ['default', 'secondary', 29, 29, { node: 20, pod: 0 }, null],
    // 1 + 2 × 16
    ['default', 'prefix', 110, 110, { node: 33, pod: 0 }, 2],
    ['default', 'ipv6', 110, 110, { node: 1, pod: 0 }, null],
    // 2 data ENIs × 10, and the trunk; (3 − 1) × 9 + 2 = 20 pods
    ['sgp', 'secondary', 20, 20, { node: 21, pod: 0 }, null],
    ['sgp', 'prefix', 110, 110, { node: 34, pod: 0 }, 2],
    // the primary, and 2 data ENIs × 10 in the ENIConfig's subnet
    ['custom', 'secondary', 20, 20, { node: 1, pod: 20 }, null],
    ['custom', 'prefix', 110, 110, { node: 1, pod: 33 }, 2],
    // 3 − 1 − 1 = 1 data ENI × 10, and the trunk; 9 + 2 = 11 pods
    ['custom+sgp', 'secondary', 11, 11, { node: 1, pod: 11 }, null],
    ['custom+sgp', 'prefix', 110, 110, { node: 1, pod: 34 }, 2],
  ];
  it.each(m5large)('count one m5.large with 5 pods: %s %s', async (pattern, mode, max, clusterPods, taken, blocks) => {
    const row = await rowOf(small(), pattern, mode);
    expect(row).toMatchObject({ maxPodsPerNode: { min: max, max }, clusterPods, addresses: taken, blocks });
  });

  it("take kubelet's own maxPods for the pair in force", async () => {
    const row = await rowOf(small({ nodes: [node({ name: 'n1', maxPods: 17 })] }), 'default', 'secondary');
    expect(row).toMatchObject({ maxPodsPerNode: { min: 17, max: 17 }, clusterPods: 17 });
  });

  it('bound pods by addresses, branch ENIs and host-network pods where maxPods is set too high', async () => {
    const row = await rowOf(small({ nodes: [node({ name: 'n1', maxPods: 110 })] }), 'default', 'secondary');
    expect(row.clusterPods).toBe(27 + 2);
  });

  it('see the subnet as it is now for the pair in force, and with nodes replaced for the others', async () => {
    const row = await rowOf(small(), 'default', 'secondary');
    expect(row.worstSubnet).toEqual({ subnetId: 'subnet-1a', ratio: 20 / 251 });
    const prefix = await rowOf(small(), 'default', 'prefix');
    // 14 of 16 blocks are usable; two become prefixes, and the primary address spoils none beyond the first, AWS's own.
    expect(prefix.worstSubnet?.ratio).toBeCloseTo(1 - 12 / 14, 6);
  });
});

describe('room for more nodes', () => {
  it('adds nodes until the subnet refuses an ENI', async () => {
    const withFree = (availableIps: number) => small({ subnets: [subnet({ availableIps })] });
    expect((await rowOf(withFree(100), 'default', 'secondary')).roomForNodes).toBe(5);
    // The fifth gets its primary ENI of 10 and not the second.
    expect((await rowOf(withFree(99), 'default', 'secondary')).roomForNodes).toBe(4);
  });

  it('gives pods that wait what they still ask for first', async () => {
    const world = new World()
      .subnet('subnet-a', '10.0.0.0/26', 'eu-west-1a')
      .node('a', { home: 'subnet-a', primary: 9, further: [9], running: 9 });
    const room = async () => (await rowOf(world.snapshot(), 'default', 'secondary')).roomForNodes;
    const before = await room();
    for (let i = 0; i < 3; i++) world.waiting(`w-${i}`, 'a');
    // 59 less 20 are 39: a node of 20 fits. Twelve pods ask for a third ENI: of 29 a node of 30 does not.
    expect([before, await room()]).toEqual([1, 0]);
  });

  it('goes round the zones until one refuses', async () => {
    const two = small({
      subnets: [
        subnet({ availableIps: 100 }),
        subnet({ subnetId: 'subnet-1b', availabilityZone: 'eu-west-1b', cidr: '10.0.1.0/24', availableIps: 40 }),
      ],
      instances: [
        instance({ instanceId: 'i-n1' }),
        instance({ instanceId: 'i-n2', subnetId: 'subnet-1b', availabilityZone: 'eu-west-1b' }),
      ],
      nodes: [node({ name: 'n1' }), node({ name: 'n2', zone: 'eu-west-1b' })],
      pods: [...pods(5, 'a', { node: 'n1' }), ...pods(5, 'b', { node: 'n2' })],
    });
    // a b a b a, and the third in b is refused.
    expect((await rowOf(two, 'default', 'secondary')).roomForNodes).toBe(5);
  });

  it('needs whole /28 in prefix mode, however many addresses are free', async () => {
    // Of 14 usable blocks, 11 hold one address of a Lambda each: three are free, and a node takes two.
    const lambda = Array.from({ length: 11 }, (_, i) =>
      eni({ eniId: `eni-l${i}`, type: 'lambda', status: 'in-use', primaryIp: `10.0.0.${16 * (i + 1) + 3}` }),
    );
    const row = await rowOf(
      small({
        cni: cni({ env: { ENABLE_PREFIX_DELEGATION: 'true' } }),
        nodes: [node({ name: 'n1', maxPods: 110 })],
        networkInterfaces: lambda,
        subnets: [subnet({ availableIps: 240 })],
      }),
      'default',
      'prefix',
    );
    expect(row).toMatchObject({ current: true, roomForNodes: 1 });
    expect(row.worstSubnet?.ratio).toBeCloseTo(1 - 3 / 14, 6);
  });
});

describe('branch pods', () => {
  it('are those the policies select, and need no address under sgp', async () => {
    const policy = {
      namespace: 'default',
      name: 'db',
      createdAt: '2026-01-01T00:00:00Z',
      podSelector: { matchLabels: { db: 'true' }, matchExpressions: [] },
      securityGroupIds: ['sg-1'],
    };
    const of = small({
      securityGroupPolicies: [policy],
      pods: [
        ...pods(4, 'web', { node: 'n1' }),
        ...pods(3, 'client', { node: 'n1', labels: { db: 'true' } }),
        ...pods(1, 'elsewhere', { node: 'n1', namespace: 'other', labels: { db: 'true' } }),
      ],
    });
    // 5 pods keep an address: 2 ENIs of 10, the trunk, and 3 branch ENIs.
    expect(await rowOf(of, 'sgp', 'secondary')).toMatchObject({
      branchPodsAssumed: 3,
      addresses: { node: 24, pod: 0 },
    });
    expect(await rowOf(of, 'default', 'secondary')).toMatchObject({ branchPodsAssumed: 0 });
  });
});

describe('what stands in the way', () => {
  it('is the family, missing ENIConfigs and types that cannot trunk', async () => {
    const of = small({
      instances: [instance({ instanceId: 'i-n1', instanceType: 't3.medium' })],
      nodes: [node({ name: 'n1', type: 't3.medium', maxPods: 17 })],
    });
    const reasons = async (pattern: Pattern, mode: Mode) => {
      const { supported, blockers } = await rowOf(of, pattern, mode);
      return { supported, blockers: blockers.map((b) => `${b.nodes} ${b.reason}`) };
    };
    expect(await reasons('default', 'secondary')).toEqual({ supported: true, blockers: [] });
    expect(await reasons('default', 'ipv6')).toEqual({
      supported: false,
      blockers: ['0 a new IPv6 cluster: the family is chosen when a cluster is created'],
    });
    expect(await reasons('custom', 'prefix')).toEqual({
      supported: false,
      blockers: ['1 an ENIConfig with a subnet of the zone'],
    });
    expect(await reasons('sgp', 'secondary')).toEqual({
      supported: false,
      blockers: ['1 types that carry a trunk: t3.medium cannot, replace the nodes'],
    });
  });

  it('leaves a pair supported where only some nodes are concerned', async () => {
    const of = small({
      instances: [instance({ instanceId: 'i-n1' }), instance({ instanceId: 'i-n2', instanceType: 'm4.large' })],
      nodes: [node({ name: 'n1' }), node({ name: 'n2', type: 'm4.large', maxPods: 20 })],
    });
    const row = await rowOf(of, 'default', 'prefix');
    expect(row.supported).toBe(true);
    expect(row.blockers).toEqual([
      { reason: 'Nitro types: m4.large cannot hold prefixes', nodes: 1, zones: ['eu-west-1a'] },
    ]);
  });

  it('is nothing for custom networking once an ENIConfig has a subnet in the zone', async () => {
    const podSubnet = subnet({ subnetId: 'subnet-pods-1a', cidr: '100.64.0.0/24' });
    const row = await rowOf(
      small({ subnets: [subnet(), podSubnet], eniConfigs: [eniConfig({ name: 'any' })] }),
      'custom',
      'secondary',
    );
    expect(row).toMatchObject({
      supported: true,
      blockers: [],
      worstSubnet: { subnetId: 'subnet-pods-1a', ratio: 20 / 251 },
    });
  });

  it('is the other family in an IPv6 cluster', async () => {
    const of = small({
      cluster: cluster({ ipFamily: 'ipv6' }),
      cni: cni({ env: { ENABLE_IPv4: 'false', ENABLE_IPv6: 'true', ENABLE_PREFIX_DELEGATION: 'true' } }),
    });
    expect(await rowOf(of, 'default', 'ipv6')).toMatchObject({ current: true, supported: true, blockers: [] });
    expect(await rowOf(of, 'default', 'prefix')).toMatchObject({ supported: false });
  });
});

describe('unknown inputs', () => {
  const totals = { clusterPods: null, addresses: null, roomForNodes: null };

  it('leave no number behind where pods were not read', async () => {
    const row = await rowOf(small({ pods: denied('pods: list') }), 'default', 'secondary');
    expect(row).toMatchObject({ current: true, maxPodsPerNode: { min: 29, max: 29 }, ...totals });
  });

  it('leave blocks and replaced subnets open where ENIs were not read', async () => {
    const of = small({ networkInterfaces: denied('ec2:DescribeNetworkInterfaces') });
    expect(await rowOf(of, 'default', 'secondary')).toMatchObject({ clusterPods: 29, roomForNodes: 11 });
    expect(await rowOf(of, 'default', 'prefix')).toMatchObject({ worstSubnet: null, roomForNodes: null });
  });

  it('mark no pair as in force where the DaemonSet was not read', async () => {
    const rows = await rowsOf(small({ cni: denied('daemonsets.apps: get') }));
    expect(rows).toHaveLength(10);
    expect(rows.filter((r) => r.current)).toEqual([]);
    expect(rows[0]?.blockers[0]?.reason).toBe('settings of aws-node, which could not be read');
  });

  it('say that no node was read, or that there is none', async () => {
    const [unread] = await rowsOf(small({ nodes: denied('nodes: list') }));
    expect(unread).toMatchObject({ current: true, maxPodsPerNode: null, clusterPods: null });
    expect(unread?.blockers[0]?.reason).toBe('nodes, which could not be read');
    const [none] = await rowsOf(small({ nodes: [] }));
    expect(none?.blockers[0]?.reason).toBe('nodes that aws-node serves: there are none');
  });

  it('leave sums open where the limits of a node are unknown', async () => {
    const of = small({ nodes: [node({ name: 'n1' }), node({ name: 'n2', type: 'z9.huge' })] });
    expect(await rowOf(of, 'default', 'secondary')).toMatchObject(totals);
  });
});
