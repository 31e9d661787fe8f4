import { describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { defineAwsCollector, defineKubernetesCollector } from '../../../src/inspect/collect/define-collector.ts';
import { requiredPermissions } from '../../../src/inspect/collect/permissions.ts';
import { parsePrincipal, permissionsReport, type Recipient } from '../../../src/inspect/report/permissions.ts';

const HEAD = { schemaVersion: 1, tool: { name: 'vpccni', version: '1' }, generatedAt: '2026-11-01T00:00:00Z' };
const collect = async () => ({ data: [] as never });
const SMALL = requiredPermissions([
  defineAwsCollector({
    section: 'subnets',
    purpose: 'no subnets',
    calls: [
      { iam: 'ec2:DescribeSubnets', tier: 'core' },
      { iam: 'ec2:DescribeNatGateways', tier: 'optional' },
    ],
    collect,
  }),
  defineKubernetesCollector({
    section: 'nodes',
    purpose: 'no nodes',
    calls: [
      { rbac: { group: '', resource: 'pods', verbs: ['list'] }, tier: 'core' },
      { rbac: { group: '', resource: 'nodes', verbs: ['list'] }, tier: 'core' },
      {
        rbac: {
          group: '',
          resource: 'configmaps',
          verbs: ['get'],
          names: ['amazon-vpc-cni'],
          namespace: 'kube-system',
        },
        tier: 'core',
      },
    ],
    collect,
  }),
]);
const report = (to: Recipient = {}) => permissionsReport(SMALL, to, HEAD);
const role = parsePrincipal('arn:aws:iam::111122223333:role/team/sre');

describe('permissions', () => {
  it('are a policy of two statements, the way to find the cluster included', () => {
    expect(report().iam.policy.Statement).toEqual([
      { Sid: 'VpccniCore', Effect: 'Allow', Resource: '*', Action: ['ec2:DescribeSubnets', 'eks:ListClusters'] },
      { Sid: 'VpccniOptional', Effect: 'Allow', Resource: '*', Action: ['ec2:DescribeNatGateways'] },
    ]);
  });

  it('are a ClusterRole for the cluster and a Role for kube-system, each bound to the group', () => {
    const objects = parseAllDocuments(report().rbac.manifest).map((d) => (d as { toJS: () => unknown }).toJS());
    expect(objects).toEqual(report().rbac.objects);
    expect(objects).toMatchObject([
      { kind: 'ClusterRole', rules: [{ apiGroups: [''], resources: ['nodes', 'pods'], verbs: ['list'] }] },
      { kind: 'ClusterRoleBinding', subjects: [{ kind: 'Group', name: 'vpccni-inspect' }] },
      {
        kind: 'Role',
        metadata: { namespace: 'kube-system' },
        rules: [{ resources: ['configmaps'], resourceNames: ['amazon-vpc-cni'], verbs: ['get'] }],
      },
      { kind: 'RoleBinding', metadata: { namespace: 'kube-system' }, roleRef: { kind: 'Role' } },
    ]);
  });

  it('name the flags that are missing instead of printing a placeholder', () => {
    expect(report()).toMatchObject({
      flagsMissing: ['--principal', '--cluster'],
      accessEntry: { commands: [] },
      iam: { commands: [] },
    });
    const full = report({ principal: role, cluster: 'prod', region: 'eu-west-1' });
    expect(full.flagsMissing).toEqual([]);
    expect(full.accessEntry.commands).toEqual([
      'aws eks create-access-entry --cluster-name prod --principal-arn arn:aws:iam::111122223333:role/team/sre --kubernetes-groups vpccni-inspect --region eu-west-1',
    ]);
    expect(full.iam.commands[0]).toMatch(
      /^aws iam put-role-policy --role-name sre --policy-name vpccni-inspect --policy-document='\{/,
    );
  });

  it('say for each call what is lost without it', () => {
    expect(report().calls).toContainEqual({
      call: 'list pods',
      side: 'kubernetes',
      tier: 'core',
      sections: ['nodes'],
      without: ['no nodes'],
    });
  });

  it('prove that nothing is written, and would say so if something were', () => {
    expect(report().proof.readOnly).toBe(true);
    const writing = { ...SMALL, actions: { core: ['ec2:DeleteSubnet'], optional: [] } };
    expect(permissionsReport(writing, {}, HEAD).proof.readOnly).toBe(false);
    const patching = { ...SMALL, rules: [{ apiGroups: [''], resources: ['pods'], verbs: ['patch'] }] };
    expect(permissionsReport(patching, {}, HEAD).proof.readOnly).toBe(false);
  });

  it('take roles and users; a session is told to be one', () => {
    expect(role).toMatchObject({ kind: 'role', name: 'sre' });
    expect(parsePrincipal('arn:aws-us-gov:iam::111122223333:user/ada')).toMatchObject({ kind: 'user', name: 'ada' });
    expect(() => parsePrincipal('arn:aws:sts::111122223333:assumed-role/sre/ada')).toThrow(
      'arn:aws:iam::111122223333:role/sre',
    );
    expect(() => parsePrincipal('arn:aws:iam::111122223333:root')).toThrow('not the ARN of an IAM role or user');
  });
});
