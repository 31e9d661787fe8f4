import {
  type _InstanceType,
  AssignPrivateIpAddressesCommand,
  AttachNetworkInterfaceCommand,
  CreateNetworkInterfaceCommand,
  DescribeInstanceTypesCommand,
  ModifyNetworkInterfaceAttributeCommand,
  RunInstancesCommand,
} from '@aws-sdk/client-ec2';
import type { Aws } from '../clients/aws.ts';
import { LIMITS, type NodePlan, type Plan } from '../scenarios/plan.ts';
import type { Scenario } from '../scenarios/types.ts';
import type { Moto } from '../servers/moto.ts';
import { nodeProfile } from './aws-cluster.ts';
import { tagAll } from './aws-network.ts';
import { minutesAgo, need, type RigIds, rfc3339 } from './ids.ts';

const IMAGE = 'ami-12c6146b'; // one of the emulator's own

/** Tags the CNI puts on the ENIs of a node (`awsutils.go:buildENITags`, `createENITags`). */
export function eniTags(cluster: string, instanceId: string, createdAt?: Date): Record<string, string> {
  return {
    'node.k8s.amazonaws.com/instance_id': instanceId,
    'cluster.k8s.amazonaws.com/name': cluster,
    'eks:eni:owner': 'amazon-vpc-cni',
    ...(createdAt ? { 'node.k8s.amazonaws.com/createdAt': rfc3339(createdAt) } : {}),
  };
}

/** Stops the build when the emulator's instance types differ from what the scenario was computed with. */
async function checkLimits(scenario: Scenario, { ec2 }: Aws): Promise<void> {
  const types = [...new Set(Object.values(scenario.nodes).map((n) => n.type))];
  const found = await ec2.send(new DescribeInstanceTypesCommand({ InstanceTypes: types as _InstanceType[] }));
  for (const type of found.InstanceTypes ?? []) {
    const { MaximumNetworkInterfaces: enis, Ipv4AddressesPerInterface: addresses } = type.NetworkInfo ?? {};
    const known = LIMITS[type.InstanceType ?? ''];
    if (known?.enis !== enis || known?.addresses !== addresses)
      throw new Error(`rig: limits of ${type.InstanceType} differ`);
  }
}

/** Instances with their primary and pod ENIs, as ipamd leaves them in prefix mode with custom networking. */
export async function buildNodes(
  scenario: Scenario,
  plan: Plan,
  aws: Aws,
  moto: Moto,
  ids: RigIds,
  now: Date,
): Promise<void> {
  await checkLimits(scenario, aws);
  const times: Record<string, string> = {};
  for (const node of plan.nodes) await buildNode(scenario, node, aws, ids, now, times);
  for (const [name, address] of Object.entries(plan.otherInstances)) {
    const subnet = need(ids.subnets, scenario.otherInstances[name] ?? '');
    const made = await aws.ec2.send(
      new RunInstancesCommand({
        ImageId: IMAGE,
        MinCount: 1,
        MaxCount: 1,
        InstanceType: 't3.medium',
        SubnetId: subnet,
        PrivateIpAddress: address,
        TagSpecifications: [{ ResourceType: 'instance', Tags: [{ Key: 'Name', Value: name }] }],
      }),
    );
    times[made.Instances?.[0]?.InstanceId ?? ''] = rfc3339(minutesAgo(now, 60 * 24 * 90));
  }
  await moto.post('times', times);
}

