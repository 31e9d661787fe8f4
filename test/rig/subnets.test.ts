/**
 * Subnets of every kind, as EC2 serves them, against figures worked out by hand. Where `VPCCNI_SUPPORT_SCRIPT` names AWS
 * Support's EKS/subnet-fragmentation script (awslabs/aws-support-tools, not part of this project), it runs beside, and each
 * difference is one that is explained here.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  AttachNetworkInterfaceCommand,
  CreateNetworkInterfaceCommand,
  CreateSubnetCidrReservationCommand,
  CreateSubnetCommand,
  CreateTagsCommand,
  CreateVpcCommand,
  DescribeSubnetsCommand,
  DescribeVpcsCommand,
  ModifyNetworkInterfaceAttributeCommand,
  RunInstancesCommand,
} from '@aws-sdk/client-ec2';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SubnetItem, SubnetsReport } from '../../src/inspect/contract/subnets.ts';
import { type Aws, awsClients, awsEnv, REGION } from './clients/aws.ts';
import { missingServers } from './servers/missing.ts';
import { ensureMoto, type Moto, startMoto } from './servers/moto.ts';

const missing = missingServers().emulator;
const SCRIPT = process.env.VPCCNI_SUPPORT_SCRIPT ?? '';
const scriptMissing = SCRIPT === '' || !existsSync(SCRIPT);
if (scriptMissing)
  console.log('skipped: the comparison with the script of AWS Support (VPCCNI_SUPPORT_SCRIPT is not set)');

/** What is expected of a subnet; letters of the map as the report explains them. */
interface Expected {
  readonly free: number;
  readonly seen: number;
  readonly reservedUnallocated?: number;
  readonly invisible?: number;
  readonly map: string;
  readonly score: number | null;
  readonly stranded: number;
  readonly upperBound?: boolean;
  /** Blocks to free → how many nodes and interfaces the smallest drain takes, and what it frees. */
  readonly drains?: Readonly<Record<number, readonly [number, number]>>;
  readonly pinned?: number;
}

