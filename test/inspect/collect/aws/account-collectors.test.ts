/** Roles and their policies, quotas, and EKS's insights: each may be denied without taking anything else along. */
import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { iam } from '../../../../src/inspect/collect/aws/iam.ts';
import { insights } from '../../../../src/inspect/collect/aws/insights.ts';
import { quotas } from '../../../../src/inspect/collect/aws/quotas.ts';
import { iamSchema, insightsSchema, quotasSchema } from '../../../../src/inspect/snapshot/account.ts';
import { awsError, collect, collecting, harness, type Replies } from './harness.ts';

const CNI_ROLE = 'arn:aws:iam::111122223333:role/path/cni';
const NODE_ROLE = 'arn:aws:iam::111122223333:role/nodes';
const PROFILE = 'arn:aws:iam::111122223333:instance-profile/nodes';
const CNI_POLICY = 'arn:aws:iam::aws:policy/AmazonEKS_CNI_Policy';
const document = (...actions: string[]) =>
  encodeURIComponent(JSON.stringify({ Statement: [{ Effect: 'Allow', Action: actions, Resource: '*' }] }));

const SECTIONS = {
  cluster: { roleArn: undefined },
  addons: [{ name: 'vpc-cni', serviceAccountRoleArn: CNI_ROLE }],
  podIdentity: [],
  nodegroups: [],
  cni: { serviceAccountRoleArn: CNI_ROLE },
  nodes: [{ instanceId: 'i-1' }],
  instances: [
    { instanceId: 'i-1', instanceProfileArn: PROFILE },
    { instanceId: 'i-other', instanceProfileArn: 'arn:aws:iam::111122223333:instance-profile/bastion' },
  ],
};

const IAM: Replies = {
  GetInstanceProfile: { InstanceProfile: { Roles: [{ Arn: NODE_ROLE }] } },
  GetRole: { Role: { AssumeRolePolicyDocument: document('sts:AssumeRole') } },
  ListAttachedRolePolicies: { AttachedPolicies: [{ PolicyArn: CNI_POLICY }] },
  ListRolePolicies: ({ RoleName }: { RoleName: string }) => ({ PolicyNames: RoleName === 'cni' ? ['own'] : [] }),
  GetPolicy: { Policy: { DefaultVersionId: 'v5' } },
  GetPolicyVersion: { PolicyVersion: { Document: document('ec2:AssignPrivateIpAddresses') } },
  GetRolePolicy: { PolicyDocument: document('ec2:UnassignPrivateIpAddresses') },
  ListOpenIDConnectProviders: {
    OpenIDConnectProviderList: [
      { Arn: 'arn:aws:iam::111122223333:oidc-provider/oidc.eks.eu-west-1.amazonaws.com/id/ABC' },
    ],
  },
};

async function roles(replies: Replies = {}, sections: Record<string, unknown> = {}) {
  const h = harness({ ...IAM, ...replies });
  const { data, missing } = await collect(iam, h, collecting({ ...SECTIONS, ...sections }));
  expect(v.safeParse(iamSchema, data).success).toBe(true);
  return { data, missing: missing ?? [], sent: h.sent };
}

describe('iam', () => {
  it('reads the roles that aws-node and nodes run under, by name, with all their policies', async () => {
    const { data, sent } = await roles();
    expect(data.roles.map((r) => [r.name, r.usedBy, r.attachedPolicies])).toEqual([
      ['cni', ['aws-node'], [CNI_POLICY]],
      ['nodes', ['nodes'], [CNI_POLICY]],
    ]);
    expect(data.roles[0]!.statements.flatMap((s) => s.actions)).toEqual([
      'ec2:AssignPrivateIpAddresses',
      'ec2:UnassignPrivateIpAddresses',
    ]);
    expect(data.instanceProfiles).toEqual({ [PROFILE]: NODE_ROLE });
    expect(data.oidcIssuers).toEqual(['oidc.eks.eu-west-1.amazonaws.com/id/ABC']);
    // shared by both roles, read once; the default version, not the first
    expect(sent.filter((s) => s.name === 'GetPolicyVersion').map((s) => s.input.VersionId)).toEqual(['v5']);
    // profiles of instances that are no nodes are no one's business
    expect(sent.filter((s) => s.name === 'GetInstanceProfile')).toHaveLength(1);
  });

  it('says of a role that is gone that it does not exist', async () => {
    const { data, missing } = await roles({
      GetRole: ({ RoleName }: { RoleName: string }) =>
        RoleName === 'cni' ? awsError('NoSuchEntityException') : IAM.GetRole,
    });
    expect(data.roles.map((r) => [r.name, r.exists])).toEqual([
      ['cni', false],
      ['nodes', true],
    ]);
    expect(missing).toEqual([]);
  });

  it('reads a permissions boundary, and leaves it out where there is none', async () => {
    const boundary = { PermissionsBoundary: { PermissionsBoundaryArn: 'arn:aws:iam::111122223333:policy/edge' } };
    const { data } = await roles({ GetRole: { Role: boundary } }, { addons: [], cni: undefined });
    expect(data.roles[0]!.boundary?.[0]?.actions).toEqual(['ec2:AssignPrivateIpAddresses']);
    expect((await roles()).data.roles[0]!.boundary).toBeUndefined();
  });

  it('names what is denied and keeps the rest', async () => {
    const { data, missing } = await roles({ GetRolePolicy: awsError('AccessDenied') });
    expect(data.roles.map((r) => r.name)).toEqual(['cni', 'nodes']);
    expect(missing.map((m) => m.permission)).toEqual(['iam:GetRolePolicy']);
  });

  it('is denied where no role may be read', async () => {
    await expect(roles({ GetRole: awsError('AccessDenied') })).rejects.toMatchObject({
      kind: 'denied',
      permission: 'iam:GetRole',
    });
  });
});

