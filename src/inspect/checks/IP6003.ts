import * as v from 'valibot';
import { parseGoBool } from '../../calc/ipamd/index.ts';
import type { Fix } from '../contract/finding.ts';
import { some, things, verb } from '../contract/words.ts';
import { section } from '../facts/define-fact.ts';
import { type FixContext, fixContext } from '../facts/fix-context.ts';
import { groupRules } from '../facts/group-rules.ts';
import { networking } from '../facts/networking.ts';
import { nodeEnis } from '../facts/node-enis.ts';
import { nodeInstances } from '../facts/node-instances.ts';
import { nodesServedByCni } from '../facts/platforms.ts';
import { policyAgent } from '../facts/policy-agent.ts';
import { groupBy } from '../facts/support/group-by.ts';
import { routesOf } from '../facts/support/routes-of.ts';
import { commandLine, json, named } from '../shell.ts';
import type { RouteTable } from '../snapshot/ec2.ts';
import { type Draft, defineCheck } from './define-check.ts';
import { aws } from './support/commands.ts';
import { nodeResources } from './support/resources.ts';

const evidence = v.object({
  reason: v.picklist(['no-route', 'groups', 'dns64', 'v4-unfiltered']),
  subnets: v.array(v.string()),
  routeTableId: v.nullable(v.string()),
  groups: v.array(v.string()),
  nodes: v.number(),
  policies: v.number(),
});
type Evidence = v.InferOutput<typeof evidence>;

const ANYWHERE = '::/0';

export const IP6003 = defineCheck({
  code: 'IP6003',
  title: 'IPv6 egress is missing or bypassed',
  severity: 'warning',
  grain: 'cluster',
  modes: ['ipv6'],
  needs: {
    networking,
    nodes: nodesServedByCni,
    at: nodeInstances,
    subnets: section('subnets'),
    tables: section('routeTables'),
  },
  helps: {
    enis: nodeEnis,
    rules: groupRules,
    policies: section('networkPolicies'),
    agent: policyAgent,
    fix: fixContext,
  },
  partialOk: ['networking', 'nodes', 'at', 'subnets'],
  evidence,
  evaluate: ({ networking: net, nodes, at, subnets, tables, enis, rules, policies, agent, fix }) => {
    const byId = new Map(subnets.map((s) => [s.subnetId, s]));
    const homes = groupBy(nodes.served, (n) => at.get(n.name)?.subnetId);
    const found: Draft<Evidence>[] = [];
    const tell = (
      key: string,
      e: Partial<Evidence> & Pick<Evidence, 'reason'>,
      names: readonly string[],
      fixes: readonly Fix[],
      severity: 'warning' | 'info' = 'warning',
    ) =>
      found.push({
        key,
        subReason: e.reason,
        severity,
        confidence: 'derived',
        resources: [...(e.subnets ?? []).map((id) => ({ kind: 'subnet' as const, id })), ...nodeResources(names)],
        scope: { nodes: names, subnets: e.subnets },
        evidence: { subnets: [], routeTableId: null, groups: [], policies: 0, nodes: names.length, ...e },
        fixes,
      });
    const without = [...homes].flatMap(([subnetId, members]) => {
      const table = subnetId === undefined ? undefined : routesOf(tables, subnetId);
      // a subnet that leads nowhere in IPv4 either may be closed on purpose
      return subnetId !== undefined && table && leads(table, '0.0.0.0/0') && !leads(table, ANYWHERE)
        ? [{ subnetId, table, names: members.map((n) => n.name) }]
        : [];
    });
    for (const [id, members] of groupBy(without, (w) => w.table.routeTableId))
      tell(
        id,
        { reason: 'no-route', subnets: members.map((m) => m.subnetId).sort(), routeTableId: id },
        members.flatMap((m) => m.names).sort(),
        routeOut(fix, id, tables),
      );
    const shut = [...(enis?.values() ?? [])].filter(
      (e) =>
        e.primary &&
        rules?.allows(e.primary.securityGroupIds, 'out', { protocol: 'any' }, { groupIds: [], cidrs: [ANYWHERE] }) ===
          false,
    );
    for (const [key, members] of groupBy(shut, (e) => [...e.primary!.securityGroupIds].sort().join('+')))
      tell(
        key,
        { reason: 'groups', groups: [...members[0]!.primary!.securityGroupIds].sort() },
        members.map((e) => e.node.name).sort(),
        allowOut(fix, members[0]!.primary!.securityGroupIds),
      );
    const translated = [...homes].flatMap(([id, members]) =>
      id !== undefined && byId.get(id)?.dns64 ? [{ id, names: members.map((n) => n.name) }] : [],
    );
    if (translated.length > 0)
      tell(
        'subnets',
        { reason: 'dns64', subnets: translated.map((t) => t.id).sort() },
        translated.flatMap((t) => t.names).sort(),
        [dns64Off(fix, translated.map((t) => t.id).sort())],
      );
    const v4 = parseGoBool(net.env.ENABLE_V4_EGRESS ?? '') ?? true;
    if (v4 && agent?.enabled && (policies?.length ?? 0) > 0 && nodes.served.length > 0)
      tell('aws-node', { reason: 'v4-unfiltered', policies: policies?.length ?? 0 }, [], [], 'info');
    return found;
  },
  unjudged: ({ nodes, agent }, { gapsOf }) => {
    const gaps = [...gapsOf('rules'), ...gapsOf('enis'), ...(agent?.enabled ? gapsOf('policies') : [])];
    const all = nodes.served.length;
    return gaps.length === 0 || all === 0 ? undefined : { count: all, of: all, what: 'node', gaps };
  },
  summary: (e) => {
    const nodes = things(e.nodes, 'node');
    switch (e.reason) {
      case 'no-route':
        return `${things(e.subnets.length, 'subnet')} with ${nodes} (${some(e.subnets)}) ${verb(e.subnets.length, 'has', 'have')} no route to ::/0 in ${e.routeTableId}, though one for IPv4: pods reach nothing outside the VPC over IPv6`;
      case 'groups':
        return `the security groups of ${nodes} (${some(e.groups)}) let no IPv6 out: pods reach nothing over it`;
      case 'dns64':
        return `${things(e.subnets.length, 'subnet')} with ${nodes} (${some(e.subnets)}) ${verb(e.subnets.length, 'has', 'have')} DNS64 on: names with IPv4 addresses alone lead pods through NAT64 instead of the node`;
      default:
        return `${things(e.policies, 'network policy', 'network policies')} ${verb(e.policies, 'does', 'do')} not see what pods send over IPv4: it leaves by an interface of its own (ENABLE_V4_EGRESS)`;
    }
  },
  explanation: {
    why: 'Pods of an IPv6 cluster have addresses that anyone could route, and no way out; or what they send over IPv4 goes another way than you believe.',
    how: 'Subnets with nodes. no-route: the route table has a default route for IPv4 and none for IPv6, or one whose target is gone; without either the VPC may be closed on purpose. groups: no security group of the primary interface of a node lets anything out to ::/0. dns64: DNS64 is on in the subnet. v4-unfiltered, information: network policies are enforced and ENABLE_V4_EGRESS is not false; whether a policy restricts what leaves is not read.',
    fix: 'Give the VPC an egress-only internet gateway and the route table a route to it; let the groups send to ::/0; switch DNS64 off.',
    verify: 'A pod reaches an IPv6 address outside the VPC.',
    references: [
      'https://docs.aws.amazon.com/eks/latest/best-practices/ipv6.html',
      'aws-network-policy-agent README.md',
    ],
  },
});

