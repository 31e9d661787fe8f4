import { parse } from 'valibot';
import { describe, expect, it } from 'vitest';
import { type SubnetItem, type SubnetsReport, subnetsSchema } from '../../../../src/inspect/contract/subnets.ts';
import { DEFAULT_POLICY } from '../../../../src/inspect/policy.ts';
import { buildSubnets, type SubnetsAsk } from '../../../../src/inspect/report/subnets/build.ts';
import { shop } from '../../../support/shop.ts';
import {
  addresses,
  ago,
  cluster,
  cni,
  cniEni,
  denied,
  eni,
  eniConfig,
  type GivenSections,
  instance,
  node,
  nodegroup,
  pod,
  runOf,
  snapshot,
  subnet,
  VPC,
  workloads,
} from '../../../support/snapshot-builder.ts';

const TOOL = { name: 'vpccni', version: '0.0.0' };
const ALL: SubnetsAsk = { subnetIds: [], wholeVpc: true };

async function build(sections: GivenSections, ask: Partial<SubnetsAsk> = {}): Promise<SubnetsReport> {
  return buildSubnets(await runOf(snapshot(sections)), { ...ALL, ...ask }, DEFAULT_POLICY, TOOL);
}

async function one(sections: GivenSections, ask: Partial<SubnetsAsk> = {}): Promise<SubnetItem> {
  const { items } = await build(sections, ask);
  expect(items).toHaveLength(1);
  return items[0]!;
}

const placed = (eniId: string, first: string, count: number, part: Partial<Parameters<typeof eni>[0]> = {}) => {
  const [primaryIp, ...secondaryIps] = addresses(first, count);
  return eni({ eniId, primaryIp, secondaryIps, status: 'in-use', ...part });
};

/**
 * A /25 of eight blocks: #0 and #7 are AWS's; `a` alone in #1, `a` and `b` in #2, `b` with a prefix in #3, Lambda in #4, a
 * leaked ENI in #5, #6 free. 94 free: 128 - 5 - 29 seen.
 */
const BASE: GivenSections = {
  caller: { account: '111122223333', arn: 'arn:aws:iam::111122223333:role/reader' },
  cluster: cluster(),
  cni: cni(),
  nodes: [node({ name: 'a' }), node({ name: 'b' })],
  instances: [instance({ instanceId: 'i-a' }), instance({ instanceId: 'i-b' })],
  pods: [
    pod({ name: 'web-1', node: 'a', ip: '10.0.0.17', labels: { app: 'web' } }),
    pod({ name: 'log-1', node: 'a', ip: '10.0.0.18', owner: 'DaemonSet/log' }),
    pod({ name: 'web-2', node: 'b', ip: '10.0.0.49', labels: { app: 'web' } }),
    pod({ name: 'api-1', node: 'b', ip: '10.0.0.50', labels: { app: 'api' } }),
    pod({ name: 'done', node: 'b', phase: 'Succeeded' }),
  ],
  workloads: workloads({
    disruptionBudgets: [
      { namespace: 'default', name: 'api', matchLabels: { app: 'api' }, disruptionsAllowed: 0 },
      { namespace: 'default', name: 'web', matchLabels: { app: 'web' }, disruptionsAllowed: 1 },
      { namespace: 'other', name: 'web', matchLabels: { app: 'web' }, disruptionsAllowed: 0 },
    ],
  }),
  subnets: [subnet({ cidr: '10.0.0.0/25', availableIps: 94 })],
  networkInterfaces: [
    placed('eni-a', '10.0.0.16', 3, { attachedTo: 'i-a' }),
    placed('eni-a2', '10.0.0.32', 2, { attachedTo: 'i-a', device: 1, origin: { kind: 'cni-secondary', id: 'i-a' } }),
    placed('eni-b', '10.0.0.40', 1, { attachedTo: 'i-b', prefixes: ['10.0.0.48/28'] }),
    placed('eni-l', '10.0.0.64', 2, { type: 'lambda', origin: { kind: 'lambda', id: 'hooks' } }),
    cniEni({
      eniId: 'eni-gone',
      attachedTo: 'i-gone',
      attachment: undefined,
      status: 'available',
      primaryIp: '10.0.0.80',
      secondaryIps: addresses('10.0.0.81', 4),
      createdAt: ago(7200),
    }),
  ],
  cidrReservations: { subnetIds: ['subnet-1a'], reservations: [] },
};

