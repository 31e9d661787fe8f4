/** What holds for every collector: they finish together, ask only for what they declare, and declare only reads. */
import { describe, expect, it } from 'vitest';
import type { AwsCall, Collector, KubernetesCall } from '../../../src/inspect/collect/define-collector.ts';
import { COLLECTORS, collectorsFor } from '../../../src/inspect/collect/index.ts';
import { requiredPermissions } from '../../../src/inspect/collect/permissions.ts';
import { runCollectors } from '../../../src/inspect/collect/runner-sections.ts';
import { isOptionalRight, OPTIONAL_RIGHTS, OPTIONAL_SECTIONS } from '../../../src/inspect/snapshot/optional-tier.ts';
import { SECTION_NAMES } from '../../../src/inspect/snapshot.ts';
import { harness } from './aws/harness.ts';
import { fakeAccess, type Served } from './kubernetes/fake-access.ts';

const ROLE = 'arn:aws:iam::111122223333:role/cluster';
const PROFILE = 'arn:aws:iam::111122223333:instance-profile/nodes';

/** A cluster with one of everything, so that every call is needed. */
const REPLIES = {
  GetCallerIdentity: { Account: '111122223333', Arn: 'arn:aws:iam::111122223333:user/ada' },
  DescribeCluster: {
    cluster: {
      name: 'prod',
      version: '1.34',
      roleArn: ROLE,
      resourcesVpcConfig: { vpcId: 'vpc-1', subnetIds: ['subnet-1'], securityGroupIds: ['sg-1'] },
    },
  },
  ListAddons: { addons: ['vpc-cni'] },
  DescribeAddon: { addon: { addonName: 'vpc-cni' } },
  ListNodegroups: { nodegroups: ['web'] },
  DescribeNodegroup: { nodegroup: { nodegroupName: 'web', launchTemplate: { id: 'lt-1', version: '1' } } },
  ListFargateProfiles: { fargateProfileNames: ['fp'] },
  DescribeFargateProfile: { fargateProfile: {} },
  ListPodIdentityAssociations: { associations: [{ associationId: 'a-1' }] },
  DescribePodIdentityAssociation: { association: {} },
  DescribeVpcs: { Vpcs: [{ VpcId: 'vpc-1' }] },
  DescribeSubnets: { Subnets: [{ SubnetId: 'subnet-1' }] },
  DescribeInstances: {
    Reservations: [
      {
        Instances: [
          { InstanceId: 'i-0123456789abcdef0', InstanceType: 'm5.large', IamInstanceProfile: { Arn: PROFILE } },
        ],
      },
    ],
  },
  DescribeRouteTables: { RouteTables: [{ RouteTableId: 'rtb-1', Routes: [{ DestinationPrefixListId: 'pl-1' }] }] },
  ListInsights: { insights: [{ id: 'in-1', insightStatus: { status: 'WARNING' } }] },
  GetRole: { Role: { Arn: ROLE } },
  ListAttachedRolePolicies: { AttachedPolicies: [{ PolicyArn: 'arn:aws:iam::aws:policy/AmazonEKSClusterPolicy' }] },
  ListRolePolicies: { PolicyNames: ['more'] },
  GetServiceQuota: () => Object.assign(new Error('none'), { name: 'NoSuchResourceException' }),
};

const SERVED: Served = {
  '/api/v1/nodes': [
    {
      metadata: { name: 'n' },
      spec: { providerID: 'aws:///eu-west-1a/i-0123456789abcdef0' },
      status: { nodeInfo: {} },
    },
  ],
};

async function runAll(replies: Readonly<Record<string, unknown>>, served: Served | 'off' = {}) {
  const h = harness(replies);
  const kubernetes =
    served === 'off' ? { off: 'switched off by --no-kube' } : { open: Promise.resolve(() => fakeAccess(served)) };
  const sections = await runCollectors({
    collectors: COLLECTORS,
    sides: {
      aws: {
        open: Promise.resolve((c) =>
          h.open(
            c.section,
            c.calls.map((call) => call.iam),
          ),
        ),
      },
      kubernetes,
    },
    signal: AbortSignal.timeout(10_000),
  });
  return { sections, sent: h.sent };
}

const awsCollectors = COLLECTORS.flatMap((c) => (c.side === 'aws' ? [c] : []));
const actions = [...new Set(awsCollectors.flatMap((c) => c.calls.map((call) => call.iam.split(':')[1]!)))].sort();

