import * as v from 'valibot';
import type { Fix } from '../contract/finding.ts';
import { some, subnetText, things } from '../contract/words.ts';
import { section } from '../facts/define-fact.ts';
import type { FixContext } from '../facts/fix-context.ts';
import { launchGroups } from '../facts/launch-groups.ts';
import { nodeInstances } from '../facts/node-instances.ts';
import { nodesServedByCni } from '../facts/platforms.ts';
import { named } from '../shell.ts';
import type { Nodegroup } from '../snapshot/aws.ts';
import type { Subnet } from '../snapshot/ec2.ts';
import { type Draft, defineCheck } from './define-check.ts';
import { giveIpv6Range, ipv6RangeInputs } from './fixes/ipv6-range.ts';
import { groupElsewhere } from './fixes/new-group.ts';
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
  /** The control plane has interfaces there. */
  controlPlane: v.boolean(),
  /** IPv4 addresses left, and nodes an update of a group may launch there at once. */
  freeIpv4: v.number(),
  launchedAtOnce: v.number(),
  reason: v.picklist(['no-range', 'no-auto-assign', 'ipv6-only', 'low-ipv4']),
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
  helps: { launch: launchGroups, ...ipv6RangeInputs },
  partialOk: true,
  explains: ['SUB001', 'NOD007'],
  evidence,
  notApplicable: ({ cluster }) => (cluster.ipFamily === 'ipv6' ? undefined : 'the cluster is not an IPv6 cluster'),
  evaluate: (from) => {
    const { cluster, subnets, nodes, at, nodegroups, launch, fix } = from;
    const isMeant = (s: Subnet) =>
      cluster.subnetIds.includes(s.subnetId) ||
      nodegroups.some((g) => g.subnetIds.includes(s.subnetId)) ||
      nodes.served.some((n) => at.get(n.name)?.subnetId === s.subnetId);
    const without = subnets
      .filter((s) => s.ipv6Cidrs.length === 0 && isMeant(s))
      .sort((a, b) => (a.subnetId < b.subnetId ? -1 : 1));
    // no node can be launched there, whatever group it is of
    const unfit = subnets.filter((s) => s.ipv6Cidrs.length === 0 || s.ipv6Native).map((s) => s.subnetId);
    return subnets.flatMap((subnet): Draft<Evidence>[] => {
      const here = nodes.served.filter((n) => at.get(n.name)?.subnetId === subnet.subnetId);
      const groups = nodegroups.filter((g) => g.subnetIds.includes(subnet.subnetId));
      const controlPlane = cluster.subnetIds.includes(subnet.subnetId);
      const ofNodes = here.length > 0 || groups.length > 0;
      if (!ofNodes && !controlPlane) return [];
      const atOnce = Math.max(
        0,
        ...(launch ?? [])
          .filter((g) => g.subnetIds.includes(subnet.subnetId))
          .map((g) => Math.ceil(g.surge.nodes / g.subnetIds.length)),
      );
      const reason = reasonOf(subnet, groups.length > 0, ofNodes ? atOnce : 0);
      if (!reason) return [];
      // A launch template may ask for IPv6 itself, which is not read.
      const own = reason === 'no-auto-assign' && groups.every((g) => g.launchTemplate !== undefined);
      return [
        {
          key: subnet.subnetId,
          subReason: reason,
          severity: own || reason === 'low-ipv4' ? 'warning' : 'error',
          confidence: 'derived',
          resources: [subnetResource(subnet)],
          scope: { subnets: [subnet.subnetId] },
          explains: reason === 'low-ipv4' ? ['SUB001'] : ['NOD007'],
          evidence: {
            subnetId: subnet.subnetId,
            zone: subnet.availabilityZone,
            cidr: subnet.cidr,
            ipv6Cidrs: [...subnet.ipv6Cidrs],
            assignIpv6: subnet.assignIpv6,
            nodes: here.length,
            nodegroups: groups.map((g) => g.name),
            controlPlane,
            freeIpv4: subnet.availableIps,
            launchedAtOnce: atOnce,
            reason,
          },
          fixes:
            reason === 'no-range'
              ? [giveIpv6Range(from, { subnet, all: subnets, without, assigns: ofNodes })]
              : fixesFor(fix, subnet, reason, nodegroups, groups, unfit),
        },
      ];
    });
  },
  summary: (e) => {
    const who =
      e.nodegroups.length > 0
        ? `node group ${some(e.nodegroups)}`
        : e.nodes === 0
          ? 'the control plane'
          : things(e.nodes, 'node');
    if (e.reason === 'low-ipv4')
      return `${subnetText(e)} of ${who} has ${things(e.freeIpv4, 'IPv4 address', 'IPv4 addresses')} left, of which every node takes one: an update may launch ${things(e.launchedAtOnce, 'node')} there at once`;
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
    how: 'Subnets with nodes, of the control plane or of managed node groups in an IPv6 cluster: no-range, no IPv6 range; no-auto-assign, a managed group launches there and the subnet does not assign IPv6 on creation, a warning where the group has a launch template that may ask for it; ipv6-only, no IPv4, of which every node still takes one; low-ipv4, a warning, fewer IPv4 addresses than nodes that an update of a group launches there at once. Subnets of the control plane need an IPv6 range too.',
    fix: 'Give the subnet an IPv6 range and let it assign addresses on creation. Where IPv4 addresses are few, let updates take old nodes away first, or leave the subnet out of the group; no command makes a subnet larger, nor gives one of IPv6 alone an IPv4 range.',
    verify: 'aws ec2 describe-subnets shows AssignIpv6AddressOnCreation as true.',
    references: [
      'https://docs.aws.amazon.com/eks/latest/userguide/cni-ipv6.html',
      'https://github.com/eksctl-io/eksctl/issues/4701',
    ],
  },
});