describe('the report of subnets', () => {
  it('has the shape that is published', async () => {
    const report = buildSubnets(await runOf(shop()), { ...ALL, block: { index: 1 } }, DEFAULT_POLICY, TOOL);
    expect(report.items.length).toBeGreaterThan(3);
    expect(() => parse(subnetsSchema, report)).not.toThrow();
  });

  it('accounts for every address, and its blocks and map agree', async () => {
    const item = await one(BASE);
    expect(item.addresses).toEqual({
      total: 128,
      reserved: 5,
      seen: 29,
      reservedUnallocated: 0,
      free: 94,
      invisible: 0,
    });
    expect(item.blocks).toMatchObject({ total: 8, usable: 6, free: 1, fragmented: 4, prefix: 1, awsReserved: 2 });
    expect(item.map!.states).toBe('R%%P%%.R');
    expect(item.map!.held.map((h) => [h.block, h.addresses])).toEqual([
      [1, 3],
      [2, 3],
      [3, 16],
      [4, 2],
      [5, 5],
    ]);
    const who = item.map!.held.map((h) => h.holders.map((i) => item.map!.holders[i]!.name));
    expect(who[1]).toEqual(['a', 'b']);
    expect(who[3]).toEqual(['lambda hooks']);
  });

  it('says what fragmentation costs', async () => {
    const { fragmentation } = await one(BASE);
    // four of the five blocks that hold no prefix yet cannot take one; 94 free less the 16 of the free block
    expect(fragmentation).toEqual({
      emptyBlocks: 1,
      usableBlocks: 1,
      score: 80,
      largestRun: { block: 6, blocks: 1, cidr: '10.0.0.96/28' },
      strandedAddresses: 78,
    });
  });

  it('frees blocks by the fewest that leave: what was left behind first, then nodes together', async () => {
    const { drains, drainable, pinned } = await one(BASE);
    expect(drainable).toBe(4);
    expect(pinned).toEqual([{ class: 'lambda', name: 'hooks', blocks: [4] }]);
    const [first, second, all] = drains;
    expect(first).toMatchObject({ wantBlocks: 1, nodes: [], interfaces: ['eni-gone'], pods: 0, blockedByPdb: [] });
    expect(first!.commands).toEqual([
      'aws ec2 delete-network-interface --network-interface-id eni-gone --region eu-west-1',
    ]);
    // one pod moves: the DaemonSet's stays
    expect(second).toMatchObject({ wantBlocks: 2, nodes: ['a'], interfaces: ['eni-gone'], blocks: [1, 5], pods: 1 });
    expect(all).toMatchObject({
      wantBlocks: 4,
      nodes: ['a', 'b'],
      freesBlocks: 4,
      pods: 3,
      blockedByPdb: ['default/api'],
      optimal: true,
      bound: 3,
    });
    expect(all!.commands.some((c) => /kubectl.* cordon a b/.test(c))).toBe(true);
  });

  it('answers for so many blocks as were asked', async () => {
    expect((await one(BASE, { drain: 3 })).drains.map((d) => d.wantBlocks)).toEqual([3]);
    expect((await one(BASE, { drain: 5 })).drains).toEqual([]);
  });

  it('leaves an interface where it is that its instance leaves behind', async () => {
    const stays = placed('eni-a', '10.0.0.16', 3, { attachedTo: 'i-a' });
    const left = { ...stays, attachment: { ...stays.attachment!, deleteOnTermination: false } };
    const item = await one({ ...BASE, networkInterfaces: [left] });
    expect(item.drainable).toBe(0);
    expect(item.pinned).toMatchObject([{ class: 'node-primary', blocks: [1] }]);
  });

  it('frees nothing inside explicit reservations, and counts the empty blocks there apart', async () => {
    const reservations = [
      { reservationId: 'scr-1', subnetId: 'subnet-1a', cidr: '10.0.0.16/28', type: 'explicit' as const },
      { reservationId: 'scr-2', subnetId: 'subnet-1a', cidr: '10.0.0.96/28', type: 'explicit' as const },
    ];
    const item = await one({ ...BASE, cidrReservations: { subnetIds: ['subnet-1a'], reservations } });
    expect(item.map!.states).toBe('Rx%P%%xR');
    expect(item.drainable).toBe(3);
    expect(item.fragmentation).toMatchObject({ emptyBlocks: 1, usableBlocks: 0, score: 100, largestRun: null });
    expect(item.reservations).toEqual([
      { id: 'scr-1', cidr: '10.0.0.16/28', type: 'explicit' },
      { id: 'scr-2', cidr: '10.0.0.96/28', type: 'explicit' },
    ]);
  });

  it('works from EC2 alone: instances by their tags, pods unknown', async () => {
    const tags = { 'kubernetes.io/cluster/prod': 'owned' };
    const { caller, subnets, networkInterfaces, cidrReservations } = BASE;
    const item = await one({
      caller,
      subnets,
      networkInterfaces,
      cidrReservations,
      instances: [instance({ instanceId: 'i-a', tags }), instance({ instanceId: 'i-b', tags })],
    });
    expect(item.sources).toEqual([]);
    expect(item.clusters).toEqual([{ name: 'prod', ours: false, addresses: 22 }]);
    expect(item.drains.at(-1)).toMatchObject({ nodes: ['i-a', 'i-b'], pods: null, blockedByPdb: null });
    expect(item.addresses.free).toBe(94);
  });

  it('knows no blocks, owners or drains without interfaces, and says why', async () => {
    const report = await build({ ...BASE, networkInterfaces: denied('ec2:DescribeNetworkInterfaces') });
    expect(report.items[0]).toMatchObject({
      addresses: { seen: null, invisible: null, free: 94 },
      blocks: null,
      owners: null,
      map: null,
      fragmentation: null,
      drains: [],
      drainable: null,
      interfaces: null,
      notes: ['the ENIs were not read'],
    });
    expect(report.unread).toContainEqual({
      section: 'networkInterfaces',
      gaps: [expect.objectContaining({ permission: 'ec2:DescribeNetworkInterfaces' })],
    });
  });

  it('marks a shared subnet and its blocks as an upper bound', async () => {
    const shared = subnet({ cidr: '10.0.0.0/25', availableIps: 94, ownerId: '999988887777' });
    const item = await one({ ...BASE, subnets: [shared] });
    expect(item.sharedBy).toBe('999988887777');
    expect(item.blocks!.upperBound).toBe(true);
  });

  it('counts what nothing names, and keeps its words', async () => {
    const managed = placed('eni-x', '10.0.0.64', 2, {
      requesterManaged: true,
      requesterId: '123456789012',
      description: 'Something new',
      origin: { kind: 'other' },
    });
    const report = await build({ ...BASE, networkInterfaces: [managed] });
    expect(report.unknownOwners).toEqual({ enis: 1, addresses: 2 });
    expect(report.items[0]!.interfaces).toMatchObject([
      { class: 'aws-service', confidence: 'low', description: 'Something new', requesterId: '123456789012' },
    ]);
  });
});

