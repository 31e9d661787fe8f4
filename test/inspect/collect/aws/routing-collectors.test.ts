/** The ways through and out of the VPC: what is asked of EC2, and what becomes of the answers. */
import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { natGateways } from '../../../../src/inspect/collect/aws/nat-gateways.ts';
import { networkAcls } from '../../../../src/inspect/collect/aws/network-acls.ts';
import { prefixLists } from '../../../../src/inspect/collect/aws/prefix-lists.ts';
import { securityGroupRules } from '../../../../src/inspect/collect/aws/security-group-rules.ts';
import { transitGatewayAttachments } from '../../../../src/inspect/collect/aws/transit-gateway-attachments.ts';
import { vpcEndpoints } from '../../../../src/inspect/collect/aws/vpc-endpoints.ts';
import { vpcPeerings } from '../../../../src/inspect/collect/aws/vpc-peerings.ts';
import type { AwsCollector } from '../../../../src/inspect/collect/define-collector.ts';
import {
  natGatewaySchema,
  networkAclSchema,
  prefixListSchema,
  securityGroupRulesSchema,
  transitGatewayAttachmentSchema,
  vpcEndpointSchema,
  vpcPeeringSchema,
} from '../../../../src/inspect/snapshot/routing.ts';
import type { SectionName } from '../../../../src/inspect/snapshot.ts';
import { collect, collecting, harness } from './harness.ts';

const IN_VPC = { cluster: { vpcId: 'vpc-1' } };

async function read<N extends SectionName>(
  collector: AwsCollector<N>,
  schema: v.GenericSchema,
  replies: Record<string, unknown>,
  sections: Record<string, unknown> = IN_VPC,
) {
  const h = harness(replies);
  const { data } = await collect(collector, h, collecting(sections));
  expect(v.safeParse(schema, data).success).toBe(true);
  return { data, sent: h.sent };
}

describe('NAT gateways, endpoints and attachments', () => {
  it('are those of the VPC of the cluster', async () => {
    const nat = await read(natGateways, v.array(natGatewaySchema), {
      DescribeNatGateways: {
        NatGateways: [
          {
            NatGatewayId: 'nat-1',
            SubnetId: 'subnet-1',
            State: 'failed',
            NatGatewayAddresses: [{ PrivateIp: '10.0.0.9' }],
          },
        ],
      },
    });
    expect(nat.data).toEqual([
      {
        natGatewayId: 'nat-1',
        subnetId: 'subnet-1',
        state: 'failed',
        connectivity: 'public',
        privateIps: ['10.0.0.9'],
      },
    ]);
    expect(nat.sent[0]?.input.Filter).toEqual([{ Name: 'vpc-id', Values: ['vpc-1'] }]);

    const endpoints = await read(vpcEndpoints, v.array(vpcEndpointSchema), {
      DescribeVpcEndpoints: {
        VpcEndpoints: [
          {
            VpcEndpointId: 'vpce-1',
            ServiceName: 'com.amazonaws.eu-west-1.ecr.api',
            VpcEndpointType: 'Interface',
            State: 'available',
            SubnetIds: ['subnet-1'],
            Groups: [{ GroupId: 'sg-1' }],
            PrivateDnsEnabled: true,
          },
        ],
      },
    });
    expect(endpoints.data[0]).toMatchObject({ securityGroupIds: ['sg-1'], routeTableIds: [], privateDns: true });

    const attachments = await read(transitGatewayAttachments, v.array(transitGatewayAttachmentSchema), {
      DescribeTransitGatewayVpcAttachments: {
        TransitGatewayVpcAttachments: [{ TransitGatewayAttachmentId: 'tgw-attach-1', TransitGatewayId: 'tgw-1' }],
      },
    });
    expect(attachments.data[0]).toMatchObject({ attachmentId: 'tgw-attach-1', subnetIds: [] });
  });
});

describe('network ACLs', () => {
  it('have their rules in the order that decides', async () => {
    const { data } = await read(networkAcls, v.array(networkAclSchema), {
      DescribeNetworkAcls: {
        NetworkAcls: [
          {
            NetworkAclId: 'acl-1',
            Associations: [{ SubnetId: 'subnet-1' }],
            Entries: [
              { RuleNumber: 32767, Egress: false, RuleAction: 'deny', Protocol: '-1', CidrBlock: '0.0.0.0/0' },
              { RuleNumber: 100, Egress: true, RuleAction: 'allow', Protocol: '-1', Ipv6CidrBlock: '::/0' },
              {
                RuleNumber: 90,
                RuleAction: 'allow',
                Protocol: '6',
                CidrBlock: '10.0.0.0/8',
                PortRange: { From: 0, To: 443 },
              },
              {
                RuleNumber: 95,
                RuleAction: 'allow',
                Protocol: '1',
                CidrBlock: '10.0.0.0/8',
                IcmpTypeCode: { Type: 3, Code: -1 },
              },
            ],
          },
        ],
      },
    });
    expect(data[0]!.entries.map((e) => [e.rule, e.egress, e.cidr])).toEqual([
      [90, false, '10.0.0.0/8'],
      [95, false, '10.0.0.0/8'],
      [32767, false, '0.0.0.0/0'],
      [100, true, '::/0'],
    ]);
    expect(data[0]!.entries[0]).toMatchObject({ fromPort: 0, toPort: 443 });
    expect(data[0]!.entries[1]).toMatchObject({ icmpType: 3, icmpCode: -1 });
  });
});

