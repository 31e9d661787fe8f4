/** What EC2 says of the ways through and out of the VPC. Everything here is of the optional tier. */
import * as v from 'valibot';

export const natGatewaySchema = v.object({
  natGatewayId: v.string(),
  subnetId: v.string(),
  state: v.string(),
  /** `public`, `private`. */
  connectivity: v.string(),
  privateIps: v.array(v.string()),
});

export const vpcEndpointSchema = v.object({
  endpointId: v.string(),
  /** `com.amazonaws.eu-west-1.ecr.api`. */
  service: v.string(),
  /** `Interface`, `Gateway`, `GatewayLoadBalancer`. */
  type: v.string(),
  state: v.string(),
  subnetIds: v.array(v.string()),
  routeTableIds: v.array(v.string()),
  securityGroupIds: v.array(v.string()),
  privateDns: v.boolean(),
});

/** First match by ascending rule number decides; 32767 is the closing deny. */
export const networkAclSchema = v.object({
  networkAclId: v.string(),
  isDefault: v.boolean(),
  subnetIds: v.array(v.string()),
  entries: v.array(
    v.object({
      rule: v.number(),
      egress: v.boolean(),
      action: v.picklist(['allow', 'deny']),
      /** IP protocol number as text, `-1` for all. */
      protocol: v.string(),
      cidr: v.string(),
      /** TCP and UDP only; absent means every port. */
      fromPort: v.optional(v.number()),
      toPort: v.optional(v.number()),
      icmpType: v.optional(v.number()),
      icmpCode: v.optional(v.number()),
    }),
  ),
});

/** Rules of the groups that were asked; a group not in `groupIds` is unknown. */
export const securityGroupRulesSchema = v.object({
  groupIds: v.array(v.string()),
  rules: v.array(
    v.object({
      groupId: v.string(),
      egress: v.boolean(),
      /** `tcp`, `udp`, `icmp`, a number, or `-1` for all. */
      protocol: v.string(),
      /** For ICMP type and code. -1 or absent: all. */
      fromPort: v.optional(v.number()),
      toPort: v.optional(v.number()),
      /** One of these three names the other end. */
      cidr: v.optional(v.string()),
      prefixListId: v.optional(v.string()),
      peerGroupId: v.optional(v.string()),
      /** VPC of the group at the other end, where EC2 names another one. */
      peerVpcId: v.optional(v.string()),
    }),
  ),
});

/** Prefix lists that rules and routes name, with the ranges in them. */
export const prefixListSchema = v.object({
  prefixListId: v.string(),
  name: v.optional(v.string()),
  cidrs: v.array(v.string()),
});

const peerSide = v.object({
  vpcId: v.string(),
  ownerId: v.optional(v.string()),
  region: v.optional(v.string()),
  cidrs: v.array(v.string()),
});

export const vpcPeeringSchema = v.object({
  peeringId: v.string(),
  status: v.string(),
  requester: peerSide,
  accepter: peerSide,
});

export const transitGatewayAttachmentSchema = v.object({
  attachmentId: v.string(),
  transitGatewayId: v.string(),
  state: v.string(),
  subnetIds: v.array(v.string()),
});

export type NatGateway = v.InferOutput<typeof natGatewaySchema>;
export type VpcEndpoint = v.InferOutput<typeof vpcEndpointSchema>;
export type NetworkAcl = v.InferOutput<typeof networkAclSchema>;
export type SecurityGroupRules = v.InferOutput<typeof securityGroupRulesSchema>;
export type PrefixList = v.InferOutput<typeof prefixListSchema>;
export type VpcPeering = v.InferOutput<typeof vpcPeeringSchema>;
export type TransitGatewayAttachment = v.InferOutput<typeof transitGatewayAttachmentSchema>;