describe('quotas', () => {
  const quota = ({ QuotaCode }: { QuotaCode: string }) => ({ Quota: { QuotaCode, QuotaName: 'of VPC', Value: 50 } });
  const sections = {
    caller: { account: '111122223333' },
    vpc: { vpcId: 'vpc-1', cidrs: [{ state: 'associated' }, { state: 'disassociated' }] },
    subnets: [{ vpcId: 'vpc-1' }, { vpcId: 'vpc-2' }],
    networkInterfaces: [{ ownerId: '111122223333' }, { ownerId: '999999999999' }],
  };
  const vpcs = { Vpcs: [{ VpcId: 'vpc-1' }, { VpcId: 'vpc-2' }, { VpcId: 'vpc-3' }] };

  it('stand beside what is used, as far as it can be counted', async () => {
    const h = harness({
      GetServiceQuota: quota,
      DescribeVpcs: vpcs,
      DescribeNetworkInterfaces: { NetworkInterfaces: [{}, {}] },
    });
    const { data } = await collect(quotas, h, collecting(sections));
    expect(h.sent.filter((s) => s.name === 'DescribeNetworkInterfaces').map((s) => s.input.Filters)).toEqual([
      [
        { Name: 'owner-id', Values: ['111122223333'] },
        { Name: 'vpc-id', Values: ['vpc-2', 'vpc-3'] },
      ],
    ]);
    expect(v.safeParse(quotasSchema, data).success).toBe(true);
    expect(Object.fromEntries(data.map((q) => [q.code, q.used]))).toEqual({
      'L-DF5E4CA3': 3,
      'L-83CA0A9D': 1,
      'L-2AFB9258': undefined,
      'L-0EA8095F': undefined,
      'L-407747CB': 1,
    });
  });

  it('that were never raised have the value of AWS', async () => {
    const h = harness({ GetServiceQuota: awsError('NoSuchResourceException'), GetAWSDefaultServiceQuota: quota });
    const { data } = await collect(quotas, h, collecting(sections));
    expect(data.map((q) => q.value)).toEqual([50, 50, 50, 50, 50]);
  });

  it('are known where interfaces cannot be counted', async () => {
    const h = harness({
      GetServiceQuota: quota,
      DescribeVpcs: vpcs,
      DescribeNetworkInterfaces: awsError('UnauthorizedOperation'),
    });
    const { data } = await collect(quotas, h, collecting(sections));
    expect(data.find((q) => q.code === 'L-DF5E4CA3')).toMatchObject({ value: 50 });
    expect(data.find((q) => q.code === 'L-DF5E4CA3')?.used).toBeUndefined();
  });
});

describe('insights', () => {
  const found = [
    { id: 'a', name: 'Kubelet version skew', category: 'UPGRADE_READINESS', insightStatus: { status: 'WARNING' } },
    { id: 'b', name: 'EKS add-on version compatibility', insightStatus: { status: 'PASSING' } },
  ];

  it('asks for the details of what is not in order alone', async () => {
    const h = harness({
      ListInsights: { insights: found },
      DescribeInsight: { insight: { id: 'a', resources: [{ kubernetesResourceUri: 'node/x' }] } },
    });
    const { data } = await collect(insights, h);
    expect(v.safeParse(insightsSchema, data).success).toBe(true);
    expect(data.map((i) => [i.id, i.status, i.resources])).toEqual([
      ['a', 'WARNING', ['node/x']],
      ['b', 'PASSING', []],
    ]);
    expect(h.sent.filter((s) => s.name === 'DescribeInsight').map((s) => s.input.id)).toEqual(['a']);
  });

  it('stands without the details where they are denied', async () => {
    const h = harness({ ListInsights: { insights: found }, DescribeInsight: awsError('AccessDeniedException') });
    const { data, missing } = await collect(insights, h);
    expect(data.map((i) => i.resources)).toEqual([[], []]);
    expect(missing?.map((m) => m.permission)).toEqual(['eks:DescribeInsight']);
  });
});
