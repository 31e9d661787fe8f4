import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { cidrReservations } from '../../../../src/inspect/collect/aws/cidr-reservations.ts';
import { instanceTypes } from '../../../../src/inspect/collect/aws/instance-types.ts';
import { instances } from '../../../../src/inspect/collect/aws/instances.ts';
import { launchTemplates } from '../../../../src/inspect/collect/aws/launch-templates.ts';
import { networkInterfaces } from '../../../../src/inspect/collect/aws/network-interfaces.ts';
import { routeTables } from '../../../../src/inspect/collect/aws/route-tables.ts';
import { securityGroups } from '../../../../src/inspect/collect/aws/security-groups.ts';
import { subnets } from '../../../../src/inspect/collect/aws/subnets.ts';
import { maxPodsOfUserData } from '../../../../src/inspect/collect/aws/user-data.ts';
import { vpc } from '../../../../src/inspect/collect/aws/vpc.ts';
import { awsError, collect, collecting, harness } from './harness.ts';

const inVpc = collecting({ cluster: { name: 'prod', vpcId: 'vpc-1', subnetIds: ['subnet-cp'] }, eniConfigs: [] });
const VPC_FILTER = [{ Name: 'vpc-id', Values: ['vpc-1'] }];

describe('network interfaces', () => {
  it('are one sweep of the VPC, page by page, always with MaxResults', async () => {
    const h = harness({
      DescribeNetworkInterfaces: ({ NextToken }: { NextToken?: string }) =>
        NextToken === undefined
          ? { NetworkInterfaces: [{ NetworkInterfaceId: 'eni-1' }], NextToken: 'two' }
          : { NetworkInterfaces: [{ NetworkInterfaceId: 'eni-2' }] },
    });
    const { data } = await collect(networkInterfaces, h, inVpc);
    expect(data.map((e) => e.eniId)).toEqual(['eni-1', 'eni-2']);
    expect(h.sent.map((s) => s.input)).toEqual([
      { Filters: VPC_FILTER, MaxResults: 1000, NextToken: undefined },
      { Filters: VPC_FILTER, MaxResults: 1000, NextToken: 'two' },
    ]);
    expect(h.log.sources()).toMatchObject([{ requests: 2, items: 2 }]);
  });

  it('keep addresses apart from prefixes, and of the tags those that are used', async () => {
    const raw = {
      NetworkInterfaceId: 'eni-1',
      Status: 'in-use',
      Description: 'aws-K8S-i-0a1b2c3d4e5f60718',
      SubnetId: 'subnet-1',
      VpcId: 'vpc-1',
      AvailabilityZone: 'eu-west-1a',
      PrivateIpAddress: '10.0.0.5',
      PrivateIpAddresses: [
        { PrivateIpAddress: '10.0.0.5', Primary: true },
        { PrivateIpAddress: '10.0.0.6', Primary: false },
      ],
      Ipv4Prefixes: [{ Ipv4Prefix: '10.0.0.16/28' }],
      Attachment: {
        InstanceId: 'i-0a1b2c3d4e5f60718',
        DeviceIndex: 1,
        Status: 'attached',
        AttachTime: new Date('2026-11-01T00:00:00Z'),
        DeleteOnTermination: true,
      },
      Groups: [{ GroupId: 'sg-1' }, {}],
      TagSet: [
        { Key: 'node.k8s.amazonaws.com/instance_id', Value: 'i-0a1b2c3d4e5f60718' },
        { Key: 'cost-center', Value: 'secret' },
      ],
    };
    const { data } = await collect(
      networkInterfaces,
      harness({ DescribeNetworkInterfaces: { NetworkInterfaces: [raw] } }),
      inVpc,
    );
    expect(data[0]).toMatchObject({
      type: 'interface',
      origin: { kind: 'cni-secondary', id: 'i-0a1b2c3d4e5f60718' },
      primaryIp: '10.0.0.5',
      secondaryIps: ['10.0.0.6'],
      prefixes: ['10.0.0.16/28'],
      securityGroupIds: ['sg-1'],
      attachment: { deviceIndex: 1, networkCardIndex: 0, attachedAt: '2026-11-01T00:00:00.000Z' },
      tags: { 'node.k8s.amazonaws.com/instance_id': 'i-0a1b2c3d4e5f60718' },
    });
    expect(Object.keys(data[0]!.tags)).toHaveLength(1);
  });

  it('have no attachment where EC2 shows none, as for a branch ENI in use', async () => {
    const reply = { NetworkInterfaces: [{ NetworkInterfaceId: 'eni-b', InterfaceType: 'branch', Status: 'in-use' }] };
    const { data } = await collect(networkInterfaces, harness({ DescribeNetworkInterfaces: reply }), inVpc);
    expect(data[0]).toMatchObject({ type: 'branch', attachment: undefined });
  });
});

