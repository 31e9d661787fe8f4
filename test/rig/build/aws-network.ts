import {
  AllocateAddressCommand,
  AssociateRouteTableCommand,
  AssociateVpcCidrBlockCommand,
  AttachInternetGatewayCommand,
  CreateEgressOnlyInternetGatewayCommand,
  CreateInternetGatewayCommand,
  CreateNatGatewayCommand,
  CreateRouteCommand,
  CreateRouteTableCommand,
  CreateSubnetCommand,
  CreateTagsCommand,
  CreateVpcCommand,
  CreateVpcEndpointCommand,
  ModifySubnetAttributeCommand,
} from '@aws-sdk/client-ec2';
import type { Aws } from '../clients/aws.ts';
import { ACCOUNT, REGION } from '../clients/aws.ts';
import type { Plan } from '../scenarios/plan.ts';
import type { Scenario, ServiceKind } from '../scenarios/types.ts';
import type { Moto } from '../servers/moto.ts';
import { need, type RigIds, rfc3339 } from './ids.ts';

const tag = (type: 'vpc' | 'subnet' | 'route-table' | 'natgateway' | 'vpc-endpoint', tags: Record<string, string>) => [
  { ResourceType: type, Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })) },
];

/** VPC with its CIDRs, subnets, one NAT gateway and one private route table a zone. */
export async function buildNetwork(scenario: Scenario, { ec2 }: Aws, ids: RigIds): Promise<void> {
  const name = scenario.cluster.name;
  const [first = '', ...others] = scenario.vpcCidrs;
  const ipv6 = scenario.cluster.ipFamily === 'ipv6';
  const vpc = await ec2.send(
    new CreateVpcCommand({
      CidrBlock: first,
      ...(ipv6 ? { AmazonProvidedIpv6CidrBlock: true } : {}),
      TagSpecifications: tag('vpc', { Name: name }),
    }),
  );
  ids.vpc = vpc.Vpc?.VpcId ?? '';
  const range = vpc.Vpc?.Ipv6CidrBlockAssociationSet?.[0]?.Ipv6CidrBlock ?? '';
  for (const CidrBlock of others) await ec2.send(new AssociateVpcCidrBlockCommand({ VpcId: ids.vpc, CidrBlock }));
  for (const [n, [key, spec]] of Object.entries(scenario.subnets).entries()) {
    const [prefix = '', variant = ''] = [key.replace(/-[abc]\d*$/, ''), /\d+$/.exec(key)?.[0] ?? ''];
    const tags: Record<string, string> = {
      Name: `${name}-${prefix.replace(/^cp2?$/, 'control-plane')}-${spec.zone.slice(-2)}${variant || (prefix === 'cp2' ? '-new' : '')}`,
      tier: spec.role,
      ...(spec.role === 'nodes' ? { 'kubernetes.io/role/internal-elb': '1', 'karpenter.sh/discovery': name } : {}),
      ...(spec.role === 'public' ? { 'kubernetes.io/role/elb': '1' } : {}),
      ...(spec.role === 'control-plane' ? { [`kubernetes.io/cluster/${name}`]: 'shared' } : {}),
      ...spec.tags,
    };
    const made = await ec2.send(
      new CreateSubnetCommand({
        VpcId: ids.vpc,
        CidrBlock: spec.cidr,
        AvailabilityZone: spec.zone,
        ...(ipv6 ? { Ipv6CidrBlock: range.replace(/00::\/56$/, `${n.toString(16).padStart(2, '0')}::/64`) } : {}),
        TagSpecifications: tag('subnet', tags),
      }),
    );
    const id = made.Subnet?.SubnetId ?? '';
    ids.subnets[key] = id;
    await ec2.send(new ModifySubnetAttributeCommand({ SubnetId: id, MapPublicIpOnLaunch: { Value: false } }));
    if (ipv6)
      await ec2.send(new ModifySubnetAttributeCommand({ SubnetId: id, AssignIpv6AddressOnCreation: { Value: true } }));
  }
  await buildRoutes(scenario, { ec2 }, ids);
}

