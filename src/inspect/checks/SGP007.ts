import * as v from 'valibot';
import type { Fix } from '../contract/finding.ts';
import { count, some, things, verb } from '../contract/words.ts';
import { branchPods, podName } from '../facts/branch-pods.ts';
import { coreDns } from '../facts/core-dns.ts';
import { type Helps, section, type Values } from '../facts/define-fact.ts';
import { type FixContext, fixContext } from '../facts/fix-context.ts';
import { type End, groupRules } from '../facts/group-rules.ts';
import { networking } from '../facts/networking.ts';
import { nodeEnis } from '../facts/node-enis.ts';
import { podGroups } from '../facts/pod-groups.ts';
import { groupBy } from '../facts/support/group-by.ts';
import { isStrict } from '../facts/support/pod-traffic.ts';
import { json, named } from '../shell.ts';
import type { NetworkInterface } from '../snapshot/ec2.ts';
import type { SecurityGroupPolicy } from '../snapshot/kubernetes.ts';
import type { Pod } from '../snapshot/pods.ts';
import { type Draft, defineCheck } from './define-check.ts';
import { startAnew } from './fixes/restart-pods.ts';
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
import { podResources } from './support/resources.ts';
import { unjudged } from './support/unjudged.ts';

const evidence = v.object({
  policies: v.array(v.string()),
  groups: v.array(v.string()),
  pods: v.array(v.string()),
  missing: v.array(missingRuleSchema),
  dnsPods: v.number(),
  dnsCutOff: v.number(),
  /** Pods whose probes fail now, by their events; null where those were not read. */
  failing: v.nullable(v.array(v.string())),
});
type Evidence = v.InferOutput<typeof evidence>;

const needs = { networking, branch: branchPods, enis: nodeEnis, rules: groupRules, dns: coreDns, groupsOf: podGroups };
const helps = { subnets: section('subnets'), events: section('events'), pods: section('pods'), fix: fixContext };
type From = Values<typeof needs> & Helps<typeof helps>;

interface Judged {
  readonly groups: readonly string[];
  readonly pods: readonly Pod[];
  readonly dns: DnsPaths;
  readonly probes: readonly MissingRule[];
}

export const SGP007 = defineCheck({
  code: 'SGP007',
  title: 'Security groups of pods block DNS or probes',
  severity: 'warning',
  worst: 'error',
  grain: 'cluster',
  patterns: ['sgp', 'custom+sgp'],
  modes: ['secondary', 'prefix'],
  needs,
  helps,
  partialOk: true,
  evidence,
  evaluate: (from, { gapsOf }) => {
    const failed = new Set(
      (from.events ?? []).flatMap((e) =>
        e.kind === 'probe-failed' ? [`${e.object.namespace ?? ''}/${e.object.name}`] : [],
      ),
    );
    return judge(from).flatMap(({ groups, pods, dns, probes }): Draft<Evidence>[] => {
      const missing = [...dns.missing, ...probes];
      if (missing.length === 0) return [];
      const names = pods.map(podName).sort();
      const failing = probes.length === 0 ? [] : names.filter((n) => failed.has(n));
      const policies = [
        ...new Map(
          pods.flatMap((p) => from.groupsOf(p).policies).map((p) => [`${p.namespace}/${p.name}`, p]),
        ).entries(),
      ];
      return [
        {
          key: [...groups].sort().join('+'),
          severity: failing.length > 0 ? 'error' : 'warning',
          confidence: failing.length > 0 ? 'observed' : 'heuristic',
          resources: podResources(names),
          scope: { pods: names },
          evidence: {
            policies: policies.map(([name]) => name),
            groups: [...groups],
            pods: names,
            missing,
            dnsPods: dns.judged,
            dnsCutOff: dns.cutOff,
            failing: failing.length === 0 && gapsOf('events').length > 0 ? null : failing,
          },
          fixes: [
            ...openRules(from.fix, missing),
            ...addClusterGroup(
              from.fix,
              policies.map(([, p]) => p),
              pods,
            ),
          ],
        },
      ];
    });
  },
  unjudged: (from, { gapsOf }) => {
    const all = judge(from);
    const dark = all.filter((j) => j.dns.unknown > 0 || j.dns.judged === 0);
    const unread = [...gapsOf('rules'), ...gapsOf('enis')];
    const why =
      from.dns.length === 0
        ? 'no running pod of CoreDNS was found'
        : 'the security groups of CoreDNS or their rules are not known';
    const probesUnread = from.branch.length > 0 && from.pods?.probes === undefined && isStrict(from.networking);
    return unjudged('pod', from.branch.length, [
      ...dark.flatMap((j) => j.pods.map(() => unread[0] ?? ({ kind: 'not-told', reason: why } as const))),
      ...(dark.length === 0 && probesUnread
        ? from.branch.map(() => ({ kind: 'not-told', reason: 'probes of pods were not collected' }) as const)
        : []),
    ]);
  },
  summary: (e) =>
    `${some(e.groups)} of ${things(e.pods.length, 'pod')} (${some(e.pods)}) ${
      e.dnsCutOff > 0
        ? `${verb(e.groups.length, 'keeps', 'keep')} ${verb(e.pods.length, 'it', 'them')} from ${count(e.dnsCutOff)} of ${things(e.dnsPods, 'pod')} of CoreDNS`
        : `${verb(e.groups.length, 'lacks', 'lack')} rules ${verb(e.pods.length, 'it needs', 'they need')}`
    }: ${some(e.missing.map(ruleText))}${
      e.failing && e.failing.length > 0 ? `; probes of ${things(e.failing.length, 'pod')} fail` : ''
    }`,
  explanation: {
    why: 'The most common first-day failure of security groups for pods: the pod runs, and resolves nothing or never turns Ready, because its groups, or those of CoreDNS, do not let the packets through.',
    how: 'Pods on branch ENIs by the groups of their branch, the rules of both ends, ranges and prefix lists looked into: DNS over UDP and TCP to every running pod of CoreDNS; in strict mode the ports of their probes from the groups and the addresses of their nodes, which standard mode does not filter. A warning by rule of thumb, since a pod may need no names; an error where probes fail now and the rule for them is missing.',
    fix: 'Add the rules, or add the cluster security group to the policy and start the pods anew.',
    verify: 'A pod with these groups resolves kubernetes.default.svc.cluster.local and turns Ready.',
    references: [
      'https://docs.aws.amazon.com/eks/latest/userguide/security-groups-for-pods.html',
      'https://github.com/aws/amazon-vpc-cni-k8s/issues/1269',
      'https://github.com/aws/amazon-vpc-cni-k8s/issues/3126',
    ],
  },
});