describe('subnets', () => {
  const page = (...ids: string[]) => ({
    Subnets: ids.map((SubnetId) => ({ SubnetId, VpcId: 'vpc-1', CidrBlock: '10.0.0.0/24' })),
  });
  const byFilter = (name: string) => (input: { Filters: { Name: string }[] }) => input.Filters[0]!.Name === name;

  it('of ENIConfigs outside the VPC are asked for by filter, which survives ids that do not exist', async () => {
    const ctx = collecting({
      cluster: { vpcId: 'vpc-1' },
      eniConfigs: [{ subnetId: 'subnet-1' }, { subnetId: 'subnet-x' }],
    });
    const h = harness({
      DescribeSubnets: (input: never) => (byFilter('vpc-id')(input) ? page('subnet-1') : page('subnet-x')),
    });
    const { data } = await collect(subnets, h, ctx);
    expect(data.map((s) => s.subnetId)).toEqual(['subnet-1', 'subnet-x']);
    expect(h.sent[1]?.input.Filters).toEqual([{ Name: 'subnet-id', Values: ['subnet-x'] }]);
  });

  it('stay known where those outside are denied', async () => {
    const ctx = collecting({ cluster: { vpcId: 'vpc-1' }, eniConfigs: [{ subnetId: 'subnet-x' }] });
    const h = harness({
      DescribeSubnets: (input: never) =>
        byFilter('vpc-id')(input) ? page('subnet-1') : awsError('UnauthorizedOperation'),
    });
    const { data, missing } = await collect(subnets, h, ctx);
    expect(data).toHaveLength(1);
    expect(missing).toMatchObject([{ permission: 'ec2:DescribeSubnets' }]);
  });

  it('are found through an instance where the cluster may not be described', async () => {
    const ctx = collecting({ instances: [{ vpcId: 'vpc-9' }], eniConfigs: [] });
    const h = harness({ DescribeSubnets: page('subnet-1') });
    await collect(subnets, h, ctx);
    expect(h.sent[0]?.input.Filters).toEqual([{ Name: 'vpc-id', Values: ['vpc-9'] }]);
  });

  it('are unknown, not none, where no VPC is known', async () => {
    await expect(collect(subnets, harness({}), collecting({}))).rejects.toThrow('needs cluster');
    await expect(collect(subnets, harness({}), collecting({ cluster: {}, instances: [] }))).rejects.toThrow('VPC');
  });
});

describe('CIDR reservations', () => {
  const all = ['subnet-cp', 'subnet-node', 'subnet-eni', 'subnet-tag', 'subnet-idle'].map((subnetId) => ({
    subnetId,
    tags: subnetId === 'subnet-tag' ? { 'kubernetes.io/role/cni': '1' } : {},
  }));
  const ctx = collecting({
    subnets: all,
    cluster: { name: 'prod', subnetIds: ['subnet-cp'] },
    eniConfigs: [{ subnetId: 'subnet-eni' }],
    nodegroups: [],
    nodes: [{ instanceId: 'i-1' }],
    instances: [
      { instanceId: 'i-1', subnetId: 'subnet-node', tags: {} },
      { instanceId: 'i-2', subnetId: 'subnet-idle', tags: {} },
    ],
    networkInterfaces: [],
  });

  it('are asked for in the subnets that matter, and no other', async () => {
    const reservation = { SubnetCidrReservationId: 'scr-1', Cidr: '10.0.0.64/26', ReservationType: 'prefix' };
    const h = harness({
      GetSubnetCidrReservations: ({ SubnetId }: { SubnetId: string }) => ({
        SubnetIpv4CidrReservations: SubnetId === 'subnet-node' ? [reservation] : [],
      }),
    });
    const { data, missing } = await collect(cidrReservations, h, ctx);
    expect(data.subnetIds).toEqual(['subnet-cp', 'subnet-node', 'subnet-eni', 'subnet-tag']);
    expect(data.reservations).toEqual([
      { reservationId: 'scr-1', subnetId: 'subnet-node', cidr: '10.0.0.64/26', type: 'prefix' },
    ]);
    expect(missing).toEqual([]);
  });

  it('of a denied subnet are unknown, and the permission is named', async () => {
    const h = harness({
      GetSubnetCidrReservations: ({ SubnetId }: { SubnetId: string }) =>
        SubnetId === 'subnet-eni' ? awsError('UnauthorizedOperation') : {},
    });
    const { data, missing } = await collect(cidrReservations, h, ctx);
    expect(data.subnetIds).not.toContain('subnet-eni');
    expect(missing).toMatchObject([{ permission: 'ec2:GetSubnetCidrReservations' }]);
  });

  it('are denied as a whole where every subnet is', async () => {
    const h = harness({ GetSubnetCidrReservations: awsError('UnauthorizedOperation') });
    await expect(collect(cidrReservations, h, ctx)).rejects.toMatchObject({ kind: 'denied' });
  });
});