async function buildRoutes(scenario: Scenario, { ec2 }: Pick<Aws, 'ec2'>, ids: RigIds): Promise<void> {
  const name = scenario.cluster.name;
  const igw = await ec2.send(new CreateInternetGatewayCommand({}));
  const gateway = igw.InternetGateway?.InternetGatewayId ?? '';
  await ec2.send(new AttachInternetGatewayCommand({ InternetGatewayId: gateway, VpcId: ids.vpc }));
  const table = async (label: string): Promise<string> => {
    const made = await ec2.send(
      new CreateRouteTableCommand({
        VpcId: ids.vpc,
        TagSpecifications: tag('route-table', { Name: `${name}-${label}` }),
      }),
    );
    return made.RouteTable?.RouteTableId ?? '';
  };
  const publicTable = await table('public');
  await ec2.send(
    new CreateRouteCommand({ RouteTableId: publicTable, DestinationCidrBlock: '0.0.0.0/0', GatewayId: gateway }),
  );
  const privateTables: Record<string, string> = {};
  for (const { subnet } of scenario.natGateways) {
    const zone = scenario.subnets[subnet]?.zone ?? '';
    const address = await ec2.send(new AllocateAddressCommand({ Domain: 'vpc' }));
    const nat = await ec2.send(
      new CreateNatGatewayCommand({
        SubnetId: need(ids.subnets, subnet),
        AllocationId: address.AllocationId,
        TagSpecifications: tag('natgateway', { Name: `${name}-${zone}` }),
      }),
    );
    const id = await table(`private-${zone}`);
    await ec2.send(
      new CreateRouteCommand({
        RouteTableId: id,
        DestinationCidrBlock: '0.0.0.0/0',
        NatGatewayId: nat.NatGateway?.NatGatewayId,
      }),
    );
    privateTables[zone] = id;
  }
  if (scenario.cluster.ipFamily === 'ipv6') {
    const made = await ec2.send(new CreateEgressOnlyInternetGatewayCommand({ VpcId: ids.vpc }));
    const EgressOnlyInternetGatewayId = made.EgressOnlyInternetGateway?.EgressOnlyInternetGatewayId;
    for (const RouteTableId of Object.values(privateTables))
      await ec2.send(
        new CreateRouteCommand({ RouteTableId, DestinationIpv6CidrBlock: '::/0', EgressOnlyInternetGatewayId }),
      );
  }
  let closed: string | undefined;
  for (const [key, spec] of Object.entries(scenario.subnets)) {
    const way = spec.route ?? (spec.role === 'public' ? 'igw' : 'nat');
    if (way === 'none') closed ??= await table('closed');
    const RouteTableId = way === 'igw' ? publicTable : way === 'nat' ? need(privateTables, spec.zone) : closed;
    await ec2.send(new AssociateRouteTableCommand({ RouteTableId, SubnetId: need(ids.subnets, key) }));
  }
}

/** Interface endpoints, by the public call: EC2 makes their interfaces. */
export async function buildEndpoints(scenario: Scenario, { ec2 }: Aws, ids: RigIds): Promise<void> {
  for (const [service, subnets] of Object.entries(scenario.endpoints)) {
    await ec2.send(
      new CreateVpcEndpointCommand({
        VpcId: ids.vpc,
        VpcEndpointType: 'Interface',
        ServiceName: `com.amazonaws.${REGION}.${service}`,
        SubnetIds: subnets.map((key) => need(ids.subnets, key)),
        SecurityGroupIds: [ids.clusterSecurityGroup],
        TagSpecifications: tag('vpc-endpoint', { Name: `${scenario.cluster.name}-${service}` }),
      }),
    );
  }
}

