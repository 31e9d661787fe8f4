import * as v from 'valibot';
import { some, subnetText, things } from '../contract/words.ts';
import { section } from '../facts/define-fact.ts';
import { fixContext } from '../facts/fix-context.ts';
import { nodeInstances } from '../facts/node-instances.ts';
import { nodesServedByCni } from '../facts/platforms.ts';
import { named } from '../shell.ts';
import { type Draft, defineCheck } from './define-check.ts';
import { aws } from './support/commands.ts';
import { subnetResource } from './support/resources.ts';

const evidence = v.object({
  subnetId: v.string(),
  zone: v.string(),
  cidr: v.string(),
  ipv6Cidrs: v.array(v.string()),
  assignIpv6: v.boolean(),
  nodes: v.number(),
  /** Managed node groups that launch there. */
  nodegroups: v.array(v.string()),
  reason: v.picklist(['no-range', 'no-auto-assign', 'ipv6-only']),
});
type Evidence = v.InferOutput<typeof evidence>;

export const IP6001 = defineCheck({
  code: 'IP6001',
  title: 'Subnets cannot give nodes IPv6',
  severity: 'error',
  grain: 'subnet',
  modes: ['ipv6'],
  needs: {
    cluster: section('cluster'),
    subnets: section('subnets'),
    nodes: nodesServedByCni,
    at: nodeInstances,
    nodegroups: section('nodegroups'),
  },
  helps: { fix: fixContext },
  partialOk: true,
  evidence,
  notApplicable: ({ cluster }) => (cluster.ipFamily === 'ipv6' ? undefined : 'the cluster is not an IPv6 cluster'),
  evaluate: ({ subnets, nodes, at, nodegroups, fix }) =>
    subnets.flatMap((subnet): Draft<Evidence>[] => {
      const here = nodes.served.filter((n) => at.get(n.name)?.subnetId === subnet.subnetId);
      const groups = nodegroups.filter((g) => g.subnetIds.includes(subnet.subnetId));
      if (here.length === 0 && groups.length === 0) return [];
      const reason =
        subnet.ipv6Cidrs.length === 0
          ? 'no-range'
          : subnet.ipv6Native
            ? 'ipv6-only'
            : !subnet.assignIpv6 && groups.length > 0
              ? 'no-auto-assign'
              : undefined;
      if (!reason) return [];
      // A launch template may ask for IPv6 itself, which is not read.
      const own = reason === 'no-auto-assign' && groups.every((g) => g.launchTemplate !== undefined);
      return [
        {
          key: subnet.subnetId,
          subReason: reason,
          severity: own ? 'warning' : 'error',
          confidence: 'derived',
          resources: [subnetResource(subnet)],
          scope: { subnets: [subnet.subnetId] },
          evidence: {
            subnetId: subnet.subnetId,
            zone: subnet.availabilityZone,
            cidr: subnet.cidr,
            ipv6Cidrs: [...subnet.ipv6Cidrs],
            assignIpv6: subnet.assignIpv6,
            nodes: here.length,
            nodegroups: groups.map((g) => g.name),
            reason,
          },
          fixes: [
            {
              title:
                reason === 'no-auto-assign'
                  ? `Let ${subnet.subnetId} give every instance an IPv6 address`
                  : 'Take the subnet out of use for nodes, or give it what it lacks',
              commands: [
                reason === 'no-auto-assign'
                  ? aws(
                      fix,
                      'ec2',
                      'modify-subnet-attribute',
                      '--subnet-id',
                      named('subnet', subnet.subnetId),
                      '--assign-ipv6-address-on-creation',
                    )
                  : aws(
                      fix,
                      'ec2',
                      'describe-vpcs',
                      '--vpc-ids',
                      named('vpc', subnet.vpcId),
                      '--query',
                      'Vpcs[0].Ipv6CidrBlockAssociationSet',
                    ),
              ],
              changes:
                reason === 'no-auto-assign'
                  ? 'Instances launched there from now on get one.'
                  : 'Nothing: it lists the IPv6 ranges of the VPC, of which the subnet needs a /64. A subnet of IPv6 alone cannot be changed: nodes need an IPv4 address too.',
              effect: reason === 'no-auto-assign' ? 'minutes' : 'immediate',
            },
          ],
        },
      ];
    }),
  summary: (e) => {
    const who = e.nodegroups.length > 0 ? `node group ${some(e.nodegroups)}` : things(e.nodes, 'node');
    const what =
      e.reason === 'no-range'
        ? 'has no IPv6 range'
        : e.reason === 'ipv6-only'
          ? 'has no IPv4 range, of which each node needs an address'
          : 'does not give new instances an IPv6 address';
    return `${subnetText(e)} of ${who} ${what}`;
  },
  explanation: {
    why: 'In an IPv6 cluster a node without an IPv6 address cannot join, and a managed group fails with Ec2SubnetMissingIpv6Assignment. The family of a cluster cannot be changed later.',
    how: 'Subnets with nodes or of managed node groups in an IPv6 cluster: no-range, no IPv6 range; no-auto-assign, a managed group launches there and the subnet does not assign IPv6 on creation, a warning where the group has a launch template that may ask for it; ipv6-only, no IPv4, of which every node still takes one.',
    fix: 'Give the subnet an IPv6 range and let it assign addresses on creation.',
    verify: 'aws ec2 describe-subnets shows AssignIpv6AddressOnCreation as true.',
    references: [
      'https://docs.aws.amazon.com/eks/latest/userguide/cni-ipv6.html',
      'https://github.com/eksctl-io/eksctl/issues/4701',
    ],
  },
});