describe('instances', () => {
  it('are swept by VPC', async () => {
    const reply = { Reservations: [{ Instances: [{ InstanceId: 'i-1', State: { Name: 'running' } }] }] };
    const h = harness({ DescribeInstances: reply });
    expect((await collect(instances, h, inVpc)).data).toMatchObject([{ instanceId: 'i-1', state: 'running' }]);
    expect(h.sent[0]?.input).toMatchObject({
      MaxResults: 1000,
      Filters: [...VPC_FILTER, { Name: 'instance-state-name' }],
    });
  });

  it('are asked for by the nodes’ ids, a hundred at a time, where no VPC is known', async () => {
    const nodes = Array.from({ length: 250 }, (_, i) => ({ instanceId: `i-${i}` }));
    const h = harness({ DescribeInstances: {} });
    await collect(instances, h, collecting({ nodes }));
    const sizes = h.sent.map((s) => (s.input.Filters as { Values: string[] }[])[0]!.Values.length);
    expect(sizes).toEqual([100, 100, 50]);
  });

  it('are asked for by tag where neither is known', async () => {
    const h = harness({ DescribeInstances: {} });
    await collect(instances, h);
    expect(h.sent[0]?.input.Filters).toContainEqual({ Name: 'tag-key', Values: ['kubernetes.io/cluster/prod'] });
  });
});

describe('instance types', () => {
  it('tell the default card from the whole machine', async () => {
    // p4d.24xlarge as EC2 publishes it: four cards of 15 ENIs
    const NetworkCards = [0, 1, 2, 3].map((NetworkCardIndex) => ({ NetworkCardIndex, MaximumNetworkInterfaces: 15 }));
    const p4d = {
      InstanceType: 'p4d.24xlarge',
      Hypervisor: 'nitro',
      BareMetal: false,
      VCpuInfo: { DefaultVCpus: 96 },
      NetworkInfo: {
        MaximumNetworkInterfaces: 60,
        MaximumNetworkCards: 4,
        DefaultNetworkCardIndex: 0,
        NetworkCards,
        Ipv4AddressesPerInterface: 50,
      },
    };
    const ctx = collecting({ instances: [{ instanceType: 'p4d.24xlarge' }], nodegroups: [], nodes: [] });
    const { data } = await collect(instanceTypes, harness({ DescribeInstanceTypes: { InstanceTypes: [p4d] } }), ctx);
    expect(data).toEqual([
      {
        instanceType: 'p4d.24xlarge',
        hypervisor: 'nitro',
        bareMetal: false,
        vcpus: 96,
        maxEnis: 15,
        maxEnisTotal: 60,
        networkCards: 4,
        ipv4PerEni: 50,
      },
    ]);
  });

  it('are each asked for once, by filter', async () => {
    const h = harness({ DescribeInstanceTypes: {} });
    const nodes = [{ labels: { 'node.kubernetes.io/instance-type': 'c6g.xlarge' } }, { labels: {} }];
    const groups = [{ instanceTypes: ['m5.large', 'c6g.xlarge'] }];
    await collect(
      instanceTypes,
      h,
      collecting({ instances: [{ instanceType: 'm5.large' }], nodegroups: groups, nodes }),
    );
    expect(h.sent).toHaveLength(1);
    expect(h.sent[0]?.input.Filters).toEqual([{ Name: 'instance-type', Values: ['c6g.xlarge', 'm5.large'] }]);
  });

  it('are unknown where neither instances nor nodes are known', async () => {
    await expect(collect(instanceTypes, harness({}), collecting({ nodegroups: [] }))).rejects.toThrow(
      'needs instances',
    );
  });
});