function judge(from: From): readonly Judged[] {
  const { networking: net, branch, enis, rules, dns, groupsOf, subnets } = from;
  const cidrs = new Map(subnets?.map((s) => [s.subnetId, s.cidr]));
  const placed = branch.flatMap((pod) => {
    const on = pod.node === undefined ? undefined : enis.get(pod.node);
    const eni = on?.branch.find((e) => e.eniId === pod.branchEniId);
    const groups = eni?.securityGroupIds ?? groupsOf(pod).groupIds;
    return on && groups.length > 0 ? [{ pod, on, eni, groups }] : [];
  });
  return [...groupBy(placed, (p) => [...p.groups].sort().join()).values()].map((members) => {
    const { groups } = members[0]!;
    const own = members.flatMap((m) => rangeOf(m.eni ?? m.on.trunk, cidrs));
    const end: End = { groupIds: groups, cidrs: [...new Set(own)] };
    const probes = new Map<string, MissingRule>();
    for (const { pod, on } of isStrict(net) ? members : [])
      for (const probe of pod.probes ?? []) {
        if (probe.by === 'exec' || probe.port === undefined || !on.primary) continue;
        const node: End = {
          groupIds: on.primary.securityGroupIds,
          cidrs: on.primary.primaryIp === undefined ? [] : [`${on.primary.primaryIp}/32`],
        };
        for (const rule of blocked(rules, node, end, 'tcp', probe.port, 'probes')) probes.set(ruleText(rule), rule);
      }
    return { groups, pods: members.map((m) => m.pod), dns: dnsPaths(rules, end, dns), probes: [...probes.values()] };
  });
}

/** The subnet of the branch, else its address alone. */
function rangeOf(eni: NetworkInterface | undefined, cidrs: ReadonlyMap<string, string>): string[] {
  if (!eni) return [];
  const cidr = cidrs.get(eni.subnetId) ?? (eni.primaryIp === undefined ? undefined : `${eni.primaryIp}/32`);
  return cidr === undefined ? [] : [cidr];
}

/** The cluster's own group allows itself everything, unless someone took that away. */
function addClusterGroup(fix: FixContext, policies: readonly SecurityGroupPolicy[], pods: readonly Pod[]): Fix[] {
  const own = fix.cluster?.clusterSecurityGroupId;
  const lacking = policies.filter(
    (p) => own !== undefined && !p.securityGroupIds.includes(own) && p.securityGroupIds.length < 5,
  );
  if (own === undefined || lacking.length === 0) return [];
  const patch = (p: SecurityGroupPolicy) =>
    json({
      spec: { securityGroups: { groupIds: [...p.securityGroupIds, own].map((id) => named('security-group', id)) } },
    });
  const anew = startAnew(pods, '')[0]?.commands ?? [];
  return [
    {
      title: `Or add the cluster security group ${own} to ${things(lacking.length, 'SecurityGroupPolicy', 'SecurityGroupPolicies')} and start the pods anew`,
      commands: [
        ...lacking.map((p) =>
          kubectl(
            '-n',
            p.namespace,
            'patch',
            'securitygrouppolicy',
            named('object', p.name),
            '--type',
            'merge',
            '-p',
            patch(p),
          ),
        ),
        ...anew,
      ],
      changes: 'Pods have groups from the moment they are made: new ones have it too.',
      effect: 'minutes',
      risk: 'The pods are then reached by all that the cluster security group lets in, and may send what it lets out.',
    },
  ];
}
