import { AttachInstancesCommand, CreateAutoScalingGroupCommand } from '@aws-sdk/client-auto-scaling';
import { CreateLaunchTemplateCommand } from '@aws-sdk/client-ec2';
import {
  CreateAddonCommand,
  CreateClusterCommand,
  CreateFargateProfileCommand,
  CreateNodegroupCommand,
} from '@aws-sdk/client-eks';
import { ACCOUNT, type Aws } from '../clients/aws.ts';
import type { GroupSpec, NodeSpec, Scenario } from '../scenarios/types.ts';
import type { Moto } from '../servers/moto.ts';
import { minutesAgo, need, type RigIds, rfc3339 } from './ids.ts';

const NODE_POLICIES = ['AmazonEKSWorkerNodePolicy', 'AmazonEKS_CNI_Policy', 'AmazonEC2ContainerRegistryReadOnly'];
const CLUSTER_POLICIES = ['AmazonEKSClusterPolicy', 'AmazonEKSVPCResourceController'];

const trust = (service: string): string =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Principal: { Service: service },
        Action: service.startsWith('pods.') ? ['sts:AssumeRole', 'sts:TagSession'] : 'sts:AssumeRole',
      },
    ],
  });

export const nodeProfile = (scenario: Scenario): string => `${scenario.cluster.name}-node`;

/** Roles, the cluster and its add-ons. The DaemonSet that the vpc-cni add-on manages is written by the Kubernetes side. */
export async function buildCluster(scenario: Scenario, aws: Aws, moto: Moto, ids: RigIds): Promise<void> {
  const { name, version, subnets, addons } = scenario.cluster;
  const role = async (RoleName: string, service: string, policies: string[]): Promise<string> => {
    await aws.iam('CreateRole', { RoleName, AssumeRolePolicyDocument: trust(service) });
    for (const policy of policies) {
      await aws.iam('AttachRolePolicy', { RoleName, PolicyArn: `arn:aws:iam::aws:policy/${policy}` });
    }
    return `arn:aws:iam::${ACCOUNT}:role/${RoleName}`;
  };
  const { rolePolicies = CLUSTER_POLICIES, ipFamily = 'ipv4', autoMode, remoteNodes, remotePods } = scenario.cluster;
  ids.clusterRoleArn = await role(`${name}-cluster`, 'eks.amazonaws.com', rolePolicies);
  const nodePolicies = scenario.cni.nodeRolePolicies ?? NODE_POLICIES;
  const inline = scenario.cni.nodeRoleActions;
  ids.nodeRoleArn = await role(nodeProfile(scenario), 'ec2.amazonaws.com', nodePolicies);
  if (inline)
    await aws.iam('PutRolePolicy', {
      RoleName: nodeProfile(scenario),
      PolicyName: 'cni',
      PolicyDocument: JSON.stringify({
        Version: '2012-10-17',
        Statement: [{ Effect: 'Allow', Action: inline, Resource: '*' }],
      }),
    });
  await aws.iam('CreateInstanceProfile', { InstanceProfileName: nodeProfile(scenario) });
  await aws.iam('AddRoleToInstanceProfile', {
    InstanceProfileName: nodeProfile(scenario),
    RoleName: nodeProfile(scenario),
  });

  const made = await aws.eks.send(
    new CreateClusterCommand({
      name,
      version,
      roleArn: ids.clusterRoleArn,
      resourcesVpcConfig: { subnetIds: subnets.map((key) => need(ids.subnets, key)), endpointPrivateAccess: true },
      kubernetesNetworkConfig: { serviceIpv4Cidr: '172.20.0.0/16', ipFamily },
    }),
  );
  ids.clusterArn = made.cluster?.arn ?? '';
  ids.clusterSecurityGroup = made.cluster?.resourcesVpcConfig?.clusterSecurityGroupId ?? '';
  await moto.post('eks/state', {
    cluster: name,
    fields: {
      ...(autoMode
        ? { computeConfig: { enabled: true, nodePools: ['general-purpose'], nodeRoleArn: ids.nodeRoleArn } }
        : {}),
      ...(remoteNodes
        ? {
            remoteNetworkConfig: {
              remoteNodeNetworks: [{ cidrs: [remoteNodes] }],
              remotePodNetworks: remotePods ? [{ cidrs: [remotePods] }] : [],
            },
          }
        : {}),
      ...(ipFamily === 'ipv6'
        ? { kubernetesNetworkConfig: { serviceIpv6Cidr: 'fd12:3456:789a::/108', ipFamily: 'ipv6' } }
        : {}),
    },
  });
  await moto.post('eks/addon-versions', addonVersions(scenario));
  const identity = scenario.cluster.podIdentityRole;
  if (identity)
    await moto.post('eks/state', {
      cluster: name,
      podIdentity: [
        {
          associationId: 'a-9x8w7v6u5t4s3r2q1',
          namespace: 'kube-system',
          serviceAccount: 'aws-node',
          roleArn: await role(identity, 'pods.eks.amazonaws.com', ['AmazonEKS_CNI_Policy']),
        },
      ],
    });
  const policy = scenario.cni.networkPolicy;
  const configurationValues = JSON.stringify({
    enableNetworkPolicy: String(policy?.agent === true && policy.controller),
    env: scenario.cni.env,
    ...(scenario.cni.initEnv ? { init: { env: scenario.cni.initEnv } } : {}),
  });
  if (!scenario.cni.install)
    await aws.eks.send(
      new CreateAddonCommand({
        clusterName: name,
        addonName: 'vpc-cni',
        addonVersion: scenario.cni.addonVersion,
        configurationValues,
        resolveConflicts: 'OVERWRITE',
      }),
    );
  for (const [fargateProfileName, subnets] of Object.entries(scenario.fargateProfiles ?? {}))
    await aws.eks.send(
      new CreateFargateProfileCommand({
        clusterName: name,
        fargateProfileName,
        podExecutionRoleArn: ids.nodeRoleArn,
        subnets: subnets.map((key) => need(ids.subnets, key)),
        selectors: [{ namespace: fargateProfileName }],
      }),
    );
  for (const [addonName, addonVersion] of Object.entries(addons)) {
    await aws.eks.send(new CreateAddonCommand({ clusterName: name, addonName, addonVersion }));
  }
}