describe('routes, groups and the VPC', () => {
  it('name each route’s target, whichever field it stands in', async () => {
    const RouteTables = [
      {
        RouteTableId: 'rtb-1',
        Associations: [{ Main: true }, { SubnetId: 'subnet-1', Main: false }],
        Routes: [
          { DestinationCidrBlock: '10.0.0.0/16', GatewayId: 'local', State: 'active' },
          { DestinationCidrBlock: '0.0.0.0/0', NatGatewayId: 'nat-1', State: 'blackhole' },
          { DestinationIpv6CidrBlock: '::/0', EgressOnlyInternetGatewayId: 'eigw-1', State: 'active' },
          { DestinationPrefixListId: 'pl-1', GatewayId: 'vpce-1', State: 'active' },
        ],
      },
    ];
    const { data } = await collect(routeTables, harness({ DescribeRouteTables: { RouteTables } }), inVpc);
    expect(data[0]).toMatchObject({ main: true, subnetIds: ['subnet-1'] });
    expect(data[0]!.routes.map((r) => `${r.destination} ${r.target} ${r.state}`)).toEqual([
      '10.0.0.0/16 local active',
      '0.0.0.0/0 nat-1 blackhole',
      '::/0 eigw-1 active',
      'pl-1 vpce-1 active',
    ]);
  });

  it('look for groups that the cluster names and the VPC does not hold', async () => {
    const ctx = collecting({
      cluster: { vpcId: 'vpc-1' },
      eniConfigs: [{ securityGroupIds: ['sg-1', 'sg-2'] }],
      securityGroupPolicies: [{ securityGroupIds: ['sg-3'] }],
    });
    const h = harness({
      DescribeSecurityGroups: ({ Filters }: { Filters: { Name: string }[] }) =>
        Filters[0]!.Name === 'vpc-id'
          ? { SecurityGroups: [{ GroupId: 'sg-1', VpcId: 'vpc-1' }] }
          : { SecurityGroups: [{ GroupId: 'sg-3', VpcId: 'vpc-2' }] },
    });
    const { data } = await collect(securityGroups, h, ctx);
    expect(h.sent[1]?.input.Filters).toEqual([{ Name: 'group-id', Values: ['sg-2', 'sg-3'] }]);
    expect(data.map((g) => g.groupId)).toEqual(['sg-1', 'sg-3']);
  });

  it('keep the state of each CIDR', async () => {
    const Vpcs = [
      {
        OwnerId: '111122223333',
        CidrBlockAssociationSet: [
          { CidrBlock: '10.0.0.0/16', CidrBlockState: { State: 'associated' } },
          { CidrBlock: '100.64.0.0/16', CidrBlockState: { State: 'disassociated' } },
        ],
      },
    ];
    const { data } = await collect(vpc, harness({ DescribeVpcs: { Vpcs } }), inVpc);
    expect(data.cidrs.map((c) => c.state)).toEqual(['associated', 'disassociated']);
    await expect(collect(vpc, harness({ DescribeVpcs: {} }), inVpc)).rejects.toMatchObject({ kind: 'not-found' });
  });
});

describe('launch templates', () => {
  const base64 = (text: string) => Buffer.from(text).toString('base64');

  it('are read for the version each group uses, once', async () => {
    const UserData = base64('spec:\n  kubelet:\n    config:\n      maxPods: 58\n');
    const h = harness({
      DescribeLaunchTemplateVersions: ({
        LaunchTemplateId,
        Versions,
      }: {
        LaunchTemplateId?: string;
        Versions: string[];
      }) => ({
        LaunchTemplateVersions: [
          {
            LaunchTemplateId: LaunchTemplateId ?? 'lt-named',
            VersionNumber: Number(Versions[0]) || 9,
            LaunchTemplateData: { UserData },
          },
        ],
      }),
    });
    const ctx = collecting({
      nodegroups: [
        { launchTemplate: { id: 'lt-1', version: '3' } },
        { launchTemplate: { id: 'lt-1', version: '3' } },
        {},
      ],
      autoScalingGroups: [{ launchTemplate: { name: 'own' } }],
    });
    const { data } = await collect(launchTemplates, h, ctx);
    expect(data).toMatchObject([
      { id: 'lt-1', version: 3, maxPods: 58 },
      { id: 'lt-named', version: 9 },
    ]);
    expect(JSON.stringify(data)).not.toContain('kubelet');
    expect(h.sent[1]?.input).toEqual({ LaunchTemplateName: 'own', Versions: ['$Default'] });
  });

  it.each([
    ["/etc/eks/bootstrap.sh prod --use-max-pods false --kubelet-extra-args '--max-pods=110'", 110],
    ['/etc/eks/bootstrap.sh prod --kubelet-extra-args "--max-pods 58"', 58],
    ['apiVersion: node.eks.aws/v1alpha1\nkind: NodeConfig\nspec:\n  kubelet:\n    config:\n      maxPods: 29', 29],
    ['[settings.kubernetes]\nmax-pods = 110\n', 110],
    ['{"maxPods": 42}', 42],
    ['/etc/eks/bootstrap.sh prod', undefined],
  ])('find maxPods in user data: %s', (text, maxPods) => {
    expect(maxPodsOfUserData(base64(text))).toBe(maxPods);
    expect(maxPodsOfUserData(gzipSync(text).toString('base64'))).toBe(maxPods);
  });
});
