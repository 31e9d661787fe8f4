import {
  DescribeNetworkInterfacesCommand,
  DescribeSubnetsCommand,
  type NetworkInterface,
  type Subnet,
} from '@aws-sdk/client-ec2';
import type { RigIds } from '../build/ids.ts';
import type { Aws } from '../clients/aws.ts';
import type { Expected, Held, OwnerClass } from '../scenarios/types.ts';

/** Every interface of the VPC, in pages of `size`. */
export async function allInterfaces({ ec2 }: Pick<Aws, 'ec2'>, vpc: string, size = 1000): Promise<NetworkInterface[]> {
  const found: NetworkInterface[] = [];
  let NextToken: string | undefined;
  do {
    const page = await ec2.send(
      new DescribeNetworkInterfacesCommand({
        Filters: [{ Name: 'vpc-id', Values: [vpc] }],
        MaxResults: size,
        NextToken,
      }),
    );
    found.push(...(page.NetworkInterfaces ?? []));
    NextToken = page.NextToken;
  } while (NextToken);
  return found;
}

/** Owner of an interface from the marks AWS documents or shows; written apart from the product's own table. */
function ownerOf(eni: NetworkInterface, nodes: Set<string>): OwnerClass {
  const text = eni.Description ?? '';
  if (text.startsWith('aws-K8S-')) return eni.Status === 'available' ? 'cni-leaked' : 'cni';
  if (text.startsWith('Amazon EKS ')) return 'eks-control-plane';
  if (eni.Attachment?.InstanceId) return nodes.has(eni.Attachment.InstanceId) ? 'node-primary' : 'ec2-other';
  const type = String(eni.InterfaceType);
  if (type === 'nat_gateway') return 'nat-gateway';
  if (type === 'vpc_endpoint') return 'vpc-endpoint';
  if (type === 'lambda' || type === 'efs') return type;
  if (text.startsWith('ELB ')) return 'load-balancer';
  if (text === 'RDSNetworkInterface') return 'rds';
  if (text.startsWith('ElastiCache ')) return 'elasticache';
  if (text.startsWith('arn:aws:ecs:')) return 'ecs-task';
  throw new Error(`an interface nobody declared: ${eni.NetworkInterfaceId} ${type} "${text}"`);
}

const toNumber = (address: string): number => address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);

/** Aligned /28s in which no address is used or kept by EC2 (the first four and the last of the subnet). */
function freeBlocks(subnet: Subnet, enis: NetworkInterface[]): number {
  const [base = '', bits = ''] = (subnet.CidrBlock ?? '').split('/');
  const first = toNumber(base);
  const size = 2 ** (32 - Number(bits));
  const used = new Set([0, 1, 2, 3, size - 1].map((n) => Math.floor(n / 16)));
  for (const eni of enis) {
    for (const a of eni.PrivateIpAddresses ?? []) {
      used.add(Math.floor((toNumber(a.PrivateIpAddress ?? '') - first) / 16));
    }
    for (const p of eni.Ipv4Prefixes ?? [])
      used.add(Math.floor((toNumber(p.Ipv4Prefix?.split('/')[0] ?? '') - first) / 16));
  }
  return Math.floor(size / 16) - used.size;
}

/** What the API says of every subnet of the scenario, in the form the scenario states it. */
export async function measureSubnets(
  aws: Pick<Aws, 'ec2'>,
  ids: RigIds,
  pageSize?: number,
): Promise<Expected['subnets']> {
  const enis = await allInterfaces(aws, ids.vpc, pageSize);
  const nodes = new Set(Object.values(ids.nodes).map((n) => n.instanceId));
  const reply = await aws.ec2.send(new DescribeSubnetsCommand({ Filters: [{ Name: 'vpc-id', Values: [ids.vpc] }] }));
  const byId = new Map(reply.Subnets?.map((s) => [s.SubnetId, s]));
  return Object.fromEntries(
    Object.entries(ids.subnets).map(([key, id]) => {
      const subnet = byId.get(id) ?? {};
      const mine = enis.filter((e) => e.SubnetId === id);
      const owners: Partial<Record<OwnerClass, Held>> = {};
      for (const eni of mine) {
        const owner = ownerOf(eni, nodes);
        const held = owners[owner] ?? { enis: 0, addresses: 0, prefixes: 0 };
        held.enis += 1;
        held.addresses += eni.PrivateIpAddresses?.length ?? 0;
        held.prefixes += eni.Ipv4Prefixes?.length ?? 0;
        owners[owner] = held;
      }
      return [key, { free: subnet.AvailableIpAddressCount ?? -1, freeBlocks: freeBlocks(subnet, mine), owners }];
    }),
  );
}
