import {
  type _InstanceType,
  AssignIpv6AddressesCommand,
  AssignPrivateIpAddressesCommand,
  AssociateTrunkInterfaceCommand,
  AttachNetworkInterfaceCommand,
  CreateNetworkInterfaceCommand,
  DescribeNetworkInterfacesCommand,
  ModifyNetworkInterfaceAttributeCommand,
  type NetworkInterface,
  RunInstancesCommand,
} from '@aws-sdk/client-ec2';
import type { Aws } from '../clients/aws.ts';
import { holdingsOf, modeOf } from '../scenarios/holdings.ts';
import type { NodePlan, Plan } from '../scenarios/plan.ts';
import type { NodeSpec, Pools, Scenario } from '../scenarios/types.ts';
import type { Moto } from '../servers/moto.ts';
import { nodeProfile } from './aws-cluster.ts';
import { tagAll } from './aws-network.ts';
import { eniTags } from './aws-nodes.ts';
import { minutesAgo, need, type RigIds, rfc3339 } from './ids.ts';

const IMAGE = 'ami-12c6146b'; // one of the emulator's own

interface Build {
  scenario: Scenario;
  aws: Aws;
  ids: RigIds;
  now: Date;
  /** Times to set in the end, by resource. */
  times: Record<string, string>;
}

/** Instances of a counted scenario: EC2 chooses every address, and the plan is told. */
export async function buildCountedNodes(
  scenario: Scenario,
  plan: Plan,
  aws: Aws,
  moto: Moto,
  ids: RigIds,
  now: Date,
): Promise<void> {
  const build: Build = { scenario, aws, ids, now, times: {} };
  for (const node of plan.nodes) await buildNode(build, node);
  for (const [name, { subnet, enis, addresses }] of Object.entries(scenario.neighbours ?? {}))
    await buildNeighbour(build, name, subnet, enis, addresses);
  await moto.post('times', build.times);
}

const instanceTags = (scenario: Scenario, group: string): Record<string, string> => {
  const { name } = scenario.cluster;
  const kind = scenario.groups[group]?.kind;
  return {
    Name: kind === 'karpenter' ? 'default' : `${name}-${group}`,
    [`kubernetes.io/cluster/${name}`]: 'owned',
    ...(kind === 'managed' ? { 'eks:cluster-name': name, 'eks:nodegroup-name': group } : {}),
    ...(kind === 'karpenter' ? { 'karpenter.sh/nodepool': 'default', 'eks:eks-cluster-name': name } : {}),
  };
};

/** An instance with its primary interface: ids, and the interface as EC2 shows it. */
export async function launch(
  { scenario, aws, ids }: Pick<Build, 'scenario' | 'aws' | 'ids'>,
  wanted: { type: string; subnetId: string; tags: Record<string, string> },
): Promise<{ instanceId: string; primaryEni: string; address: string; name: string }> {
  const made = await aws.ec2.send(
    new RunInstancesCommand({
      ImageId: IMAGE,
      MinCount: 1,
      MaxCount: 1,
      InstanceType: wanted.type as _InstanceType,
      SubnetId: wanted.subnetId,
      SecurityGroupIds: [ids.clusterSecurityGroup],
      IamInstanceProfile: { Name: nodeProfile(scenario) },
      MetadataOptions: { HttpTokens: 'required', HttpPutResponseHopLimit: 2, HttpEndpoint: 'enabled' },
      TagSpecifications: [
        { ResourceType: 'instance', Tags: Object.entries(wanted.tags).map(([Key, Value]) => ({ Key, Value })) },
      ],
    }),
  );
  const instance = made.Instances?.[0];
  return {
    instanceId: instance?.InstanceId ?? '',
    primaryEni: instance?.NetworkInterfaces?.[0]?.NetworkInterfaceId ?? '',
    address: instance?.PrivateIpAddress ?? '',
    name: instance?.PrivateDnsName ?? '',
  };
}

async function buildNode(build: Build, node: NodePlan): Promise<void> {
  const { scenario, ids, aws, times } = build;
  const { key, spec } = node;
  const { name: cluster } = scenario.cluster;
  const subnetId = need(ids.subnets, spec.subnet ?? nodeSubnet(scenario, spec.zone));
  const made = await launch(build, { type: spec.type, subnetId, tags: instanceTags(scenario, spec.group) });
  const { instanceId, primaryEni } = made;
  node.primaryAddress = made.address;
  const born = rfc3339(minutesAgo(build.now, spec.ageMinutes));
  times[instanceId] = born;
  times[primaryEni] = born;
  if (!spec.withoutCni) await tagAll(aws, primaryEni, eniTags(cluster, instanceId));
  const { enis, trunk, ipv6 } = holdingsOf(scenario, spec);
  await hold(aws, primaryEni, enis[0] ?? {});
  const prefix = ipv6 ? await holdPrefix(aws, primaryEni) : '';
  const dataEnis: string[] = [];
  const podSubnet = need(ids.subnets, spec.podSubnet ?? podSubnetOf(scenario, spec));
  for (const [i, pools] of enis.slice(1).entries())
    dataEnis.push(await attach(build, node, { subnetId: podSubnet, pools, deviceIndex: i + 1, instanceId }));
  if (trunk)
    ids.trunks[key] = await attach(build, node, {
      subnetId: podSubnet,
      pools: {},
      deviceIndex: enis.length,
      instanceId,
      trunk: true,
    });
  ids.nodes[key] = { name: made.name, instanceId, primaryEni, dataEnis };
  node.podAddresses = ipv6 ? ipv6Addresses(prefix, spec.apps + 8) : await addressesOf(aws, [primaryEni, ...dataEnis]);
  ids.spare[key] = node.podAddresses;
}

