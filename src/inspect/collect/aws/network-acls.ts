import type { NetworkAcl as Ec2NetworkAcl, NetworkAclEntry } from '@aws-sdk/client-ec2';
import type { NetworkAcl } from '../../snapshot/routing.ts';
import { defineAwsCollector } from '../define-collector.ts';
import { clusterVpc, inVpc } from './cluster-vpc.ts';
import { texts } from './defined.ts';

const CALL = 'ec2:DescribeNetworkAcls';

export const networkAcls = defineAwsCollector<'networkAcls'>({
  section: 'networkAcls',
  purpose: 'what the network ACLs of the subnets let through is unknown',
  calls: [{ iam: CALL, tier: 'optional' }],
  async collect(aws, ctx) {
    const Filters = inVpc(await clusterVpc(ctx));
    const { client, DescribeNetworkAclsCommand } = await aws.clients.ec2();
    const data = await aws.pages(
      CALL,
      (NextToken) => client.send(new DescribeNetworkAclsCommand({ Filters, MaxResults: 1000, NextToken })),
      (out) => ({ items: (out.NetworkAcls ?? []).map(reduce), next: out.NextToken }),
    );
    return { data };
  },
});

function reduce(a: Ec2NetworkAcl): NetworkAcl {
  return {
    networkAclId: a.NetworkAclId ?? '',
    isDefault: a.IsDefault ?? false,
    subnetIds: texts(a.Associations?.map((s) => s.SubnetId)),
    entries: (a.Entries ?? []).map(entry).sort((x, y) => Number(x.egress) - Number(y.egress) || x.rule - y.rule),
  };
}

function entry(e: NetworkAclEntry): NetworkAcl['entries'][number] {
  const { From: fromPort, To: toPort } = e.PortRange ?? {};
  const { Type: icmpType, Code: icmpCode } = e.IcmpTypeCode ?? {};
  return {
    rule: e.RuleNumber ?? 0,
    egress: e.Egress ?? false,
    action: e.RuleAction === 'allow' ? 'allow' : 'deny',
    protocol: e.Protocol ?? '-1',
    cidr: e.CidrBlock ?? e.Ipv6CidrBlock ?? '',
    ...(fromPort === undefined ? {} : { fromPort }),
    ...(toPort === undefined ? {} : { toPort }),
    ...(icmpType === undefined ? {} : { icmpType }),
    ...(icmpCode === undefined ? {} : { icmpCode }),
  };
}