describe('where subnets are found', () => {
  const found = async (sections: GivenSections) => {
    const report = await build(sections, { wholeVpc: false });
    return Object.fromEntries(report.items.map((i) => [i.subnetId, i.sources]));
  };
  const at = (subnetId: string, third: number, tags: Record<string, string> = {}) =>
    subnet({ subnetId, cidr: `10.0.${third}.0/24`, tags });

  it('in every source, each named', async () => {
    expect(
      await found({
        cluster: cluster({ subnetIds: ['subnet-cp'] }),
        nodegroups: [nodegroup({ name: 'workers', subnetIds: ['subnet-ng'] })],
        autoScalingGroups: [
          {
            name: 'own',
            minSize: 0,
            maxSize: 1,
            desiredCapacity: 0,
            subnetIds: ['subnet-asg'],
            instanceIds: [],
            tags: { 'kubernetes.io/cluster/prod': 'owned' },
          },
          {
            name: 'other',
            minSize: 0,
            maxSize: 1,
            desiredCapacity: 0,
            subnetIds: ['subnet-none'],
            instanceIds: [],
            tags: {},
          },
        ],
        fargateProfiles: [{ name: 'jobs', status: 'ACTIVE', subnetIds: ['subnet-fg'], selectors: [] }],
        eniConfigs: [eniConfig({ name: 'eu-west-1a', subnetId: 'subnet-ec' })],
        nodeClasses: [{ kind: 'EC2NodeClass', name: 'default', subnetIds: ['subnet-nc'], securityGroupIds: [] }],
        nodes: [node({ name: 'a' })],
        instances: [instance({ instanceId: 'i-a', subnetId: 'subnet-node' })],
        networkInterfaces: [eni({ eniId: 'eni-a', attachedTo: 'i-a', subnetId: 'subnet-eni', primaryIp: '10.0.8.9' })],
        subnets: [
          at('subnet-cp', 1),
          at('subnet-ng', 2),
          at('subnet-asg', 3),
          at('subnet-fg', 4),
          at('subnet-ec', 5),
          at('subnet-nc', 6),
          at('subnet-node', 7),
          at('subnet-eni', 8),
          at('subnet-tag', 9, { 'kubernetes.io/cluster/prod': 'shared' }),
          at('subnet-kt', 10, { 'karpenter.sh/discovery': 'prod' }),
          at('subnet-cni', 11, { 'kubernetes.io/role/cni': '1' }),
          at('subnet-elb', 12, { 'kubernetes.io/role/elb': '1', 'kubernetes.io/cluster/other': 'owned' }),
          at('subnet-none', 13, { 'karpenter.sh/discovery': 'other', 'kubernetes.io/role/cni': '0' }),
        ],
      }),
    ).toEqual({
      'subnet-cp': ['control-plane'],
      'subnet-ng': ['nodegroup:workers'],
      'subnet-asg': ['autoscaling:own'],
      'subnet-fg': ['fargate:jobs'],
      'subnet-ec': ['eniconfig:eu-west-1a'],
      'subnet-nc': ['nodeclass:default'],
      'subnet-node': ['node'],
      'subnet-eni': ['interfaces'],
      'subnet-tag': ['tag:kubernetes.io/cluster/prod'],
      'subnet-kt': ['tag:karpenter.sh/discovery'],
      'subnet-cni': ['tag:kubernetes.io/role/cni'],
    });
  });
});