const nodeSubnet = (scenario: Scenario, zone: string): string =>
  Object.entries(scenario.subnets).find(([, s]) => s.role === 'nodes' && s.zone === zone)?.[0] ?? '';

function podSubnetOf(scenario: Scenario, spec: NodeSpec): string {
  const own = spec.subnet ?? nodeSubnet(scenario, spec.zone);
  return modeOf(scenario).custom ? (scenario.eniConfigs[spec.zone] ?? own) : own;
}

async function hold({ ec2 }: Aws, NetworkInterfaceId: string, { singles = 0, prefixes = 0 }: Pools): Promise<void> {
  if (singles > 0)
    await ec2.send(
      new AssignPrivateIpAddressesCommand({ NetworkInterfaceId, SecondaryPrivateIpAddressCount: singles }),
    );
  if (prefixes > 0)
    await ec2.send(new AssignPrivateIpAddressesCommand({ NetworkInterfaceId, Ipv4PrefixCount: prefixes }));
}

async function attach(
  { scenario, aws, ids, now, times }: Build,
  { spec }: NodePlan,
  wanted: { subnetId: string; pools: Pools; deviceIndex: number; instanceId: string; trunk?: true },
): Promise<string> {
  const { subnetId, pools, deviceIndex, instanceId, trunk } = wanted;
  const createdAt = minutesAgo(now, Math.max(0, spec.ageMinutes - deviceIndex));
  const tags = trunk ? controllerTags(scenario.cluster.name) : eniTags(scenario.cluster.name, instanceId, createdAt);
  const id = await create(aws, {
    SubnetId: subnetId,
    Groups: [ids.clusterSecurityGroup],
    Description: trunk ? 'aws-k8s-trunk-eni' : `aws-K8S-${instanceId}`,
    ...(trunk ? { InterfaceType: 'trunk' as const } : {}),
    TagSpecifications: tagged(tags),
  });
  await hold(aws, id, pools);
  const attached = await aws.ec2.send(
    new AttachNetworkInterfaceCommand({ NetworkInterfaceId: id, InstanceId: instanceId, DeviceIndex: deviceIndex }),
  );
  await aws.ec2.send(
    new ModifyNetworkInterfaceAttributeCommand({
      NetworkInterfaceId: id,
      Attachment: { AttachmentId: attached.AttachmentId, DeleteOnTermination: true },
    }),
  );
  times[id] = rfc3339(createdAt);
  return id;
}

const tagged = (tags: Record<string, string>) => [
  { ResourceType: 'network-interface' as const, Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })) },
];

/** Tags of the VPC resource controller (pkg/config/type.go). */
const controllerTags = (cluster: string, trunk?: string): Record<string, string> => ({
  [`kubernetes.io/cluster/${cluster}`]: 'owned',
  'eks:eni:owner': 'eks-vpc-resource-controller',
  'cluster.k8s.amazonaws.com/name': cluster,
  ...(trunk ? { 'vpcresources.k8s.aws/trunk-eni-id': trunk, 'vpcresources.k8s.aws/vlan-id': '1' } : {}),
});

async function create(
  { ec2 }: Aws,
  question: ConstructorParameters<typeof CreateNetworkInterfaceCommand>[0],
): Promise<string> {
  const made = await ec2.send(new CreateNetworkInterfaceCommand(question));
  return made.NetworkInterface?.NetworkInterfaceId ?? '';
}

/** The trunk of a node, as the VPC resource controller makes it. */
export async function createTrunk(
  { scenario, aws, ids }: Pick<Build, 'scenario' | 'aws' | 'ids'>,
  wanted: { subnetId: string; deviceIndex: number; instanceId: string },
): Promise<string> {
  const id = await create(aws, {
    SubnetId: wanted.subnetId,
    Groups: [ids.clusterSecurityGroup],
    Description: 'aws-k8s-trunk-eni',
    InterfaceType: 'trunk',
    TagSpecifications: tagged(controllerTags(scenario.cluster.name)),
  });
  await aws.ec2.send(
    new AttachNetworkInterfaceCommand({
      NetworkInterfaceId: id,
      InstanceId: wanted.instanceId,
      DeviceIndex: wanted.deviceIndex,
    }),
  );
  return id;
}

