import { describe, expect, it } from 'vitest';
import { addonVersions } from '../../../../src/inspect/collect/aws/addon-versions.ts';
import { addons, parseConfiguration } from '../../../../src/inspect/collect/aws/addons.ts';
import { autoScalingGroups } from '../../../../src/inspect/collect/aws/auto-scaling-groups.ts';
import { caller } from '../../../../src/inspect/collect/aws/caller.ts';
import { cluster } from '../../../../src/inspect/collect/aws/cluster.ts';
import { fargateProfiles } from '../../../../src/inspect/collect/aws/fargate-profiles.ts';
import { nodegroups } from '../../../../src/inspect/collect/aws/nodegroups.ts';
import { podIdentity } from '../../../../src/inspect/collect/aws/pod-identity.ts';
import { CollectFailure } from '../../../../src/inspect/collect/failure.ts';
import { awsError, collect, collecting, harness } from './harness.ts';

describe('cluster', () => {
  it('reads what decides, and the account from the ARN', async () => {
    const reply = {
      cluster: {
        name: 'prod',
        arn: 'arn:aws-cn:eks:cn-north-1:111122223333:cluster/prod',
        version: '1.34',
        status: 'ACTIVE',
        resourcesVpcConfig: {
          vpcId: 'vpc-1',
          subnetIds: ['subnet-1'],
          securityGroupIds: [],
          clusterSecurityGroupId: 'sg-1',
        },
        kubernetesNetworkConfig: { ipFamily: 'ipv6', serviceIpv6Cidr: 'fd00::/108' },
        computeConfig: { enabled: true },
        remoteNetworkConfig: { remoteNodeNetworks: [{ cidrs: ['192.168.0.0/16'] }] },
        health: { issues: [{ code: 'SubnetNotFound', message: 'gone', resourceIds: ['subnet-9'] }] },
        createdAt: new Date('2026-01-01T00:00:00Z'),
      },
    };
    const { data } = await collect(cluster, harness({ DescribeCluster: reply }));
    expect(data).toMatchObject({
      account: '111122223333',
      vpcId: 'vpc-1',
      clusterSecurityGroupId: 'sg-1',
      ipFamily: 'ipv6',
      autoMode: true,
      outpost: false,
      remoteNodeCidrs: ['192.168.0.0/16'],
      remotePodCidrs: [],
      health: [{ code: 'SubnetNotFound', message: 'gone', resourceIds: ['subnet-9'] }],
      createdAt: '2026-01-01T00:00:00.000Z',
    });
  });

  it('fails with the reason why its name is not known', async () => {
    const why = new CollectFailure('denied', 'eks:ListClusters was denied', { permission: 'eks:ListClusters' });
    await expect(collect(cluster, harness({}, why))).rejects.toBe(why);
  });
});

describe('add-ons', () => {
  it('are listed page by page; those that matter are described', async () => {
    const h = harness({
      ListAddons: ({ nextToken }: { nextToken?: string }) =>
        nextToken ? { addons: ['aws-ebs-csi-driver'] } : { addons: ['vpc-cni', 'kube-proxy'], nextToken: 'two' },
      DescribeAddon: ({ addonName }: { addonName: string }) => ({
        addon: {
          addonName,
          addonVersion: 'v1.20.4-eksbuild.2',
          status: 'DEGRADED',
          configurationValues: 'env:\n  WARM_IP_TARGET: "2"\n',
        },
      }),
    });
    const { data } = await collect(addons, h);
    expect(data.map((a) => a.name)).toEqual(['vpc-cni', 'kube-proxy']);
    expect(data[0]).toMatchObject({ status: 'DEGRADED', configuration: { env: { WARM_IP_TARGET: '2' } } });
    expect(h.sent.filter((s) => s.name === 'ListAddons')).toHaveLength(2);
  });

  it.each([
    ['{"env":{"ENABLE_PREFIX_DELEGATION":"true"}}', { env: { ENABLE_PREFIX_DELEGATION: 'true' } }],
    ['env:\n  ENABLE_PREFIX_DELEGATION: "true"\n', { env: { ENABLE_PREFIX_DELEGATION: 'true' } }],
    ['{broken', undefined],
    ['just text', undefined],
    ['[1]', undefined],
    ['a: &x [1]\nb: *x', undefined],
    [undefined, undefined],
  ])('take JSON and YAML for settings: %s', (text, value) => {
    expect(parseConfiguration(text)).toEqual(value);
  });

  it('that are gone since the listing are left out; one that is denied is a gap', async () => {
    const h = harness({
      ListAddons: { addons: ['vpc-cni', 'kube-proxy', 'coredns'] },
      DescribeAddon: ({ addonName }: { addonName: string }) => {
        if (addonName === 'kube-proxy') return awsError('ResourceNotFoundException');
        if (addonName === 'coredns') return awsError('AccessDeniedException');
        return { addon: { addonName } };
      },
    });
    const { data, missing } = await collect(addons, h);
    expect(data.map((a) => a.name)).toEqual(['vpc-cni']);
    expect(missing).toMatchObject([{ permission: 'eks:DescribeAddon' }]);
  });

  it('are none where the cluster has none', async () => {
    expect((await collect(addons, harness({ ListAddons: { addons: [] } }))).data).toEqual([]);
  });
});