describe.skipIf(missing)(`subnets of every kind${missing ? ` (skipped: ${missing})` : ''}`, () => {
  let dir: string;
  let moto: Moto;
  let aws: Aws;
  let python: string;
  let vpc = '';
  const ids = new Map<string, string>();
  const expected = new Map<string, Expected>();

  async function subnet(name: string, cidr: string, want: Expected, ipv6?: string): Promise<string> {
    const { Subnet } = await aws.ec2.send(
      new CreateSubnetCommand({ VpcId: vpc, CidrBlock: cidr, AvailabilityZone: 'eu-west-1a', Ipv6CidrBlock: ipv6 }),
    );
    const id = Subnet!.SubnetId!;
    ids.set(name, id);
    expected.set(name, want);
    return id;
  }

  async function interfaceIn(
    SubnetId: string,
    addresses: readonly string[],
    more: { prefixes?: readonly string[]; description?: string } = {},
  ): Promise<string> {
    const { NetworkInterface } = await aws.ec2.send(
      new CreateNetworkInterfaceCommand({
        SubnetId,
        PrivateIpAddresses: addresses.map((PrivateIpAddress, i) => ({ PrivateIpAddress, Primary: i === 0 })),
        Ipv4Prefixes: more.prefixes?.map((Ipv4Prefix) => ({ Ipv4Prefix })),
        Description: more.description ?? '',
      }),
    );
    return NetworkInterface!.NetworkInterfaceId!;
  }

  /** A node of cluster `prod`: its instance elsewhere, one interface of aws-node here. */
  async function nodeWith(
    SubnetId: string,
    addresses: readonly string[],
    prefixes: readonly string[] = [],
  ): Promise<string> {
    const tags = [
      { Key: 'kubernetes.io/cluster/prod', Value: 'owned' },
      { Key: 'Name', Value: 'node' },
    ];
    const { Instances } = await aws.ec2.send(
      new RunInstancesCommand({
        ImageId: 'ami-12345678',
        InstanceType: 'm5.24xlarge',
        MinCount: 1,
        MaxCount: 1,
        SubnetId: ids.get('nodes'),
        TagSpecifications: [{ ResourceType: 'instance', Tags: tags }],
      }),
    );
    const instance = Instances![0]!.InstanceId!;
    const eni = await interfaceIn(SubnetId, addresses, { prefixes, description: `aws-K8S-${instance}` });
    await aws.ec2.send(
      new CreateTagsCommand({
        Resources: [eni],
        Tags: [{ Key: 'node.k8s.amazonaws.com/instance_id', Value: instance }],
      }),
    );
    const { AttachmentId } = await aws.ec2.send(
      new AttachNetworkInterfaceCommand({ InstanceId: instance, NetworkInterfaceId: eni, DeviceIndex: 1 }),
    );
    // as ipamd does after attaching
    await aws.ec2.send(
      new ModifyNetworkInterfaceAttributeCommand({
        NetworkInterfaceId: eni,
        Attachment: { AttachmentId, DeleteOnTermination: true },
      }),
    );
    return instance;
  }

  const range = (prefix: string, from: number, to: number) =>
    Array.from({ length: to - from + 1 }, (_, i) => `${prefix}.${from + i}`);

  beforeAll(async () => {
    dir = mkdtempSync(join(tmpdir(), 'vpccni-subnets-'));
    python = ensureMoto(() => {});
    moto = await startMoto(python, dir);
    aws = awsClients(moto.url);
    const made = await aws.ec2.send(
      new CreateVpcCommand({ CidrBlock: '10.60.0.0/16', AmazonProvidedIpv6CidrBlock: true }),
    );
    vpc = made.Vpc!.VpcId!;
    const { Vpcs } = await aws.ec2.send(new DescribeVpcsCommand({ VpcIds: [vpc] }));
    const v6 = Vpcs![0]!.Ipv6CidrBlockAssociationSet![0]!.Ipv6CidrBlock!.replace('/56', '/64');
    await build(v6);
  }, 120_000);

  afterAll(async () => {
    aws?.close();
    await moto?.stop();
    rmSync(dir, { recursive: true, force: true });
  });

  async function build(v6: string): Promise<void> {
    // where the instances' own interfaces are; its map depends on where EC2 puts those
    ids.set('nodes', (await subnetOnly('10.60.250.0/23')) ?? '');
    await subnet('28-empty', '10.60.0.0/28', { free: 11, seen: 0, map: 'R', score: null, stranded: 11 });
    const full28 = await subnet('28-full', '10.60.0.16/28', { free: 0, seen: 11, map: 'R', score: null, stranded: 0 });
    await interfaceIn(full28, range('10.60.0', 20, 30));
    await subnet('24-empty', '10.60.1.0/24', {
      free: 251,
      seen: 0,
      map: `R${'.'.repeat(14)}R`,
      score: 0,
      stranded: 27,
    });
    const full = await subnet('24-full', '10.60.2.0/24', {
      free: 0,
      seen: 251,
      map: `R${'#'.repeat(14)}R`,
      score: 100,
      stranded: 0,
      pinned: 14,
    });
    await interfaceIn(full, range('10.60.2', 4, 254), { description: 'RDSNetworkInterface' });
    // one address in each block, two blocks a node
    const scattered = await subnet('24-scattered', '10.60.3.0/24', {
      free: 237,
      seen: 14,
      map: `R${'%'.repeat(14)}R`,
      score: 100,
      stranded: 237,
      drains: { 2: [1, 2], 4: [2, 4], 8: [4, 8] },
    });
    for (let n = 0; n < 7; n++) await nodeWith(scattered, [`10.60.3.${32 * n + 16}`, `10.60.3.${32 * n + 32}`]);
    // every block is shared by two nodes: none alone frees anything
    const pairs = await subnet('24-pairs', '10.60.4.0/24', {
      free: 239,
      seen: 12,
      map: `R${'%'.repeat(6)}${'.'.repeat(8)}R`,
      score: 43,
      stranded: 111,
      drains: { 3: [2, 3], 6: [4, 6] },
    });
    for (const first of [16, 64]) {
      await nodeWith(
        pairs,
        [0, 16, 32].map((o) => `10.60.4.${first + o}`),
      );
      await nodeWith(
        pairs,
        [0, 16, 32].map((o) => `10.60.4.${first + o + 1}`),
      );
    }
    const prefixes = await subnet('24-prefixes', '10.60.5.0/24', {
      free: 251 - 1 - 48,
      seen: 49,
      map: 'R%PPP..........R',
      score: 10,
      stranded: 202 - 160,
      drains: { 4: [1, 4] },
    });
    await nodeWith(prefixes, ['10.60.5.16'], ['10.60.5.32/28', '10.60.5.48/28', '10.60.5.64/28']);
    const reserved = await subnet('24-prefix-reservation', '10.60.6.0/24', {
      free: 251 - 64,
      seen: 0,
      reservedUnallocated: 64,
      map: 'R...pppp.......R',
      score: 0,
      stranded: 187 - 160,
    });
    await aws.ec2.send(
      new CreateSubnetCidrReservationCommand({ SubnetId: reserved, Cidr: '10.60.6.64/26', ReservationType: 'prefix' }),
    );
    const kept = await subnet('24-explicit-reservation', '10.60.7.0/24', {
      free: 250,
      seen: 1,
      map: 'R%....xx.......R',
      score: 9,
      stranded: 250 - 32 - 176,
      drains: { 1: [1, 1] },
    });
    await aws.ec2.send(
      new CreateSubnetCidrReservationCommand({ SubnetId: kept, Cidr: '10.60.7.96/27', ReservationType: 'explicit' }),
    );
    await nodeWith(kept, ['10.60.7.20']);
    const dual = await subnet(
      '22-dual-stack',
      '10.60.8.0/22',
      {
        free: 1019 - 20,
        seen: 20,
        map: `R${'%'.repeat(2)}${'.'.repeat(60)}R`,
        score: 4,
        stranded: 999 - 960,
        drains: { 2: [1, 2] },
      },
      v6,
    );
    await nodeWith(dual, range('10.60.8', 22, 41));
    const large = await subnet('19-large', '10.60.32.0/19', {
      free: 8187 - 40,
      seen: 40,
      map: `R${'....%'.repeat(40)}${'.'.repeat(310)}R`,
      score: 8,
      stranded: 8147 - 16 * 470,
      drains: { 8: [2, 8], 16: [4, 16] },
    });
    for (let n = 0; n < 10; n++)
      await nodeWith(
        large,
        [0, 1, 2, 3].map((k) => largeAddress(5 * (4 * n + k + 1))),
      );
    const mixed = await subnet('24-mixed', '10.60.12.0/24', {
      free: 251 - 10,
      seen: 10,
      map: `R${'%'.repeat(9)}${'.'.repeat(5)}R`,
      score: 65,
      stranded: 241 - 80,
      drains: { 1: [1, 1], 2: [2, 2] },
      pinned: 7,
    });
    await moto.post('interfaces', [
      service(mixed, '10.60.12.16', 'lambda', 'AWS Lambda VPC ENI-hooks-6f1e5e0c-71f1-4a8a-9f4e-0d0f3c6b2a11'),
      service(mixed, '10.60.12.32', 'interface', 'RDSNetworkInterface'),
      service(mixed, '10.60.12.48', 'interface', 'AWS ElasticMapReduce - j-3H6EATEWWRWS'),
      service(mixed, '10.60.12.64', 'interface', 'ENI managed by APIGateway'),
      service(
        mixed,
        '10.60.12.80',
        'transit_gateway',
        'Network Interface for Transit Gateway Attachment tgw-attach-06bf',
      ),
      service(mixed, '10.60.12.96', 'interface', 'something new'),
    ]);
    await aws.ec2.send(
      new RunInstancesCommand({
        ImageId: 'ami-12345678',
        InstanceType: 't3.small',
        MinCount: 1,
        MaxCount: 1,
        SubnetId: mixed,
        PrivateIpAddress: '10.60.12.112',
        TagSpecifications: [{ ResourceType: 'instance', Tags: [{ Key: 'Name', Value: 'bastion' }] }],
      }),
    );
    await nodeWith(mixed, ['10.60.12.128']);
    const leaked = await interfaceIn(mixed, ['10.60.12.144', '10.60.12.145'], { description: 'aws-K8S-i-0dead' });
    await aws.ec2.send(
      new CreateTagsCommand({
        Resources: [leaked],
        Tags: [
          { Key: 'node.k8s.amazonaws.com/instance_id', Value: 'i-0dead' },
          { Key: 'node.k8s.amazonaws.com/createdAt', Value: '2026-01-01T00:00:00Z' },
        ],
      }),
    );
    const shared = await subnet('24-shared', '10.60.13.0/24', {
      free: 251 - 2 - 30,
      seen: 2,
      invisible: 30,
      map: `R%${'.'.repeat(13)}R`,
      score: 8,
      stranded: 219 - 208,
      upperBound: true,
      drains: { 1: [1, 1] },
    });
    await nodeWith(shared, ['10.60.13.20', '10.60.13.21']);
    const hidden = await interfaceIn(shared, range('10.60.13', 100, 129));
    await moto.post('share', { subnetId: shared, ownerId: '999988887777', hidden: [hidden] });
  }

  async function subnetOnly(cidr: string): Promise<string | undefined> {
    const { Subnet } = await aws.ec2.send(
      new CreateSubnetCommand({ VpcId: vpc, CidrBlock: cidr, AvailabilityZone: 'eu-west-1a' }),
    );
    return Subnet?.SubnetId;
  }

  function largeAddress(block: number): string {
    const offset = block * 16 + 3;
    return `10.60.${32 + Math.floor(offset / 256)}.${offset % 256}`;
  }

  const service = (subnetId: string, privateIpAddress: string, interfaceType: string, description: string) => ({
    subnetId,
    privateIpAddress,
    interfaceType,
    description,
    requesterId: '123456789012',
  });

  let asked: SubnetsReport | undefined;
  function report(): SubnetsReport {
    asked ??= JSON.parse(
      execFileSync(process.execPath, ['bin/vpccni.js', 'subnets', '--vpc', vpc, '-o', 'json'], {
        encoding: 'utf8',
        env: { PATH: process.env.PATH, ...awsEnv(moto.url) },
        maxBuffer: 1 << 28,
      }),
    ) as SubnetsReport;
    return asked;
  }
  const item = (name: string): SubnetItem => report().items.find((i) => i.subnetId === ids.get(name))!;

  it('are at least twelve', () => {
    expect(expected.size).toBeGreaterThanOrEqual(12);
    expect(report().items.length).toBe(expected.size + 1);
  });

  it('are accounted for to the address, as EC2 counts', async () => {
    const { Subnets } = await aws.ec2.send(new DescribeSubnetsCommand({}));
    for (const [name, want] of expected) {
      const { addresses } = item(name);
      expect({ name, ...addresses }).toMatchObject({
        name,
        free: want.free,
        seen: want.seen,
        reservedUnallocated: want.reservedUnallocated ?? 0,
        invisible: want.invisible ?? 0,
      });
      expect(Subnets!.find((s) => s.SubnetId === ids.get(name))!.AvailableIpAddressCount).toBe(want.free);
      const { reserved, seen, reservedUnallocated, free, invisible, total } = addresses;
      expect(reserved + seen! + reservedUnallocated! + free + invisible!).toBe(total);
    }
  });

  it('have these blocks', () => {
    for (const [name, want] of expected) {
      const { map, fragmentation, blocks } = item(name);
      expect(`${name} ${map!.states}`).toBe(`${name} ${want.map}`);
      expect({ name, score: fragmentation!.score, stranded: fragmentation!.strandedAddresses }).toEqual({
        name,
        score: want.score,
        stranded: want.stranded,
      });
      expect(blocks!.upperBound).toBe(want.upperBound ?? false);
      const { total, free, fragmented, full, awsReserved, prefix, prefixReserved, explicitReserved } = blocks!;
      expect(free + fragmented + full + awsReserved + prefix + prefixReserved + explicitReserved).toBe(total);
    }
  });

  it('are freed by these drains', () => {
    for (const [name, want] of expected) {
      const found = item(name);
      for (const [blocks, [leaving, frees]] of Object.entries(want.drains ?? {})) {
        const drain = found.drains.find((d) => d.freesBlocks >= Number(blocks));
        expect([name, blocks, drain!.nodes.length + drain!.interfaces.length, drain!.freesBlocks]).toEqual([
          name,
          blocks,
          leaving,
          frees,
        ]);
        expect(drain!.optimal).toBe(true);
      }
      const pinned = new Set(found.pinned.flatMap((p) => p.blocks));
      expect([name, pinned.size]).toEqual([name, want.pinned ?? 0]);
    }
  });

  it('tell their owners by name', () => {
    const owners = item('24-mixed').owners!.map((o) => `${o.class} ${o.name} ${o.addresses}`);
    expect(owners.sort()).toEqual([
      'aws-managed Transit Gateway 1',
      'aws-service 123456789012 1',
      'cni-secondary prod 1',
      'cni-secondary unknown cluster 2',
      'ec2 bastion 1',
      'lambda hooks 1',
      'other-service API Gateway 1',
      'other-service EMR 1',
      'rds RDS 1',
    ]);
    expect(report().unknownOwners.enis).toBeGreaterThanOrEqual(1);
  });

  describe.skipIf(scriptMissing)("beside AWS Support's script", () => {
    interface Theirs {
      readonly analysis: {
        readonly total_blocks: number;
        readonly free_blocks: number;
        readonly fragmented_blocks: number;
        readonly full_blocks: number;
        readonly reserved_blocks: number;
        readonly prefix_allocated_blocks: number;
        readonly fragmentation_score: number | null;
        readonly used: number;
        readonly free: number;
      };
      readonly ip_map: Readonly<Record<string, { readonly owner_type: string }>>;
      readonly node_recommendations: readonly { readonly node_id: string; readonly blocks_recoverable: number }[];
    }

    function theirs(name: string): Theirs {
      const args = [SCRIPT, '--subnet-id', ids.get(name)!, '--region', REGION, '--json', '--node-recs', '--list-enis'];
      const { stdout, status } = spawnSync(python, args, {
        encoding: 'utf8',
        env: { PATH: process.env.PATH, ...awsEnv(moto.url) },
      });
      expect(status).toBe(0);
      return (JSON.parse(stdout) as Theirs[])[0]!;
    }

    it.each([
      ...['28-empty', '28-full', '24-empty', '24-full', '24-scattered', '24-pairs', '24-prefixes'],
      ...['24-prefix-reservation', '24-explicit-reservation', '22-dual-stack', '19-large', '24-mixed', '24-shared'],
    ])('%s', (name) => {
      const { analysis, ip_map, node_recommendations } = theirs(name);
      const { blocks, fragmentation, addresses, owners, drains, notes } = item(name);
      // They do not set explicit reservations apart: blocks that EC2 gives to nobody by itself count as free there.
      const keptEmpty = fragmentation!.emptyBlocks - fragmentation!.usableBlocks;
      const keptHeld = blocks!.explicitReserved - keptEmpty;
      expect(analysis.total_blocks).toBe(blocks!.total);
      expect(analysis.free_blocks).toBe(blocks!.free + blocks!.prefixReserved + keptEmpty);
      expect(analysis.fragmented_blocks + analysis.full_blocks).toBe(blocks!.fragmented + blocks!.full + keptHeld);
      expect(analysis.reserved_blocks).toBe(blocks!.awsReserved);
      expect(analysis.prefix_allocated_blocks).toBe(blocks!.prefix);
      if (blocks!.explicitReserved === 0) expect(analysis.fragmentation_score).toBe(fragmentation!.score);
      else expect(analysis.fragmentation_score).toBeLessThanOrEqual(fragmentation!.score!);
      // Theirs counts what it sees: it takes reserved space for free, and does not know of interfaces it is not shown.
      expect(analysis.used + 16 * analysis.prefix_allocated_blocks).toBe(addresses.seen);
      expect(analysis.free).toBe(addresses.free + addresses.reservedUnallocated! + addresses.invisible!);
      if (addresses.invisible! > 0) expect(notes.join()).toContain('another account');
      // One owner fewer or more where they have only EC2's words: the sum is the same.
      expect(Object.keys(ip_map).length).toBe(owners!.reduce((n, o) => n + o.addresses, 0));
      // They rank single nodes, instances outside any cluster among them; ours takes those together that share blocks.
      const best = Math.max(0, ...node_recommendations.map((r) => r.blocks_recoverable));
      const alone = drains.filter((d) => d.nodes.length === 1 && d.interfaces.length === 0);
      if (name === '24-pairs') expect([best, drains.length > 0]).toEqual([0, true]);
      else if (name === '24-prefixes')
        expect([best, alone.at(-1)!.freesBlocks]).toEqual([1, 4]); // theirs leaves prefixes out
      else if (name === '24-mixed') expect(best).toBe(1);
      else if (alone.length > 0) expect(alone.at(-1)!.freesBlocks).toBe(best);
    });

    it('knows fewer owners', () => {
      const types = new Set(Object.values(theirs('24-mixed').ip_map).map((i) => i.owner_type));
      // EMR, API Gateway and the unknown one are all "other"; what the CNI left behind is "orphaned" like anything unattached.
      expect([...types].sort()).toEqual(['ec2_primary', 'eks_pod', 'lambda', 'orphaned', 'other', 'rds', 'transit_gw']);
    });
  });
});