function leads(table: RouteTable, destination: string): boolean {
  return table.routes.some((r) => r.destination === destination && r.state !== 'blackhole');
}

/** Where none was made nothing comes through, and no route is asked for. */
const ONLY_GATEWAYS = "grep '^eigw-'";

/** A gateway that another route table uses serves this one too; a VPC has one as a rule. */
function routeOut(fix: FixContext, routeTableId: string, tables: readonly RouteTable[]): Fix[] {
  const vpcId = fix.cluster?.vpcId;
  const gone = tables.find((t) => t.routeTableId === routeTableId)?.routes.some((r) => r.destination === ANYWHERE);
  const verbOf = gone ? 'replace-route' : 'create-route';
  const gateway = tables
    .flatMap((t) => t.routes)
    .find((r) => r.target?.startsWith('eigw-') && r.state !== 'blackhole')?.target;
  const table = named('route-table', routeTableId);
  const route = (id: string) => [
    ...['ec2', verbOf, '--route-table-id', table],
    ...['--destination-ipv6-cidr-block', ANYWHERE, '--egress-only-internet-gateway-id', id],
  ];
  const query = 'EgressOnlyInternetGateway.EgressOnlyInternetGatewayId';
  const region = fix.region ? ['--region', fix.region] : [];
  const made =
    vpcId === undefined
      ? []
      : [
          `${aws(fix, 'ec2', 'create-egress-only-internet-gateway', '--vpc-id', vpcId, '--query', query, '--output', 'text')} | ${ONLY_GATEWAYS} | ${commandLine('xargs', '-I{}', 'aws', ...route('{}'), ...region)}`,
        ];
  const known = gateway !== undefined && /^eigw-[A-Za-z0-9-]{1,40}$/.test(gateway);
  return [
    {
      title: known ? `Route ::/0 to ${gateway}` : 'Make an egress-only internet gateway and route ::/0 to it',
      commands: known ? [aws(fix, ...route(gateway))] : made,
      changes: `What uses ${routeTableId} can open connections to IPv6 addresses outside the VPC; none can be opened to it.`,
      effect: 'immediate',
    },
  ];
}

function allowOut(fix: FixContext, groupIds: readonly string[]): Fix[] {
  const [first] = groupIds;
  if (first === undefined) return [];
  const group = named('security-group', first);
  const rule = { IpProtocol: '-1', Ipv6Ranges: [{ CidrIpv6: ANYWHERE }] };
  return [
    {
      title: `Let ${first} send to IPv6 addresses`,
      commands: [
        aws(fix, 'ec2', 'authorize-security-group-egress', '--group-id', group, '--ip-permissions', json([rule])),
      ],
      changes: 'Every interface with this group may send over IPv6 at once.',
      effect: 'immediate',
    },
  ];
}

function dns64Off(fix: FixContext, subnetIds: readonly string[]): Fix {
  return {
    title: `Switch DNS64 off in ${things(subnetIds.length, 'subnet')}`,
    commands: subnetIds.map((id) =>
      aws(fix, 'ec2', 'modify-subnet-attribute', '--subnet-id', named('subnet', id), '--no-enable-dns64'),
    ),
    changes:
      'The VPC resolver answers there with IPv4 addresses where a name has no others; pods reach them through the node.',
    effect: 'immediate',
    risk: 'What else runs in the subnet may rely on NAT64.',
  };
}