describe('who sits in a block', () => {
  it('tells its interfaces, pods, and whether a drain frees it', async () => {
    const report = await build(BASE, { block: { address: 167_772_208 } });
    expect(report.block).toEqual([
      {
        subnetId: 'subnet-1a',
        block: 3,
        cidr: '10.0.0.48/28',
        state: 'prefix',
        free: 0,
        reservations: [],
        holders: [
          {
            eniId: 'eni-b',
            class: 'node-primary',
            name: 'prod',
            cluster: 'prod',
            node: 'b',
            instanceId: 'i-b',
            prefix: '10.0.0.48/28',
            addresses: [],
            pods: [
              { pod: 'default/web-2', address: '10.0.0.49' },
              { pod: 'default/api-1', address: '10.0.0.50' },
            ],
            movable: true,
          },
        ],
      },
    ]);
  });

  it('counts what is free beside the holders and AWS', async () => {
    const [first] = (await build(BASE, { block: { index: 0 } })).block!;
    expect(first).toMatchObject({ state: 'awsReserved', free: 12, holders: [] });
    const [last] = (await build(BASE, { block: { index: 7 } })).block!;
    expect(last).toMatchObject({ free: 15 });
    const [lambda] = (await build(BASE, { block: { index: 4 } })).block!;
    expect(lambda).toMatchObject({ free: 14, holders: [{ movable: false, addresses: ['10.0.0.64', '10.0.0.65'] }] });
  });
});