/** What DescribeAddonVersions offers: newest first; the scenario's versions are the defaults of its Kubernetes minor. */
function addonVersions(
  scenario: Scenario,
): Record<string, { addonVersion: string; clusterVersions: string[]; defaultFor: string[] }[]> {
  const minor = scenario.cluster.version;
  const clusterVersions = ['1.32', '1.33', '1.34', '1.35'];
  const entry = (addonVersion: string, defaults: string[] = []) => ({
    addonVersion,
    clusterVersions,
    defaultFor: defaults,
  });
  const known = [
    ...(scenario.counted ? ['v1.22.4-eksbuild.1'] : []),
    'v1.21.1-eksbuild.1',
    'v1.20.5-eksbuild.1',
    'v1.20.4-eksbuild.2',
    'v1.20.4-eksbuild.1',
    'v1.20.3-eksbuild.1',
    'v1.20.2-eksbuild.1',
    'v1.20.1-eksbuild.3',
    'v1.20.0-eksbuild.1',
    'v1.19.6-eksbuild.7',
    'v1.19.6-eksbuild.1',
    'v1.19.5-eksbuild.3',
    ...(scenario.counted ? [scenario.cni.addonVersion] : []),
  ];
  const vpcCni = [...new Set(known)];
  return {
    'vpc-cni': vpcCni.map((v) => entry(v, v === scenario.cni.addonVersion ? [minor] : v === vpcCni[0] ? ['1.35'] : [])),
    ...Object.fromEntries(Object.entries(scenario.cluster.addons).map(([name, v]) => [name, [entry(v, [minor])]])),
  };
}