describe('the registry of collectors', () => {
  it('fills every section once, with what is read on request', () => {
    const all = collectorsFor({ logs: true, metrics: true });
    expect(all.map((c) => c.section).sort()).toEqual([...SECTION_NAMES].sort());
  });

  it('declares reads only', () => {
    for (const c of COLLECTORS)
      for (const call of c.calls)
        if ('iam' in call)
          expect(call.iam).toMatch(/^(ec2|eks|sts|autoscaling|iam|servicequotas):(Describe|Get|List)[A-Z]/);
        else for (const verb of call.rbac.verbs) expect(['get', 'list']).toContain(verb);
  });

  it('never asks for Secrets, nor for logs or the proxy of a pod', () => {
    const resources = requiredPermissions().rules.flatMap((r) => r.resources);
    expect(resources.length).toBeGreaterThan(10);
    expect(resources.filter((r) => /^secrets|\/|^\*$/.test(r))).toEqual([]);
  });

  it('reads ConfigMaps by name, in kube-system alone, and lists service accounts only for the labels of policies', () => {
    const lists = ({ verbs }: { readonly verbs: readonly string[] }) => verbs.includes('list');
    for (const rule of requiredPermissions().rules)
      if (rule.resources.some((r) => r === 'configmaps' || (r === 'serviceaccounts' && !lists(rule)))) {
        expect(rule.namespace).toBe('kube-system');
        expect(rule.resourceNames?.length).toBeGreaterThan(0);
      }
    const listing = collectorsFor({}).filter((c) =>
      c.calls.some((call) => 'rbac' in call && call.rbac.resource === 'serviceaccounts' && lists(call.rbac)),
    );
    expect(listing.map((c) => c.section)).toEqual(['securityGroupPolicies']);
  });

  it('finishes whatever waits for whatever, and makes every AWS call it declares', async () => {
    const { sections, sent } = await runAll(REPLIES, SERVED);
    for (const c of awsCollectors) expect([c.section, sections[c.section].status]).toEqual([c.section, 'ok']);
    expect([...new Set(sent.map((s) => s.name))].sort()).toEqual(actions);
  });

  it('finishes where EKS knows no VPC, and where nothing answers', async () => {
    const { sections } = await runAll({
      ...REPLIES,
      DescribeCluster: { cluster: { name: 'prod' } },
      DescribeInstances: {},
    });
    expect(sections.subnets).toMatchObject({ status: 'failed', reason: expect.stringContaining('VPC') });
    const refused = Object.assign(new Error('no'), { name: 'AccessDenied' });
    const nothing = await runAll(Object.fromEntries(actions.map((a) => [a, refused])), 'off');
    for (const c of awsCollectors)
      expect([c.section, nothing.sections[c.section].status]).toEqual([c.section, 'denied']);
  });
});

describe('the optional tier', () => {
  const all = collectorsFor({ logs: true, metrics: true });
  const nameOf = (call: AwsCall | KubernetesCall) => ('iam' in call ? call.iam : JSON.stringify(call.rbac));
  const having = all.filter((c) => c.calls.some((call) => call.tier === 'optional'));
  /** Nothing but optional calls, and such as another section needs in any case. */
  const isOptional = (c: Collector) =>
    c.calls.every(
      (call) =>
        call.tier === 'optional' || all.some((o) => o !== c && o.calls.some((other) => nameOf(other) === nameOf(call))),
    );

  it('is told by sections that have no core call of their own', () => {
    expect([...OPTIONAL_SECTIONS].sort()).toEqual(
      having
        .filter(isOptional)
        .map((c) => c.section)
        .sort(),
    );
  });

  it('is told by rights where a section has others too', () => {
    const rights = having
      .filter((c) => !isOptional(c))
      .flatMap((c) => c.calls.filter((call) => call.tier === 'optional'))
      .map((call) => ('rbac' in call ? `list ${call.rbac.resource}` : call.iam));
    expect([...OPTIONAL_RIGHTS].sort()).toEqual(rights.sort());
    const of = (permission: string) => isOptionalRight({ kind: 'denied', section: 'cni', permission, reason: '' });
    expect(of('list controllerrevisions.apps in kube-system')).toBe(true);
    expect(of('list daemonsets.apps')).toBe(false);
    expect(of('list serviceaccounts in shop')).toBe(true);
    expect(of('get serviceaccounts/aws-node in kube-system')).toBe(false);
  });
});
