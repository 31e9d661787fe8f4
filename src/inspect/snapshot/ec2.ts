/** What EC2 says of the VPC: subnets, ENIs, instances. */
import * as v from 'valibot';
import { count, prefix, subnetCidr, textMap, time } from './values.ts';

const tags = textMap;

export const vpcSchema = v.object({
  vpcId: v.string(),
  ownerId: v.optional(v.string()),
  cidrs: v.array(v.object({ cidr: v.string(), state: v.string() })),
  ipv6Cidrs: v.array(v.string()),
});

export const subnetSchema = v.object({
  subnetId: v.string(),
  vpcId: v.string(),
  ownerId: v.optional(v.string()),
  availabilityZone: v.string(),
  availabilityZoneId: v.optional(v.string()),
  cidr: subnetCidr,
  /** AvailableIpAddressCount: what EC2 would still hand out, single addresses. */
  availableIps: count,
  state: v.string(),
  mapPublicIp: v.boolean(),
  assignIpv6: v.boolean(),
  ipv6Native: v.boolean(),
  dns64: v.boolean(),
  ipv6Cidrs: v.array(v.string()),
  outpostArn: v.optional(v.string()),
  tags,
});

/** CIDR reservations of the subnets that were asked; a subnet not in `subnetIds` is unknown. */
export const cidrReservationsSchema = v.object({
  subnetIds: v.array(v.string()),
  reservations: v.array(
    v.object({
      reservationId: v.string(),
      subnetId: v.string(),
      cidr: v.string(),
      type: v.picklist(['prefix', 'explicit']),
    }),
  ),
});

/**
 * What an ENI's description tells, parsed once where it is read.
 * `id` is the captured identifier: an instance, a cluster, a NAT gateway, a load balancer name, a file system.
 */
export const eniOriginSchema = v.object({
  // a file of a later version may know more kinds
  kind: v.fallback(
    v.picklist([
      'cni-secondary',
      'cni-trunk',
      'cni-branch',
      'eks-control-plane',
      'nat-gateway',
      'load-balancer',
      'vpc-endpoint',
      'lambda',
      'efs',
      'rds',
      'elasticache',
      'redshift',
      'dax',
      'codebuild',
      'ecs-task',
      'dms',
      'opensearch',
      'msk',
      'route53-resolver',
      'directory-service',
      'emr',
      'glue',
      'network-firewall',
      'rds-proxy',
      'memorydb',
      'fsx',
      'codestar',
      'mq',
      'firehose',
      'workspaces',
      'appstream',
      'sagemaker',
      'datasync',
      'cloudhsm',
      'api-gateway',
      'transit-gateway',
      'cloud-wan',
      'client-vpn',
      'global-accelerator',
      'instance-connect',
      'none',
      'other',
    ]),
    'other',
  ),
  id: v.optional(v.string()),
});

export const networkInterfaceSchema = v.object({
  eniId: v.string(),
  /** InterfaceType, any string EC2 sends: `interface`, `trunk`, `branch`, `efa`, `lambda`, `nat_gateway`, … */
  type: v.string(),
  status: v.string(),
  /** Verbatim; dropped by redaction. Nothing may be decided by it: use `origin`. */
  description: v.optional(v.string()),
  origin: eniOriginSchema,
  requesterId: v.optional(v.string()),
  requesterManaged: v.boolean(),
  ownerId: v.optional(v.string()),
  subnetId: v.string(),
  vpcId: v.string(),
  availabilityZone: v.string(),
  securityGroupIds: v.array(v.string()),
  primaryIp: v.optional(v.string()),
  /** Private IPv4 addresses without the primary one. */
  secondaryIps: v.array(v.string()),
  /** /28 prefixes as CIDRs: 16 addresses each, not listed among `secondaryIps`. */
  prefixes: v.array(prefix),
  ipv6Addresses: v.array(v.string()),
  ipv6Prefixes: v.array(v.string()),
  attachment: v.optional(
    v.object({
      instanceId: v.optional(v.string()),
      deviceIndex: count,
      networkCardIndex: count,
      status: v.string(),
      attachedAt: v.optional(time),
      deleteOnTermination: v.boolean(),
    }),
  ),
  tags,
});

export const instanceSchema = v.object({
  instanceId: v.string(),
  instanceType: v.string(),
  state: v.string(),
  subnetId: v.optional(v.string()),
  vpcId: v.optional(v.string()),
  availabilityZone: v.string(),
  instanceProfileArn: v.optional(v.string()),
  imageId: v.optional(v.string()),
  publicIp: v.optional(v.string()),
  launchedAt: v.optional(time),
  metadata: v.optional(v.object({ endpoint: v.string(), tokens: v.string(), hopLimit: count })),
  tags,
});

/** Limits as EC2 states them now; trunk support is not in this API. */
export const ec2InstanceTypeSchema = v.object({
  instanceType: v.string(),
  hypervisor: v.optional(v.string()),
  bareMetal: v.boolean(),
  vcpus: count,
  maxEnis: count,
  maxEnisTotal: count,
  networkCards: count,
  ipv4PerEni: count,
});

export const routeTableSchema = v.object({
  routeTableId: v.string(),
  main: v.boolean(),
  subnetIds: v.array(v.string()),
  routes: v.array(
    v.object({
      destination: v.string(),
      /** The target's id, `local`, or undefined where EC2 names none. */
      target: v.optional(v.string()),
      state: v.string(),
    }),
  ),
});

export const securityGroupSchema = v.object({
  groupId: v.string(),
  vpcId: v.optional(v.string()),
  ownerId: v.optional(v.string()),
  name: v.string(),
});

export type Vpc = v.InferOutput<typeof vpcSchema>;
export type Subnet = v.InferOutput<typeof subnetSchema>;
export type CidrReservations = v.InferOutput<typeof cidrReservationsSchema>;
export type EniOrigin = v.InferOutput<typeof eniOriginSchema>;
export type NetworkInterface = v.InferOutput<typeof networkInterfaceSchema>;
export type Instance = v.InferOutput<typeof instanceSchema>;
export type Ec2InstanceType = v.InferOutput<typeof ec2InstanceTypeSchema>;
export type RouteTable = v.InferOutput<typeof routeTableSchema>;
export type SecurityGroup = v.InferOutput<typeof securityGroupSchema>;