/** Times and states that EKS itself stamps or finds out. */
export async function ageCluster(scenario: Scenario, moto: Moto, now: Date): Promise<void> {
  const at = (minutes: number): string => rfc3339(minutesAgo(now, minutes));
  const { cluster, cni } = scenario;
  const issues = cni.issues
    ? cni.issues.map((issue) => ({ ...issue, resourceIds: [] }))
    : cni.status === 'DEGRADED'
      ? [
          {
            code: 'InsufficientNumberOfReplicas',
            message: "The add-on is unhealthy because it doesn't have the desired number of replicas.",
            resourceIds: [],
          },
        ]
      : [];
  const groups = Object.entries(scenario.groups).filter(([, g]) => g.kind === 'managed');
  await moto.post('eks/state', {
    cluster: cluster.name,
    fields: {
      createdAt: at(cluster.ageMinutes),
      platformVersion: cluster.platformVersion,
      ...(cluster.health ? { health: { issues: cluster.health } } : {}),
    },
    addons: {
      ...(cni.install
        ? {}
        : {
            'vpc-cni': {
              createdAt: at(cluster.ageMinutes - 30),
              modifiedAt: at(cni.updatedMinutesAgo),
              status: cni.addonStatus ?? cni.status,
              health: { issues },
            },
          }),
      ...Object.fromEntries(
        Object.keys(cluster.addons).map((name) => [
          name,
          { createdAt: at(cluster.ageMinutes - 30), modifiedAt: at(60 * 24 * 45) },
        ]),
      ),
    },
    nodegroups: Object.fromEntries(
      groups.map(([key, group]) => [
        key,
        {
          createdAt: at(cluster.ageMinutes - 60),
          modifiedAt: at(60 * 24 * 41),
          resources: { autoScalingGroups: [{ name: asgName(scenario, key) }] },
          ...(group.kind === 'managed' && group.health ? { health: { issues: group.health } } : {}),
        },
      ]),
    ),
  });
}

export const asgName = (scenario: Scenario, group: string): string =>
  scenario.groups[group]?.kind === 'managed'
    ? `eks-${group}-${scenario.counted ? scenario.cluster.name : '3ac8f2d4'}`
    : `${scenario.cluster.name}-${group}`;

const nodeConfig = (name: string, maxPods: number): string =>
  [
    'apiVersion: node.eks.aws/v1alpha1',
    'kind: NodeConfig',
    'spec:',
    `  cluster: { name: ${name} }`,
    '  kubelet:',
    '    config:',
    `      maxPods: ${maxPods}`,
    '',
  ].join('\n');

/** Launch templates, managed node groups and Auto Scaling groups around the instances that exist by now. */
export async function buildGroups(scenario: Scenario, aws: Aws, ids: RigIds): Promise<void> {
  for (const [key, group] of Object.entries(scenario.groups)) {
    if (group.kind === 'karpenter') continue;
    const members = Object.entries(scenario.nodes).filter(([, n]) => n.group === key);
    const first = members[0]?.[1];
    if (group.kind === 'managed' && group.template === false) {
      await managedGroup(scenario, aws, ids, key, group, undefined, members.length);
      await scalingGroup(scenario, aws, ids, key, group, members);
      continue;
    }
    const data = Buffer.from(nodeConfig(scenario.cluster.name, first?.maxPods ?? 110)).toString('base64');
    const template = await aws.ec2.send(
      new CreateLaunchTemplateCommand({
        LaunchTemplateName: `${scenario.cluster.name}-${key}`,
        LaunchTemplateData: {
          UserData: group.kind === 'self-managed' ? data : undefined,
          ImageId: 'ami-0b9c6a1d2e3f40516', // Amazon Linux 2023 for EKS; the emulator knows no EKS images
          InstanceType: group.kind === 'self-managed' ? (first?.type as 'm6g.medium') : undefined,
          MetadataOptions: { HttpTokens: 'required', HttpPutResponseHopLimit: 2 },
        },
      }),
    );
    const id = template.LaunchTemplate?.LaunchTemplateId ?? '';
    ids.launchTemplates[key] = id;
    if (group.kind === 'managed') await managedGroup(scenario, aws, ids, key, group, id, members.length);
    await scalingGroup(
      scenario,
      aws,
      ids,
      key,
      group,
      members,
      group.kind === 'managed' && scenario.counted ? undefined : id,
    );
  }
}

