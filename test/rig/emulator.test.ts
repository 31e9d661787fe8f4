import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  AssignPrivateIpAddressesCommand,
  AssociateTrunkInterfaceCommand,
  AttachNetworkInterfaceCommand,
  CreateNetworkInterfaceCommand,
  CreateSubnetCidrReservationCommand,
  CreateSubnetCommand,
  CreateVpcCommand,
  DeleteNetworkInterfaceCommand,
  DescribeNetworkInterfacesCommand,
  DescribeSubnetsCommand,
  type NetworkInterface,
  RunInstancesCommand,
} from '@aws-sdk/client-ec2';
import {
  CreateAddonCommand,
  CreateClusterCommand,
  DescribeAddonCommand,
  DescribeAddonVersionsCommand,
  DescribeClusterCommand,
  ListInsightsCommand,
  UpdateAddonCommand,
  UpdateClusterConfigCommand,
} from '@aws-sdk/client-eks';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Aws, awsClients } from './clients/aws.ts';
import { missingServers } from './servers/missing.ts';
import { ensureMoto, type Moto, startMoto } from './servers/moto.ts';

const missing = missingServers().emulator;

describe.skipIf(missing)(`EC2 and EKS emulator${missing ? ` (skipped: ${missing})` : ''}`, () => {
  let dir: string;
  let moto: Moto;
  let aws: Aws;
  let vpc = '';
  beforeAll(async () => {
    dir = mkdtempSync(join(tmpdir(), 'vpccni-moto-'));
    moto = await startMoto(
      ensureMoto(() => {}),
      dir,
    );
    aws = awsClients(moto.url);
    vpc = (await aws.ec2.send(new CreateVpcCommand({ CidrBlock: '10.9.0.0/16' }))).Vpc?.VpcId ?? '';
  });
  afterAll(async () => {
    aws?.close();
    await moto?.stop();
    rmSync(dir, { recursive: true, force: true });
  });

  let nth = 0;
  const subnet = async (bits: number, zone = 'eu-west-1a'): Promise<string> => {
    const made = await aws.ec2.send(
      new CreateSubnetCommand({ VpcId: vpc, CidrBlock: `10.9.${nth++ * 4}.0/${bits}`, AvailabilityZone: zone }),
    );
    return made.Subnet?.SubnetId ?? '';
  };
  const free = async (id: string): Promise<number> =>
    (await aws.ec2.send(new DescribeSubnetsCommand({ SubnetIds: [id] }))).Subnets?.[0]?.AvailableIpAddressCount ?? -1;
  const eni = async (SubnetId: string, more: object = {}): Promise<NetworkInterface> => {
    const made = await aws.ec2.send(new CreateNetworkInterfaceCommand({ SubnetId, ...more }));
    return made.NetworkInterface ?? {};
  };

  describe('addresses', () => {
    it('never hands out an address twice, and none of the five EC2 keeps', async () => {
      const id = await subnet(28);
      const made = [];
      for (let i = 0; i < 11; i++) made.push((await eni(id)).PrivateIpAddress);
      const last = made.map((a) => Number(a?.split('.')[3])).sort((a, b) => a - b);
      expect(last).toEqual([4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14]);
      expect(await free(id)).toBe(0);
      await expect(eni(id)).rejects.toMatchObject({ name: 'InsufficientFreeAddressesInSubnet' });
    });

    it('counts a /28 prefix as 16 and gives back what is deleted', async () => {
      const id = await subnet(24);
      const made = await eni(id, { Ipv4PrefixCount: 2 });
      expect(made.Ipv4Prefixes).toHaveLength(2);
      expect(await free(id)).toBe(251 - 1 - 32);
      await aws.ec2.send(new DeleteNetworkInterfaceCommand({ NetworkInterfaceId: made.NetworkInterfaceId }));
      expect(await free(id)).toBe(251);
    });

    it('refuses prefixes where no aligned /28 is left, though addresses are', async () => {
      const id = await subnet(26); // blocks 1 and 2 of 0..3 can be prefixes
      const base = (await aws.ec2.send(new DescribeSubnetsCommand({ SubnetIds: [id] }))).Subnets?.[0]?.CidrBlock ?? '';
      const at = (n: number): string => base.replace(/\.0\/26$/, `.${n}`);
      await eni(id, { PrivateIpAddress: at(20) });
      const holder = await eni(id, { PrivateIpAddress: at(40) });
      expect(await free(id)).toBe(57);
      await expect(
        aws.ec2.send(
          new AssignPrivateIpAddressesCommand({ NetworkInterfaceId: holder.NetworkInterfaceId, Ipv4PrefixCount: 1 }),
        ),
      ).rejects.toMatchObject({ name: 'InsufficientCidrBlocks' });
      await expect(eni(id, { Ipv4PrefixCount: 1 })).rejects.toMatchObject({
        name: 'InvalidParameterValue',
        message: expect.stringContaining('free Ipv4 addresses or prefixes'),
      });
    });

    it('keeps a prefix reservation for prefixes', async () => {
      const id = await subnet(26);
      const base = (await aws.ec2.send(new DescribeSubnetsCommand({ SubnetIds: [id] }))).Subnets?.[0]?.CidrBlock ?? '';
      const block = base.replace(/\.0\/26$/, '.32/28');
      await aws.ec2.send(
        new CreateSubnetCidrReservationCommand({ SubnetId: id, Cidr: block, ReservationType: 'prefix' }),
      );
      expect(await free(id)).toBe(59 - 16);
      const made = await eni(id, { Ipv4PrefixCount: 1 });
      expect(made.Ipv4Prefixes).toEqual([{ Ipv4Prefix: block }]);
      expect(await free(id)).toBe(59 - 16 - 1);
    });

    it('has the ENI and address limits of the instance type', async () => {
      const id = await subnet(24);
      const run = await aws.ec2.send(
        new RunInstancesCommand({
          ImageId: 'ami-12c6146b',
          MinCount: 1,
          MaxCount: 1,
          InstanceType: 'm6g.medium',
          SubnetId: id,
        }),
      );
      const InstanceId = run.Instances?.[0]?.InstanceId;
      const attach = async (DeviceIndex: number): Promise<string> => {
        const { NetworkInterfaceId } = await eni(id);
        await aws.ec2.send(new AttachNetworkInterfaceCommand({ InstanceId, NetworkInterfaceId, DeviceIndex }));
        return NetworkInterfaceId ?? '';
      };
      const NetworkInterfaceId = await attach(1);
      await expect(attach(2)).rejects.toMatchObject({ name: 'AttachmentLimitExceeded' });
      await aws.ec2.send(new AssignPrivateIpAddressesCommand({ NetworkInterfaceId, Ipv4PrefixCount: 3 }));
      await expect(
        aws.ec2.send(new AssignPrivateIpAddressesCommand({ NetworkInterfaceId, SecondaryPrivateIpAddressCount: 1 })),
      ).rejects.toMatchObject({ name: 'PrivateIpAddressLimitExceeded' });
      await expect(aws.ec2.send(new DeleteNetworkInterfaceCommand({ NetworkInterfaceId }))).rejects.toMatchObject({
        name: 'InvalidParameterValue',
        message: expect.stringContaining('currently in use'),
      });
    });
  });

  it('shows a branch ENI in use without an attachment', async () => {
    const id = await subnet(24);
    const trunk = await eni(id, { InterfaceType: 'trunk' });
    const branch = await eni(id, { InterfaceType: 'branch' });
    await aws.ec2.send(
      new AssociateTrunkInterfaceCommand({
        TrunkInterfaceId: trunk.NetworkInterfaceId,
        BranchInterfaceId: branch.NetworkInterfaceId,
        VlanId: 1,
      }),
    );
    const found = await aws.ec2.send(
      new DescribeNetworkInterfacesCommand({
        Filters: [
          { Name: 'interface-type', Values: ['branch'] },
          { Name: 'subnet-id', Values: [id] },
        ],
      }),
    );
    expect(found.NetworkInterfaces).toHaveLength(1);
    expect(found.NetworkInterfaces?.[0]).toMatchObject({ Status: 'in-use', InterfaceType: 'branch' });
    expect(found.NetworkInterfaces?.[0]?.Attachment).toBeUndefined();
  });

  describe('paging', () => {
    it('walks all pages and every item once', async () => {
      const id = await subnet(24);
      for (let i = 0; i < 13; i++) await eni(id);
      const Filters = [{ Name: 'subnet-id', Values: [id] }];
      const sizes: number[] = [];
      const seen = new Set<string | undefined>();
      let NextToken: string | undefined;
      do {
        const page = await aws.ec2.send(new DescribeNetworkInterfacesCommand({ Filters, MaxResults: 5, NextToken }));
        sizes.push(page.NetworkInterfaces?.length ?? 0);
        for (const e of page.NetworkInterfaces ?? []) seen.add(e.NetworkInterfaceId);
        NextToken = page.NextToken;
      } while (NextToken);
      expect(sizes).toEqual([5, 5, 3]);
      expect(seen.size).toBe(13);
    });

    it('refuses what EC2 refuses', async () => {
      const ask = (input: object) => aws.ec2.send(new DescribeNetworkInterfacesCommand(input));
      await expect(ask({ MaxResults: 4 })).rejects.toMatchObject({ name: 'InvalidParameterValue' });
      await expect(ask({ MaxResults: 1001 })).rejects.toMatchObject({ name: 'InvalidParameterValue' });
      await expect(ask({ NextToken: 'nonsense' })).rejects.toMatchObject({ name: 'InvalidPaginationToken' });
      await expect(ask({ NetworkInterfaceIds: ['eni-1'], MaxResults: 10 })).rejects.toMatchObject({
        name: 'InvalidParameterCombination',
      });
      await expect(ask({ Filters: [{ Name: 'colour', Values: ['red'] }] })).rejects.toMatchObject({
        name: 'InvalidParameterValue',
      });
    });
  });

  describe('EKS', () => {
    beforeAll(async () => {
      const subnetIds = [await subnet(28, 'eu-west-1a'), await subnet(28, 'eu-west-1b')];
      const roleArn = 'arn:aws:iam::111122223333:role/cluster';
      await aws.eks.send(
        new CreateClusterCommand({ name: 'c1', version: '1.34', roleArn, resourcesVpcConfig: { subnetIds } }),
      );
      const versions = ['v1.20.4-eksbuild.2', 'v1.19.6-eksbuild.7'];
      await moto.post('eks/addon-versions', {
        'vpc-cni': versions.map((addonVersion, i) => ({
          addonVersion,
          clusterVersions: ['1.34'],
          defaultFor: i === 0 ? ['1.34'] : [],
        })),
      });
    });

    it('describes what a cluster has', async () => {
      const { cluster } = await aws.eks.send(new DescribeClusterCommand({ name: 'c1' }));
      expect(cluster?.resourcesVpcConfig).toMatchObject({
        vpcId: vpc,
        clusterSecurityGroupId: expect.stringMatching(/^sg-/),
      });
      expect(cluster).toMatchObject({
        version: '1.34',
        kubernetesNetworkConfig: { ipFamily: 'ipv4' },
        computeConfig: { enabled: false },
        health: { issues: [] },
      });
      expect((await aws.eks.send(new ListInsightsCommand({ clusterName: 'c1' }))).insights).toEqual([]);
    });

    it('keeps add-ons, and replaces their whole configuration', async () => {
      const addon = { clusterName: 'c1', addonName: 'vpc-cni' };
      await aws.eks.send(new CreateAddonCommand({ ...addon, configurationValues: '{"env":{"A":"1"}}' }));
      const configurationValues = '{"env":{"B":"2"}}';
      const { update } = await aws.eks.send(
        new UpdateAddonCommand({ ...addon, configurationValues, resolveConflicts: 'PRESERVE' }),
      );
      expect(update).toMatchObject({ type: 'AddonUpdate', status: 'InProgress' });
      const after = await aws.eks.send(new DescribeAddonCommand(addon));
      expect(after.addon).toMatchObject({ addonVersion: 'v1.20.4-eksbuild.2', configurationValues, status: 'ACTIVE' });
      await expect(aws.eks.send(new UpdateAddonCommand({ ...addon, addonVersion: 'v9' }))).rejects.toMatchObject({
        name: 'InvalidParameterException',
      });
      const { addons } = await aws.eks.send(
        new DescribeAddonVersionsCommand({ addonName: 'vpc-cni', kubernetesVersion: '1.34' }),
      );
      expect(addons?.[0]?.addonVersions?.map((v) => [v.addonVersion, v.compatibilities?.[0]?.defaultVersion])).toEqual([
        ['v1.20.4-eksbuild.2', true],
        ['v1.19.6-eksbuild.7', false],
      ]);
    });

    it('moves control-plane subnets only within the zones of the cluster', async () => {
      const move = (subnetIds: string[]) =>
        aws.eks.send(new UpdateClusterConfigCommand({ name: 'c1', resourcesVpcConfig: { subnetIds } }));
      const [a, b, c] = [
        await subnet(27, 'eu-west-1a'),
        await subnet(27, 'eu-west-1b'),
        await subnet(27, 'eu-west-1c'),
      ];
      await expect(move([a, c])).rejects.toMatchObject({ name: 'InvalidParameterException' });
      expect((await move([a, b])).update?.type).toBe('VpcConfigUpdate');
      const { cluster } = await aws.eks.send(new DescribeClusterCommand({ name: 'c1' }));
      expect(cluster?.resourcesVpcConfig).toMatchObject({ subnetIds: [a, b], vpcId: vpc });
    });
  });

  describe('faults', () => {
    const list = () => aws.ec2.send(new DescribeSubnetsCommand({ MaxResults: 5 }));
    afterAll(() => moto.post('faults', []));

    it('denies in the form of each service', async () => {
      await moto.post('faults', [{ service: '*', action: '*', kind: 'deny' }]);
      await expect(list()).rejects.toMatchObject({ name: 'UnauthorizedOperation', $metadata: { httpStatusCode: 403 } });
      await expect(aws.eks.send(new DescribeClusterCommand({ name: 'c1' }))).rejects.toMatchObject({
        name: 'AccessDeniedException',
        message: expect.stringContaining('eks:DescribeCluster'),
      });
      await expect(aws.iam('ListRoles')).rejects.toThrow(/403.*AccessDenied/s);
    });

    it('throttles a number of calls; the SDK rides out two', async () => {
      await moto.post('faults', [{ service: 'ec2', action: 'DescribeSubnets', kind: 'throttle', times: 2 }]);
      await moto.calls({ clear: true });
      expect((await list()).Subnets).toHaveLength(5);
      const { calls } = await moto.calls();
      expect(calls.map((c) => [c.action, c.status])).toEqual([
        ['DescribeSubnets', 503],
        ['DescribeSubnets', 503],
        ['DescribeSubnets', 200],
      ]);
    });

    it('answers HTML like a proxy', async () => {
      await moto.post('faults', [{ service: 'eks', action: 'DescribeCluster', kind: 'html', times: 3 }]);
      await expect(aws.eks.send(new DescribeClusterCommand({ name: 'c1' }))).rejects.toThrow();
    });

    it('keeps silent', async () => {
      await moto.post('faults', [{ service: 'ec2', action: 'DescribeSubnets', kind: 'hang', seconds: 30 }]);
      await expect(
        aws.ec2.send(new DescribeSubnetsCommand({}), { abortSignal: AbortSignal.timeout(300) }),
      ).rejects.toThrow(/abort/i);
    });
  });
});