function reasonOf(subnet: Subnet, managed: boolean, atOnce: number): Evidence['reason'] | undefined {
  if (subnet.ipv6Cidrs.length === 0) return 'no-range';
  if (subnet.ipv6Native) return 'ipv6-only';
  if (!subnet.assignIpv6 && managed) return 'no-auto-assign';
  // none at all is SUB001
  return subnet.availableIps > 0 && subnet.availableIps < atOnce ? 'low-ipv4' : undefined;
}

function fixesFor(
  fix: FixContext,
  subnet: Subnet,
  reason: Exclude<Evidence['reason'], 'no-range'>,
  all: readonly Nodegroup[],
  groups: readonly Nodegroup[],
  unfit: readonly string[],
): Fix[] {
  const id = named('subnet', subnet.subnetId);
  if (reason === 'no-auto-assign')
    return [
      {
        title: `Let ${subnet.subnetId} give every instance an IPv6 address`,
        commands: [aws(fix, 'ec2', 'modify-subnet-attribute', '--subnet-id', id, '--assign-ipv6-address-on-creation')],
        changes: 'Instances launched there from now on get one.',
        effect: 'minutes',
      },
    ];
  const elsewhere = groups.flatMap((g) => groupElsewhere(fix, all, g, [subnet.subnetId, ...unfit]));
  return reason === 'ipv6-only'
    ? [...elsewhere, ...(elsewhere.length > 0 ? [] : [nothingCures(subnet)])]
    : [...groups.flatMap((g) => oldOnesFirst(fix, g)), ...elsewhere, whoHolds(fix, id)];
}

/** A group updates without a node more than today where the old ones go first. */
function oldOnesFirst(fix: FixContext, group: Nodegroup): Fix[] {
  if (!fix.cluster || group.updateStrategy === 'MINIMAL') return [];
  const atOnce =
    group.maxUnavailablePercentage === undefined
      ? `maxUnavailable=${group.maxUnavailable ?? 1}`
      : `maxUnavailablePercentage=${group.maxUnavailablePercentage}`;
  return [
    {
      title: `Let updates of ${group.name} take old nodes away first`,
      commands: [
        aws(
          fix,
          ...['eks', 'update-nodegroup-config', '--cluster-name', fix.cluster.name, '--nodegroup-name', group.name],
          ...['--update-config', `${atOnce},updateStrategy=MINIMAL`],
        ),
      ],
      changes: 'An update then launches no node beyond those of today, whose IPv4 addresses come free before.',
      effect: 'immediate',
      risk: 'The nodes that are updated are missing until their successors join. It makes no room for a larger group.',
    },
  ];
}

function nothingCures({ subnetId }: Subnet): Fix {
  return {
    title: `Take ${subnetId} out of use for nodes`,
    commands: [],
    changes:
      'No command gives a subnet of IPv6 alone an IPv4 range, and every node needs an IPv4 address: launch nodes in subnets that have both.',
    effect: 'node-replacement',
  };
}

function whoHolds(fix: FixContext, id: string): Fix {
  return {
    title: `Else see who holds the IPv4 addresses of ${id}`,
    commands: [
      aws(
        fix,
        ...['ec2', 'describe-network-interfaces', '--filters', `Name=subnet-id,Values=${id}`],
        ...['--query', 'NetworkInterfaces[].[NetworkInterfaceId,InterfaceType,Description]', '--output', 'text'],
      ),
    ],
    changes: 'Nothing: it lists them. No command makes a subnet larger.',
    effect: 'immediate',
  };
}