describe('rules of security groups', () => {
  it('are asked of the groups that nodes and pods carry', async () => {
    const { data, sent } = await read(
      securityGroupRules,
      securityGroupRulesSchema,
      {
        DescribeSecurityGroupRules: {
          SecurityGroupRules: [
            {
              GroupId: 'sg-a',
              IsEgress: false,
              IpProtocol: 'tcp',
              FromPort: 53,
              ToPort: 53,
              ReferencedGroupInfo: { GroupId: 'sg-b' },
            },
            { GroupId: 'sg-a', IsEgress: true, IpProtocol: '-1', CidrIpv6: '::/0' },
            { GroupId: 'sg-a', IsEgress: true, IpProtocol: 'tcp', PrefixListId: 'pl-1' },
          ],
        },
      },
      {
        cluster: { securityGroupIds: ['sg-a'], clusterSecurityGroupId: 'sg-b' },
        eniConfigs: [{ securityGroupIds: ['sg-c'] }],
        securityGroupPolicies: [{ securityGroupIds: ['sg-d'] }],
        nodes: [{ instanceId: 'i-1' }],
        networkInterfaces: [
          { type: 'interface', attachment: { instanceId: 'i-1' }, securityGroupIds: ['sg-e'] },
          { type: 'branch', securityGroupIds: ['sg-f'] },
          { type: 'interface', attachment: { instanceId: 'i-database' }, securityGroupIds: ['sg-x'] },
        ],
      },
    );
    expect(data.groupIds).toEqual(['sg-a', 'sg-b', 'sg-c', 'sg-d', 'sg-e', 'sg-f']);
    expect(sent[0]?.input.Filters).toEqual([{ Name: 'group-id', Values: data.groupIds }]);
    expect(data.rules).toEqual([
      { groupId: 'sg-a', egress: false, protocol: 'tcp', fromPort: 53, toPort: 53, peerGroupId: 'sg-b' },
      { groupId: 'sg-a', egress: true, protocol: '-1', cidr: '::/0' },
      { groupId: 'sg-a', egress: true, protocol: 'tcp', prefixListId: 'pl-1' },
    ]);
  });
});

describe('prefix lists', () => {
  const lists = {
    DescribeManagedPrefixLists: {
      PrefixLists: [{ PrefixListId: 'pl-1', PrefixListName: 'com.amazonaws.eu-west-1.s3' }],
    },
    GetManagedPrefixListEntries: { Entries: [{ Cidr: '52.0.0.0/16' }] },
  };

  it('are read where a rule or a route names them', async () => {
    const { data } = await read(prefixLists, v.array(prefixListSchema), lists, {
      securityGroupRules: { rules: [{ prefixListId: 'pl-1' }, { cidr: '10.0.0.0/8' }] },
      routeTables: [{ routes: [{ destination: 'pl-2' }, { destination: '0.0.0.0/0' }] }],
    });
    expect(data).toEqual([
      { prefixListId: 'pl-1', name: 'com.amazonaws.eu-west-1.s3', cidrs: ['52.0.0.0/16'] },
      { prefixListId: 'pl-2', name: undefined, cidrs: ['52.0.0.0/16'] },
    ]);
  });

  it('cost no call where none is named', async () => {
    const { data, sent } = await read(prefixLists, v.array(prefixListSchema), lists, { routeTables: [] });
    expect([data, sent]).toEqual([[], []]);
  });
});

describe('peering connections', () => {
  it('are found from either side, each once', async () => {
    const { data, sent } = await read(vpcPeerings, v.array(vpcPeeringSchema), {
      DescribeVpcPeeringConnections: {
        VpcPeeringConnections: [
          {
            VpcPeeringConnectionId: 'pcx-1',
            Status: { Code: 'active' },
            RequesterVpcInfo: {
              VpcId: 'vpc-1',
              CidrBlockSet: [{ CidrBlock: '10.0.0.0/16' }, { CidrBlock: '10.1.0.0/16' }],
            },
            AccepterVpcInfo: { VpcId: 'vpc-2', CidrBlock: '10.2.0.0/16', Region: 'us-east-1' },
          },
        ],
      },
    });
    expect(sent).toHaveLength(2);
    expect(data).toMatchObject([
      {
        peeringId: 'pcx-1',
        requester: { cidrs: ['10.0.0.0/16', '10.1.0.0/16'] },
        accepter: { vpcId: 'vpc-2', cidrs: ['10.2.0.0/16'], region: 'us-east-1' },
      },
    ]);
  });
});
