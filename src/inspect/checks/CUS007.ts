import * as v from 'valibot';
import type { Fix } from '../contract/finding.ts';
import { count, some, things, verb } from '../contract/words.ts';
import { coreDns } from '../facts/core-dns.ts';
import { type Helps, section, type Values } from '../facts/define-fact.ts';
import { eniConfigResolution } from '../facts/eni-config-resolution.ts';
import { type FixContext, fixContext } from '../facts/fix-context.ts';
import { type End, groupRules } from '../facts/group-rules.ts';
import { networking } from '../facts/networking.ts';
import { nodeEnis } from '../facts/node-enis.ts';
import { nodesServedByCni } from '../facts/platforms.ts';
import { groupBy } from '../facts/support/group-by.ts';
import { json, named } from '../shell.ts';
import type { EniConfig } from '../snapshot/kubernetes.ts';
import type { Gap } from '../snapshot/section.ts';
import { type Draft, defineCheck } from './define-check.ts';
import { kubectl } from './support/commands.ts';
import {
  blocked,
  type DnsPaths,
  dnsPaths,
  type MissingRule,
  missingRuleSchema,
  openRules,
  ruleText,
} from './support/group-paths.ts';
import { nodeResources } from './support/resources.ts';
import { unjudged } from './support/unjudged.ts';
import { webhookPorts } from './support/webhook-ports.ts';

const evidence = v.object({
  eniConfigs: v.array(v.string()),
  groups: v.array(v.string()),
  nodes: v.array(v.string()),
  missing: v.array(missingRuleSchema),
  /** What the API server needs to ask webhooks there; null where webhooks, Services or pods were not read. */
  webhooks: v.nullable(v.array(missingRuleSchema)),
  /** Pods of CoreDNS that were judged, and those of them that cannot be asked over UDP. */
  dnsPods: v.number(),
  dnsCutOff: v.number(),
  /** The groups let nothing out at all. */
  closed: v.boolean(),
});
type Evidence = v.InferOutput<typeof evidence>;

const needs = {
  networking,
  nodes: nodesServedByCni,
  choices: eniConfigResolution,
  enis: nodeEnis,
  rules: groupRules,
  dns: coreDns,
  subnets: section('subnets'),
  cluster: section('cluster'),
};
const helps = {
  groups: section('securityGroups'),
  webhooks: section('webhooks'),
  services: section('services'),
  pods: section('pods'),
  fix: fixContext,
};
type From = Values<typeof needs> & Helps<typeof helps>;

interface Judged {
  readonly configs: readonly EniConfig[];
  readonly nodes: readonly string[];
  readonly dns: DnsPaths;
  readonly closed: boolean;
  readonly missing: readonly MissingRule[];
  readonly webhooks: readonly MissingRule[] | null;
}

export const CUS007 = defineCheck({
  code: 'CUS007',
  title: 'Security groups of pods break DNS or control-plane traffic',
  severity: 'warning',
  worst: 'error',
  grain: 'cluster',
  patterns: ['custom', 'custom+sgp'],
  modes: ['secondary', 'prefix'],
  needs,
  helps,
  partialOk: true,
  evidence,
  evaluate: (from, { gapsOf }) =>
    judge(from, gapsOf('groups').length === 0).flatMap(
      ({ configs, nodes, dns, closed, missing, webhooks }): Draft<Evidence>[] => {
        const all = [...missing, ...(webhooks ?? [])];
        if (all.length === 0) return [];
        const proven = closed || (dns.cutOff > 0 && dns.cutOff === dns.judged && dns.unknown === 0);
        return [
          {
            key: configs.map((c) => c.name).join('+'),
            severity: proven ? 'error' : 'warning',
            confidence: proven ? 'derived' : 'heuristic',
            resources: [...configs.map((c) => ({ kind: 'eniconfig' as const, id: c.name })), ...nodeResources(nodes)],
            scope: { nodes },
            evidence: {
              eniConfigs: configs.map((c) => c.name),
              groups: [...configs[0]!.securityGroupIds],
              nodes: [...nodes],
              missing: [...missing],
              webhooks: webhooks && [...webhooks],
              dnsPods: dns.judged,
              dnsCutOff: dns.cutOff,
              closed,
            },
            fixes: [...openRules(from.fix, all), ...addClusterGroup(from.fix, configs)],
          },
        ];
      },
    ),
  unjudged: (from, { gapsOf }) => {
    const groupsWhole = gapsOf('groups').length === 0;
    const all = judge(from, groupsWhole);
    const exists = groupExists(from, groupsWhole);
    const doubtful = groupsWhole
      ? []
      : [...from.choices.values()].flatMap((c) => c.eniConfig ?? []).filter((c) => !c.securityGroupIds.every(exists));
    if (doubtful.length > 0) return unjudged('ENIConfig', doubtful.length, gapsOf('groups'));
    const dark = all.filter((j) => j.dns.unknown > 0 || j.dns.judged === 0);
    // names may be told by something else than CoreDNS; that it does not run is no matter of groups
    if (from.dns.length === 0 && gapsOf('dns').length === 0) return undefined;
    const why: readonly Gap[] = [
      { kind: 'not-told', reason: 'the security groups of CoreDNS or their rules are not known' },
    ];
    const unread = gapsOf('enis').length > 0 ? gapsOf('enis') : gapsOf('rules');
    const gaps = unread.length > 0 ? unread : why;
    return unjudged(
      'ENIConfig',
      all.length,
      dark.flatMap(() => gaps.slice(0, 1)),
    );
  },
  summary: (e) =>
    `pods of ENIConfig ${some(e.eniConfigs)} (${things(e.nodes.length, 'node')}) ${
      e.closed
        ? `can send nothing: ${some(e.groups)} ${verb(e.groups.length, 'has', 'have')} no rule out`
        : e.dnsCutOff > 0
          ? `cannot ask ${count(e.dnsCutOff)} of ${things(e.dnsPods, 'pod')} of CoreDNS`
          : 'lack rules of their security groups'
    }: ${some([...e.missing, ...(e.webhooks ?? [])].map(ruleText))}`,
  explanation: {
    why: 'With custom networking pods leave the groups of the node for those of the ENIConfig. CoreDNS may sit under others still, and both sides have to allow port 53; webhooks need the API server to reach their port.',
    how: 'The groups of each ENIConfig that nodes use, by the rules of both ends, ranges and prefix lists looked into: DNS over UDP and TCP to every running pod of CoreDNS; anything from the nodes; anything from the group itself; the API server to the ports of webhooks whose pods are there. An error where the groups let nothing out, or no pod of CoreDNS can be asked; else a warning by rule of thumb, since what the pods need is not known. ENIConfigs without groups, or with one that does not exist, are left out.',
    fix: 'Add the rules, or add the cluster security group to the ENIConfig.',
    verify: 'A pod on these nodes resolves kubernetes.default.svc.cluster.local.',
    references: [
      'https://docs.aws.amazon.com/eks/latest/userguide/sec-group-reqs.html',
      'https://docs.aws.amazon.com/eks/latest/best-practices/custom-networking.html',
      'https://github.com/awsdocs/amazon-eks-user-guide/issues/474',
    ],
  },
});