/** The Auto Scaling group around the instances of a group. EKS makes a template of its own where it was given none. */
export async function scalingGroup(
  scenario: Scenario,
  aws: Aws,
  ids: RigIds,
  key: string,
  group: Exclude<GroupSpec, { kind: 'karpenter' }>,
  members: [string, NodeSpec][],
  templateId?: string,
  first = members[0]?.[1],
): Promise<void> {
  const AutoScalingGroupName = asgName(scenario, key);
  ids.autoScalingGroups[key] = AutoScalingGroupName;
  const tags = {
    [`kubernetes.io/cluster/${scenario.cluster.name}`]: 'owned',
    ...(group.kind === 'managed' ? { 'eks:cluster-name': scenario.cluster.name, 'eks:nodegroup-name': key } : {}),
  };
  const own = templateId ?? (await eksTemplate(scenario, aws, key, group, first));
  await aws.autoScaling.send(
    new CreateAutoScalingGroupCommand({
      AutoScalingGroupName,
      LaunchTemplate: { LaunchTemplateId: own, Version: '1' },
      MinSize: 0,
      DesiredCapacity: 0,
      MaxSize: group.max,
      VPCZoneIdentifier: group.subnets.map((s) => need(ids.subnets, s)).join(','),
      Tags: Object.entries(tags).map(([Key, Value]) => ({
        Key,
        Value,
        PropagateAtLaunch: true,
        ResourceType: 'auto-scaling-group',
        ResourceId: AutoScalingGroupName,
      })),
    }),
  );
  const InstanceIds = members.map(([node]) => ids.nodes[node]?.instanceId ?? '');
  if (InstanceIds.length > 0)
    await aws.autoScaling.send(new AttachInstancesCommand({ AutoScalingGroupName, InstanceIds }));
}

/** What EKS makes of a managed group's template, or of none: it adds the type, and maxPods where it computes them. */
async function eksTemplate(
  scenario: Scenario,
  aws: Aws,
  key: string,
  group: GroupSpec,
  first: NodeSpec | undefined,
): Promise<string> {
  const type = first?.type ?? (group.kind === 'managed' ? group.instanceTypes[0] : undefined);
  const made = await aws.ec2.send(
    new CreateLaunchTemplateCommand({
      LaunchTemplateName: `eks-${scenario.cluster.name}-${key}`,
      LaunchTemplateData: {
        ImageId: 'ami-0b9c6a1d2e3f40516',
        InstanceType: type as 'm5.large',
        UserData: Buffer.from(nodeConfig(scenario.cluster.name, first?.maxPods ?? 29)).toString('base64'),
      },
      TagSpecifications: [
        {
          ResourceType: 'launch-template',
          Tags: [
            { Key: 'eks:cluster-name', Value: scenario.cluster.name },
            { Key: 'eks:nodegroup-name', Value: key },
          ],
        },
      ],
    }),
  );
  return made.LaunchTemplate?.LaunchTemplateId ?? '';
}

async function managedGroup(
  scenario: Scenario,
  aws: Aws,
  ids: RigIds,
  key: string,
  group: Extract<GroupSpec, { kind: 'managed' }>,
  templateId: string | undefined,
  desired: number,
): Promise<void> {
  await aws.eks.send(
    new CreateNodegroupCommand({
      clusterName: scenario.cluster.name,
      nodegroupName: key,
      nodeRole: ids.nodeRoleArn,
      subnets: group.subnets.map((s) => need(ids.subnets, s)),
      instanceTypes: group.instanceTypes,
      amiType: (group.amiType ?? 'AL2023_x86_64_STANDARD') as 'AL2023_x86_64_STANDARD',
      releaseVersion: `${scenario.cluster.version}.2-20251112`,
      capacityType: 'ON_DEMAND',
      scalingConfig: { minSize: group.min, maxSize: group.max, desiredSize: desired },
      ...(templateId ? { launchTemplate: { id: templateId, version: '1' } } : {}),
      labels: { pool: key },
    }),
  );
}
