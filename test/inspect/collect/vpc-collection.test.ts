import { describe, expect, it } from 'vitest';
import { TargetError } from '../../../src/inspect/collect/target.ts';
import { DESCRIBE_SUBNETS, vpcOf, vpcSections } from '../../../src/inspect/collect/vpc-collection.ts';
import { awsError, harness, type Replies } from './aws/harness.ts';

const SUBNETS = [
  { SubnetId: 'subnet-a', VpcId: 'vpc-1', CidrBlock: '10.0.0.0/24', AvailableIpAddressCount: 250 },
  { SubnetId: 'subnet-b', VpcId: 'vpc-1', CidrBlock: '10.0.1.0/24', AvailableIpAddressCount: 251 },
  { SubnetId: 'subnet-c', VpcId: 'vpc-2', CidrBlock: '10.1.0.0/24', AvailableIpAddressCount: 251 },
];

interface Input {
  readonly Filters?: readonly { readonly Name: string; readonly Values: readonly string[] }[];
}

const matching = ({ Filters = [] }: Input) =>
  SUBNETS.filter((s) =>
    Filters.every((f) => f.Values.includes(f.Name === 'subnet-id' ? s.SubnetId : f.Name === 'vpc-id' ? s.VpcId : '')),
  );
const REPLIES: Replies = { DescribeSubnets: (input: Input) => ({ Subnets: matching(input) }) };

describe('the VPC that is meant', () => {
  const find = (vpcId: string | undefined, ...subnetIds: string[]) =>
    vpcOf(harness(REPLIES).open('subnets', [DESCRIBE_SUBNETS]), { ...(vpcId ? { vpcId } : {}), subnetIds });

  it('is the one named, without asking, else that of the subnets', async () => {
    expect(await find('vpc-9')).toBe('vpc-9');
    expect(await find(undefined, 'subnet-a', 'subnet-b')).toBe('vpc-1');
  });

  it('is a mistake where a subnet does not exist, or they are in two', async () => {
    await expect(find(undefined, 'subnet-a', 'subnet-x')).rejects.toThrow(/no subnet subnet-x in eu-west-1/);
    await expect(find(undefined, 'subnet-a', 'subnet-c')).rejects.toThrow(TargetError);
  });
});

describe('the sections of a VPC', () => {
  it('are read from EC2 without a cluster; the others say why they were not', async () => {
    const h = harness({
      ...REPLIES,
      DescribeVpcs: { Vpcs: [{ VpcId: 'vpc-1', CidrBlockAssociationSet: [{ CidrBlock: '10.0.0.0/16' }] }] },
      DescribeNetworkInterfaces: awsError('UnauthorizedOperation'),
      GetSubnetCidrReservations: { SubnetIpv4CidrReservations: [] },
    });
    const done: string[] = [];
    const sections = await vpcSections(
      'vpc-1',
      {
        open: Promise.resolve((c) =>
          h.open(
            c.section,
            c.calls.map((call) => call.iam),
          ),
        ),
      },
      new AbortController().signal,
      (section) => done.push(section),
    );
    expect(sections.subnets).toMatchObject({
      status: 'ok',
      data: [{ subnetId: 'subnet-a' }, { subnetId: 'subnet-b' }],
    });
    // every subnet of the VPC, not only those that nodes use
    expect(sections.cidrReservations).toMatchObject({ status: 'ok', data: { subnetIds: ['subnet-a', 'subnet-b'] } });
    expect(sections.networkInterfaces).toMatchObject({ status: 'denied', permission: 'ec2:DescribeNetworkInterfaces' });
    expect(sections.cluster).toEqual({
      status: 'skipped',
      kind: 'switched-off',
      reason: 'no cluster was asked for, only a VPC',
    });
    expect(sections.pods).toMatchObject({ status: 'skipped' });
    expect(done).toContain('subnets');
    expect(h.sent.filter((s) => /Cluster|Nodegroup|Addon/.test(s.name))).toEqual([]);
    expect(h.sent.find((s) => s.name === 'DescribeInstances')!.input.Filters).toContainEqual({
      Name: 'vpc-id',
      Values: ['vpc-1'],
    });
  });
});