/** One more branch ENI of a node's trunk: its id and address. */
export async function branchEni(
  { scenario, aws, ids }: Pick<Build, 'scenario' | 'aws' | 'ids'>,
  node: string,
  groups: string[],
): Promise<{ id: string; address: string }> {
  const TrunkInterfaceId = need(ids.trunks, node);
  const [trunk] = await describe(aws, [TrunkInterfaceId]);
  const made = await aws.ec2.send(
    new CreateNetworkInterfaceCommand({
      SubnetId: trunk?.SubnetId,
      Groups: groups,
      Description: 'aws-k8s-branch-eni',
      InterfaceType: 'branch',
      TagSpecifications: tagged(controllerTags(scenario.cluster.name, TrunkInterfaceId)),
    }),
  );
  const BranchInterfaceId = made.NetworkInterface?.NetworkInterfaceId ?? '';
  await aws.ec2.send(new AssociateTrunkInterfaceCommand({ BranchInterfaceId, TrunkInterfaceId, VlanId: 1 }));
  if (!modeOf(scenario).ipv6) return { id: BranchInterfaceId, address: made.NetworkInterface?.PrivateIpAddress ?? '' };
  const v6 = await aws.ec2.send(
    new AssignIpv6AddressesCommand({ NetworkInterfaceId: BranchInterfaceId, Ipv6AddressCount: 1 }),
  );
  return { id: BranchInterfaceId, address: v6.AssignedIpv6Addresses?.[0] ?? '' };
}

/** A node of another cluster, with ENIs that hold addresses. */
async function buildNeighbour(build: Build, name: string, subnet: string, enis: number, addresses: number) {
  const { ids, aws, times, now } = build;
  const subnetId = need(ids.subnets, subnet);
  const tags = { Name: `${name}-node`, [`kubernetes.io/cluster/${name}`]: 'owned' };
  const { instanceId, primaryEni } = await launch(build, { type: 'm5.xlarge', subnetId, tags });
  const createdAt = minutesAgo(now, 60 * 24 * 20);
  times[instanceId] = rfc3339(createdAt);
  await tagAll(aws, primaryEni, eniTags(name, instanceId));
  for (let i = 1; i <= enis; i++) {
    const id = await create(aws, {
      SubnetId: subnetId,
      Groups: [ids.clusterSecurityGroup],
      Description: `aws-K8S-${instanceId}`,
      TagSpecifications: tagged(eniTags(name, instanceId, createdAt)),
    });
    await hold(aws, id, { singles: addresses });
    await aws.ec2.send(
      new AttachNetworkInterfaceCommand({ NetworkInterfaceId: id, InstanceId: instanceId, DeviceIndex: i }),
    );
    times[id] = rfc3339(createdAt);
  }
}

async function describe({ ec2 }: Aws, ids: string[]): Promise<NetworkInterface[]> {
  const { NetworkInterfaces = [] } = await ec2.send(new DescribeNetworkInterfacesCommand({ NetworkInterfaceIds: ids }));
  return ids.flatMap((id) => NetworkInterfaces.find((e) => e.NetworkInterfaceId === id) ?? []);
}

/** Addresses that interfaces hold for pods, in their order. */
export async function addressesOf(aws: Aws, ids: string[]): Promise<string[]> {
  return (await describe(aws, ids)).flatMap((eni) => [
    ...(eni.PrivateIpAddresses ?? []).flatMap((a) => (a.Primary ? [] : (a.PrivateIpAddress ?? []))),
    ...(eni.Ipv4Prefixes ?? []).flatMap((p) => inPrefix(p.Ipv4Prefix ?? '')),
  ]);
}

function inPrefix(prefix: string): string[] {
  const [base = ''] = prefix.split('/');
  const [front, first] = [base.replace(/\d+$/, ''), Number(/\d+$/.exec(base)?.[0])];
  return Array.from({ length: 16 }, (_, i) => `${front}${first + i}`);
}

/** An IPv6 address and a /80 for an interface. */
async function holdPrefix({ ec2 }: Aws, NetworkInterfaceId: string): Promise<string> {
  await ec2.send(new AssignIpv6AddressesCommand({ NetworkInterfaceId, Ipv6AddressCount: 1 }));
  const made = await ec2.send(new AssignIpv6AddressesCommand({ NetworkInterfaceId, Ipv6PrefixCount: 1 }));
  return made.AssignedIpv6Prefixes?.[0] ?? '';
}

const ipv6Addresses = (prefix: string, count: number): string[] =>
  Array.from({ length: count }, (_, i) => prefix.replace(/:?:\/80$/, `::${(i + 2).toString(16)}`));