describe('versions of the add-on', () => {
  it('say which is the default of this Kubernetes version', async () => {
    const compatibilities = (defaultVersion: boolean) => [
      { clusterVersion: '1.34', defaultVersion },
      { clusterVersion: '1.33', defaultVersion: true },
    ];
    const addonVersionsReply = [
      { addonVersion: 'v1.21.1-eksbuild.1', compatibilities: compatibilities(false) },
      { addonVersion: 'v1.20.4-eksbuild.2', compatibilities: compatibilities(true) },
    ];
    const h = harness({ DescribeAddonVersions: { addons: [{ addonVersions: addonVersionsReply }] } });
    const { data } = await collect(addonVersions, h, collecting({ cluster: { version: '1.34' } }));
    expect(data.versions).toEqual([
      { version: 'v1.21.1-eksbuild.1', default: false },
      { version: 'v1.20.4-eksbuild.2', default: true },
    ]);
    expect(h.sent[0]?.input).toMatchObject({ addonName: 'vpc-cni', kubernetesVersion: '1.34' });
  });
});

describe('groups and profiles', () => {
  it('read what a node group may grow to', async () => {
    const nodegroup = {
      nodegroupName: 'web',
      status: 'ACTIVE',
      subnets: ['subnet-1'],
      instanceTypes: ['m5.large'],
      scalingConfig: { minSize: 1, maxSize: 9, desiredSize: 3 },
      updateConfig: { maxUnavailablePercentage: 33 },
      resources: { autoScalingGroups: [{ name: 'eks-web-1' }] },
      launchTemplate: { id: 'lt-1', version: '2' },
    };
    const h = harness({ ListNodegroups: { nodegroups: ['web'] }, DescribeNodegroup: { nodegroup } });
    const { data } = await collect(nodegroups, h);
    expect(data[0]).toMatchObject({
      name: 'web',
      maxSize: 9,
      maxUnavailablePercentage: 33,
      autoScalingGroups: ['eks-web-1'],
    });
  });

  it('read the subnets of Fargate profiles', async () => {
    const fargateProfile = {
      fargateProfileName: 'fp',
      podExecutionRoleArn: 'arn:aws:iam::111122223333:role/fargate-pods',
      subnets: ['subnet-1'],
      selectors: [{ namespace: 'batch' }],
    };
    const h = harness({
      ListFargateProfiles: { fargateProfileNames: ['fp'] },
      DescribeFargateProfile: { fargateProfile },
    });
    expect((await collect(fargateProfiles, h)).data).toMatchObject([
      {
        name: 'fp',
        podExecutionRoleArn: 'arn:aws:iam::111122223333:role/fargate-pods',
        selectors: [{ namespace: 'batch', labels: {} }],
      },
    ]);
  });

  it('ask for the pod identity of aws-node alone', async () => {
    const h = harness({
      ListPodIdentityAssociations: { associations: [{ associationId: 'a-1' }] },
      DescribePodIdentityAssociation: {
        association: { namespace: 'kube-system', serviceAccount: 'aws-node', roleArn: 'arn:r' },
      },
    });
    const { data } = await collect(podIdentity, h);
    expect(data).toEqual([
      { associationId: 'a-1', namespace: 'kube-system', serviceAccount: 'aws-node', roleArn: 'arn:r' },
    ]);
    expect(h.sent[0]?.input).toMatchObject({ namespace: 'kube-system', serviceAccount: 'aws-node' });
  });

  it('find Auto Scaling groups by the cluster’s tag, mixed instances included', async () => {
    const group = {
      AutoScalingGroupName: 'own',
      MinSize: 0,
      MaxSize: 5,
      DesiredCapacity: 2,
      VPCZoneIdentifier: 'subnet-1, subnet-2',
      Instances: [{ InstanceId: 'i-1' }],
      MixedInstancesPolicy: {
        LaunchTemplate: { LaunchTemplateSpecification: { LaunchTemplateId: 'lt-1', Version: '4' } },
      },
      Tags: [
        { Key: 'kubernetes.io/cluster/prod', Value: 'owned' },
        { Key: 'team', Value: 'x' },
      ],
    };
    const h = harness({ DescribeAutoScalingGroups: { AutoScalingGroups: [group] } });
    const { data } = await collect(autoScalingGroups, h);
    expect(data[0]).toMatchObject({
      subnetIds: ['subnet-1', 'subnet-2'],
      launchTemplate: { id: 'lt-1', version: '4' },
    });
    expect(data[0]!.tags).toEqual({ 'kubernetes.io/cluster/prod': 'owned' });
    expect(h.sent[0]?.input.Filters).toEqual([{ Name: 'tag-key', Values: ['kubernetes.io/cluster/prod'] }]);
  });

  it('say who asks', async () => {
    const h = harness({ GetCallerIdentity: { Account: '111122223333', Arn: 'arn:aws:iam::111122223333:user/ada' } });
    expect((await collect(caller, h)).data).toEqual({
      account: '111122223333',
      arn: 'arn:aws:iam::111122223333:user/ada',
    });
  });
});