/**
 * One that EC2 does not know lets nothing through because it is not there, which CUS004 tells. Where not all groups were read,
 * one without any rule may be such a one.
 */
function groupExists({ groups, rules }: From, whole: boolean): (groupId: string) => boolean {
  if (whole && groups) {
    const known = new Set(groups.map((g) => g.groupId));
    return (id) => known.has(id);
  }
  return (id) => rules.lets([id], 'in') === true || rules.lets([id], 'out') === true;
}

function judge(from: From, groupsWhole: boolean): readonly Judged[] {
  const { networking: net, nodes, choices, enis, rules, dns, subnets, cluster } = from;
  if (!net.settings.customNetworking) return [];
  const exists = groupExists(from, groupsWhole);
  const cidrs = new Map(subnets.map((s) => [s.subnetId, s.cidr]));
  const cidrOf = (ids: readonly (string | undefined)[]) => [
    ...new Set(ids.flatMap((id) => (id === undefined ? [] : (cidrs.get(id) ?? [])))),
  ];
  const used = nodes.served.flatMap((node) => {
    const config = choices.get(node.name)?.eniConfig;
    if (!config || config.securityGroupIds.length === 0) return [];
    return config.securityGroupIds.every(exists) ? [{ node, config }] : [];
  });
  const control: End = {
    groupIds: [
      ...(cluster.clusterSecurityGroupId ? [cluster.clusterSecurityGroupId] : []),
      ...cluster.securityGroupIds,
    ],
    cidrs: cidrOf(cluster.subnetIds),
  };
  return [...groupBy(used, (u) => [...u.config.securityGroupIds].sort().join()).values()].map((members) => {
    const configs = [...new Map(members.map((m) => [m.config.name, m.config])).values()];
    const names = members.map((m) => m.node.name);
    const primaries = names.flatMap((n) => enis.get(n)?.primary ?? []);
    const pods: End = { groupIds: configs[0]!.securityGroupIds, cidrs: cidrOf(configs.map((c) => c.subnetId)) };
    const hosts: End = {
      groupIds: [...new Set(primaries.flatMap((p) => p.securityGroupIds))],
      cidrs: cidrOf(primaries.map((p) => p.subnetId)),
    };
    const dnsWay = dnsPaths(rules, pods, dns);
    const inbound = (other: End, protocol: 'any' | 'tcp', port: number | undefined, what: string) =>
      other.groupIds.length === 0
        ? []
        : blocked(rules, other, pods, protocol, port, what).filter((r) => r.way === 'in');
    const closed = rules.lets(pods.groupIds, 'out') === false;
    return {
      configs,
      nodes: names,
      dns: dnsWay,
      closed,
      missing: [
        ...dnsWay.missing,
        ...inbound(hosts, 'any', undefined, 'nodes to pods'),
        ...inbound(pods, 'any', undefined, 'pods to each other'),
      ],
      webhooks:
        from.webhooks && from.services && from.pods
          ? webhookPorts(from, new Set(names)).flatMap(({ name, port }) =>
              inbound(control, 'tcp', port, `webhook ${name}`),
            )
          : null,
    };
  });
}

/** The cluster's own group allows itself everything, unless someone took that away. */
function addClusterGroup(fix: FixContext, configs: readonly EniConfig[]): Fix[] {
  const own = fix.cluster?.clusterSecurityGroupId;
  const lacking = configs.filter(
    (c) => own !== undefined && !c.securityGroupIds.includes(own) && c.securityGroupIds.length < 5,
  );
  if (own === undefined || lacking.length === 0) return [];
  return [
    {
      title: `Or add the cluster security group ${own} to ${things(lacking.length, 'ENIConfig')}`,
      commands: lacking.map((c) =>
        kubectl(
          'patch',
          'eniconfig',
          named('object', c.name),
          '--type',
          'merge',
          '-p',
          json({ spec: { securityGroups: [...c.securityGroupIds, own].map((id) => named('security-group', id)) } }),
        ),
      ),
      changes: 'Interfaces made from now on have it. Present ones keep theirs until their nodes are replaced.',
      effect: 'node-replacement',
      risk: 'Pods are then reached by all that the cluster security group lets in.',
    },
  ];
}