/** Marks of an interface, as replies of the real API show them for each service. */
export const MARKS: Record<ServiceKind, (name: string, n: number) => Record<string, unknown>> = {
  lambda: (name, n) => ({
    interfaceType: 'lambda',
    description: `AWS Lambda VPC ENI-${name}-${hex(name, n, 8)}-7c1d-4e0f-9a55-${hex(name, n + 1, 12)}`,
    requesterId: `AROAEXAMPLEID0000042:${name}`,
    instanceOwnerId: 'amazon-aws',
  }),
  'ecs-task': (name, n) => ({
    description: `arn:aws:ecs:${REGION}:${ACCOUNT}:attachment/${hex(name, n, 8)}-3f0a-4c77-8a2b-${hex(name, n + 1, 12)}`,
    requesterId: ACCOUNT,
    instanceOwnerId: ACCOUNT,
    tags: { Name: name },
  }),
  rds: () => ({ description: 'RDSNetworkInterface', requesterId: 'amazon-rds', instanceOwnerId: 'amazon-rds' }),
  elasticache: (name, n) => ({
    description: `ElastiCache ${name}-00${n + 1}`,
    requesterId: 'amazon-elasticache',
    instanceOwnerId: 'amazon-elasticache',
  }),
  efs: (name, n) => ({
    interfaceType: 'efs',
    description: `EFS mount target for fs-${hex(name, 0, 17)} (fsmt-${hex(name, n + 1, 17)})`,
    requesterId: ACCOUNT,
    instanceOwnerId: 'amazon-aws',
  }),
  'application-load-balancer': (name) => ({
    description: `ELB app/${name}/${hex(name, 0, 16)}`,
    requesterId: 'amazon-elb',
    instanceOwnerId: 'amazon-elb',
  }),
  'network-load-balancer': (name) => ({
    interfaceType: 'network_load_balancer',
    description: `ELB net/${name}/${hex(name, 0, 16)}`,
    requesterId: 'amazon-elb',
    instanceOwnerId: 'amazon-aws',
  }),
};

/** Digits that look random and are the same in every build. */
function hex(name: string, n: number, length: number): string {
  let state = 2166136261 ^ n;
  let text = '';
  while (text.length < length) {
    for (const char of name) state = Math.imul(state ^ char.charCodeAt(0), 16777619);
    text += (state >>> 0).toString(16).padStart(8, '0');
  }
  return text.slice(0, length);
}

/** Interfaces that AWS services hold in the VPC, the control plane's among them. */
export async function buildServiceInterfaces(
  scenario: Scenario,
  plan: Plan,
  moto: Moto,
  ids: RigIds,
  now: Date,
  /** `placed`: those whose address is told, once the nodes have theirs. */
  which: 'all' | 'placed' = 'all',
): Promise<void> {
  const attachTime = rfc3339(new Date(now.getTime() - 30 * 24 * 3600_000));
  const specs = scenario.services.flatMap((service, i) =>
    (service.at && which === 'all' ? [] : !service.at && which === 'placed' ? [] : (plan.services[i] ?? [])).map(
      (privateIpAddress, n) => ({
        subnetId: need(ids.subnets, service.subnet),
        ...(privateIpAddress ? { privateIpAddress } : {}),
        attachTime,
        ...MARKS[service.kind](service.name, n),
      }),
    ),
  );
  const controlPlane = scenario.cluster.interfacesIn.map((key) => ({
    ...controlPlaneInterface(scenario, ids, need(ids.subnets, key)),
    attachTime,
  }));
  await moto.post('interfaces', which === 'placed' ? specs : [...specs, ...controlPlane]);
}

/** One of the interfaces EKS keeps in the subnets of the cluster. */
export const controlPlaneInterface = (scenario: Scenario, ids: RigIds, subnetId: string): Record<string, unknown> => ({
  subnetId,
  groups: [ids.clusterSecurityGroup],
  description: `Amazon EKS ${scenario.cluster.name}`,
  requesterId: 'AROAEXAMPLEID0000007:AmazonEKS',
  requesterManaged: false,
  instanceOwnerId: '209317582114',
});

/** Tags of anything by id: what CreateTags is for. */
export async function tagAll({ ec2 }: Pick<Aws, 'ec2'>, id: string, tags: Record<string, string>): Promise<void> {
  await ec2.send(
    new CreateTagsCommand({ Resources: [id], Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })) }),
  );
}