async function buildNode(
  scenario: Scenario,
  node: NodePlan,
  aws: Aws,
  ids: RigIds,
  now: Date,
  times: Record<string, string>,
): Promise<void> {
  const { spec, key } = node;
  const cluster = scenario.cluster.name;
  const group = scenario.groups[spec.group];
  const subnet =
    Object.entries(scenario.subnets).find(([, s]) => s.role === 'nodes' && s.zone === spec.zone)?.[0] ?? '';
  const born = minutesAgo(now, spec.ageMinutes);
  const tags: Record<string, string> = {
    Name: group?.kind === 'karpenter' ? 'default' : `${cluster}-${spec.group}`,
    [`kubernetes.io/cluster/${cluster}`]: 'owned',
    ...(group?.kind === 'managed' ? { 'eks:cluster-name': cluster, 'eks:nodegroup-name': spec.group } : {}),
    ...(group?.kind === 'karpenter' ? { 'karpenter.sh/nodepool': 'default', 'eks:eks-cluster-name': cluster } : {}),
  };
  const made = await aws.ec2.send(
    new RunInstancesCommand({
      ImageId: IMAGE,
      MinCount: 1,
      MaxCount: 1,
      InstanceType: spec.type as _InstanceType,
      SubnetId: need(ids.subnets, subnet),
      PrivateIpAddress: node.primaryAddress,
      SecurityGroupIds: [ids.clusterSecurityGroup],
      IamInstanceProfile: { Name: nodeProfile(scenario) },
      MetadataOptions: { HttpTokens: 'required', HttpPutResponseHopLimit: 2, HttpEndpoint: 'enabled' },
      TagSpecifications: [
        { ResourceType: 'instance', Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })) },
      ],
    }),
  );
  const instance = made.Instances?.[0];
  const instanceId = instance?.InstanceId ?? '';
  const primaryEni = instance?.NetworkInterfaces?.[0]?.NetworkInterfaceId ?? '';
  times[instanceId] = rfc3339(born);
  times[primaryEni] = rfc3339(born);
  await tagAll(aws, primaryEni, eniTags(cluster, instanceId));
  const dataEnis: string[] = [];
  for (const [i, eni] of node.dataEnis.entries()) {
    const createdAt = minutesAgo(now, spec.ageMinutes - 1 - i);
    const podSubnet = need(ids.subnets, scenario.eniConfigs[spec.zone] ?? '');
    const id = await createPodEni(aws, {
      cluster,
      instanceId,
      subnetId: podSubnet,
      groups: [ids.clusterSecurityGroup],
      createdAt,
      deviceIndex: i + 1,
      ...eni,
    });
    times[id] = rfc3339(createdAt);
    dataEnis.push(id);
  }
  ids.nodes[key] = { name: instance?.PrivateDnsName ?? '', instanceId, primaryEni, dataEnis };
}

export interface PodEniRequest {
  cluster: string;
  instanceId: string;
  subnetId: string;
  groups: string[];
  createdAt: Date;
  deviceIndex: number;
  address?: string;
  /** Explicit blocks, or how many. */
  prefixes: string[] | number;
}

/** The calls ipamd makes for one ENI: create, attach, delete on termination (`awsutils.go:AllocENI`). Returns its id. */
export async function createPodEni({ ec2 }: Pick<Aws, 'ec2'>, wanted: PodEniRequest): Promise<string> {
  const blocks =
    typeof wanted.prefixes === 'number'
      ? { Ipv4PrefixCount: wanted.prefixes }
      : { Ipv4Prefixes: wanted.prefixes.map((Ipv4Prefix) => ({ Ipv4Prefix })) };
  const tags = eniTags(wanted.cluster, wanted.instanceId, wanted.createdAt);
  const made = await ec2.send(
    new CreateNetworkInterfaceCommand({
      SubnetId: wanted.subnetId,
      PrivateIpAddress: wanted.address,
      Groups: wanted.groups,
      Description: `aws-K8S-${wanted.instanceId}`,
      TagSpecifications: [
        { ResourceType: 'network-interface', Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })) },
      ],
      ...blocks,
    }),
  );
  const id = made.NetworkInterface?.NetworkInterfaceId ?? '';
  if (wanted.deviceIndex > 0) {
    const attached = await ec2.send(
      new AttachNetworkInterfaceCommand({
        NetworkInterfaceId: id,
        InstanceId: wanted.instanceId,
        DeviceIndex: wanted.deviceIndex,
      }),
    );
    await ec2.send(
      new ModifyNetworkInterfaceAttributeCommand({
        NetworkInterfaceId: id,
        Attachment: { AttachmentId: attached.AttachmentId, DeleteOnTermination: true },
      }),
    );
  }
  return id;
}

/** Prefixes for free slots of an ENI. Throws what EC2 throws when there are none. */
export async function addPrefixes({ ec2 }: Pick<Aws, 'ec2'>, eni: string, count: number): Promise<void> {
  await ec2.send(new AssignPrivateIpAddressesCommand({ NetworkInterfaceId: eni, Ipv4PrefixCount: count }));
}

/** ENIs left behind by instances that are gone. */
export async function buildLeaks(scenario: Scenario, plan: Plan, aws: Aws, ids: RigIds, now: Date): Promise<void> {
  for (const [i, leak] of scenario.leaked.entries()) {
    const eni = plan.leaked[i];
    if (!eni) continue;
    const id = await createPodEni(aws, {
      cluster: scenario.cluster.name,
      instanceId: `i-0dead${String(i).padStart(12, '0')}`,
      subnetId: need(ids.subnets, leak.subnet),
      groups: [ids.clusterSecurityGroup],
      createdAt: minutesAgo(now, leak.ageMinutes),
      deviceIndex: 0,
      ...(scenario.counted ? { prefixes: leak.prefixes } : eni),
    });
    if (leak.singles)
      await aws.ec2.send(
        new AssignPrivateIpAddressesCommand({ NetworkInterfaceId: id, SecondaryPrivateIpAddressCount: leak.singles }),
      );
    ids.leakedEnis.push(id);
  }
}