describe('ranges to reserve', () => {
  it('are free blocks first, then those whose holders leave; the reservations are made before anyone does', async () => {
    const { reserve } = await build(BASE, { reserve: 3 });
    expect(reserve).toMatchObject([
      {
        subnetId: 'subnet-1a',
        wantBlocks: 3,
        ranges: [
          { cidr: '10.0.0.16/28', blocks: 1, freeNow: 0, drainFirst: ['a'] },
          { cidr: '10.0.0.80/28', blocks: 1, freeNow: 0, drainFirst: ['eni-gone'] },
          { cidr: '10.0.0.96/28', blocks: 1, freeNow: 1, drainFirst: [] },
        ],
        shortBy: 0,
        note: null,
      },
    ]);
    const { commands } = reserve![0]!;
    expect(commands[0]).toBe(
      'aws ec2 create-subnet-cidr-reservation --subnet-id subnet-1a --reservation-type prefix --cidr 10.0.0.16/28 --region eu-west-1',
    );
    expect(commands.slice(0, 3).every((c) => c.includes('create-subnet-cidr-reservation'))).toBe(true);
    expect(commands.slice(3).map((c) => c.split(' ').slice(0, 3).join(' '))).toEqual([
      'aws ec2 delete-network-interface',
      expect.stringMatching(/^kubectl/),
    ]);
    expect(commands.at(-1)).toMatch(/ drain .* && aws autoscaling terminate-instance-in-auto-scaling-group /);
  });

  it('say how many cannot be had, whoever leaves', async () => {
    // one free and four that drains free; Lambda keeps the sixth
    expect((await build(BASE, { reserve: 9 })).reserve).toMatchObject([{ shortBy: 4 }]);
  });

  it('come without the drain where a name is none', async () => {
    const nodes = [node({ name: 'a; rm -rf /', instanceId: 'i-a' }), node({ name: 'b' })];
    const report = await build({ ...BASE, nodes }, { reserve: 3 });
    expect(report.reserve![0]!.commands.every((c) => c.includes('create-subnet-cidr-reservation'))).toBe(true);
    expect(report.items[0]!.drains.flatMap((d) => d.commands).join()).not.toContain('rm');
  });
});

describe('one more subnet', () => {
  const vpc = (...cidrs: string[]) => ({
    vpc: { vpcId: VPC, cidrs: cidrs.map((cidr) => ({ cidr, state: 'associated' })), ipv6Cidrs: [] },
  });
  const grow = async (length: number, sections: GivenSections) =>
    (await build({ ...BASE, routeTables: [], ...sections }, { grow: length })).grow!;
  const route = (destination: string) => ({
    routeTables: [
      { routeTableId: 'rtb-1', main: true, subnetIds: [], routes: [{ destination, target: 'tgw-1', state: 'active' }] },
    ],
  });

  it('stands where the VPC has room', async () => {
    expect(await grow(24, vpc('10.0.0.0/22'))).toMatchObject([
      { zone: 'eu-west-1a', cidr: '10.0.1.0/24', newVpcCidr: null, addresses: 251, blocks: 14, note: null },
    ]);
  });

  it('gets a range of its own in 100.64.0.0/10 where it has none, clear of routes and services', async () => {
    const full = vpc('10.0.0.0/25');
    expect(await grow(20, full)).toMatchObject([{ newVpcCidr: '100.64.0.0/16', cidr: '100.64.0.0/20' }]);
    expect(await grow(20, { ...full, ...route('100.64.0.0/12') })).toMatchObject([{ newVpcCidr: '100.80.0.0/16' }]);
    const cluster64 = { cluster: cluster({ serviceIpv4Cidr: '100.64.0.0/20' }) };
    expect(await grow(20, { ...full, ...cluster64 })).toMatchObject([{ newVpcCidr: '100.65.0.0/16' }]);
    expect((await grow(17, full))[0]).toMatchObject({ cidr: '100.64.0.0/17' });
  });

  it('fits nowhere where all of that is led elsewhere: 198.19.0.0/16 is not for a VPC in 10.0.0.0/8', async () => {
    expect(await grow(20, { ...vpc('10.0.0.0/25'), ...route('100.64.0.0/10') })).toMatchObject([
      { cidr: null, commands: [], note: expect.stringContaining('no range of this size') },
    ]);
  });

  it('is not told where the VPC was not read', async () => {
    expect(await grow(20, {})).toMatchObject([{ cidr: null, note: 'the ranges of the VPC were not read' }]);
  });
});

describe('the commands', () => {
  it('reach this cluster and no other, whoever pastes them where', async () => {
    const report = await build(BASE, { reserve: 3 });
    const all = [...report.items.flatMap((i) => i.drains.flatMap((d) => d.commands)), ...report.reserve![0]!.commands];
    const ofKubectl = all.filter((c) => c.startsWith('kubectl'));
    expect(ofKubectl.length).toBeGreaterThan(2);
    for (const command of ofKubectl) expect(command).toMatch(/^kubectl --kubeconfig \.\/prod\.kubeconfig /);
    for (const command of all.filter((c) => c.startsWith('aws'))) expect(command).toContain('--region eu-west-1');
    expect(report.setup).toEqual([
      'aws eks update-kubeconfig --name prod --region eu-west-1 --kubeconfig ./prod.kubeconfig',
    ]);
  });
});
