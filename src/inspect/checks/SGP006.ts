import * as v from 'valibot';
import type { Fix } from '../contract/finding.ts';
import { listed, some, things, verb } from '../contract/words.ts';
import { section } from '../facts/define-fact.ts';
import { isLive } from '../facts/demand.ts';
import { type FixContext, fixContext } from '../facts/fix-context.ts';
import { nodePlatforms } from '../facts/platforms.ts';
import { maySelect, policiesOf } from '../facts/pod-groups.ts';
import { stuckCauses } from '../facts/stuck-causes.ts';
import { stuckPods } from '../facts/stuck-pods.ts';
import { groupBy } from '../facts/support/group-by.ts';
import { json, named } from '../shell.ts';
import type { SecurityGroupPolicy } from '../snapshot/kubernetes.ts';
import { type Pod, podsOf } from '../snapshot/pods.ts';
import { type Draft, defineCheck } from './define-check.ts';
import {
  groupsLimit,
  MOST_GROUPS,
  raiseGroupsQuota,
  tooManyGroups,
  USUAL_GROUPS,
} from './fixes/groups-per-interface.ts';
import { aws, kubectl } from './support/commands.ts';
import { podResources } from './support/resources.ts';
import { accountsUnread } from './support/service-accounts.ts';
import { waitingText } from './support/waiting.ts';

const evidence = v.object({
  policies: v.array(v.string()),
  groups: v.array(v.string()),
  /** Those that EC2 does not know, and those of another VPC. */
  missing: v.array(v.string()),
  otherVpc: v.array(v.string()),
  /** Groups an interface may have; null where the quota was not read. */
  limit: v.nullable(v.number()),
  pods: v.number(),
  waitingPods: v.nullable(v.number()),
  /** The refusal of AWS, not our reckoning, shows it; null where events were not read. */
  refused: v.nullable(v.boolean()),
});
type Evidence = v.InferOutput<typeof evidence>;

export const SGP006 = defineCheck({
  code: 'SGP006',
  title: 'SecurityGroupPolicy names groups that cannot be used',
  severity: 'error',
  grain: 'cluster',
  platform: 'any',
  needs: {
    policies: section('securityGroupPolicies'),
    known: section('securityGroups'),
    cluster: section('cluster'),
    pods: section('pods'),
  },
  helps: {
    quotas: section('quotas'),
    platforms: nodePlatforms,
    stuck: stuckPods,
    causes: stuckCauses,
    events: section('events'),
    fix: fixContext,
  },
  partialOk: ['policies', 'cluster', 'pods'],
  explains: ['HLT001'],
  accountsFor: ['groups-refused'],
  evidence,
  notApplicable: ({ policies }) => (policies.length === 0 ? 'there is no SecurityGroupPolicy' : undefined),
  evaluate: ({ policies, known, cluster, pods, quotas, platforms, stuck, causes, events, fix }, { gapsOf }) => {
    const quotasSeen = gapsOf('quotas').length === 0;
    const unseen = gapsOf('events').length > 0 || gapsOf('stuck').length > 0;
    const vpcOf = new Map(known.map((g) => [g.groupId, g.vpcId]));
    const limit = groupsLimit(quotas);
    const mine = podsOf(pods).filter((p) => mayHaveBranch(p, platforms));
    const selected = new Map(policies.map((policy) => [policy, [] as Pod[]]));
    for (const pod of mine) for (const policy of policiesOf(policies, pod)) selected.get(policy)!.push(pod);
    const byKey = new Map(mine.map((p) => [`${p.namespace}/${p.name}`, p]));
    const refused = new Set((stuck ?? []).flatMap((s) => (causes?.get(s.pod) === 'groups-refused' ? [s.pod] : [])));
    const said = new Set(
      (events ?? []).flatMap((e) =>
        e.kind === 'security-group-refused' ? [`${e.object.namespace ?? ''}/${e.object.name}`] : [],
      ),
    );
    const told = new Set<string>();
    const draft = (
      reason: 'missing' | 'other-vpc' | 'too-many' | 'over-default-quota' | 'refused',
      severity: 'error' | 'warning',
      of: readonly SecurityGroupPolicy[],
      hit: readonly Pod[],
      groups: readonly string[],
      fixes: readonly Fix[],
    ): Draft<Evidence> => {
      const names = hit.map((p) => `${p.namespace}/${p.name}`);
      const waiting = names.filter((n) => refused.has(n) && !told.has(n));
      for (const n of waiting) told.add(n);
      const shown = names.some((n) => said.has(n));
      return {
        key: of.map((p) => `${p.namespace}/${p.name}`).join('+'),
        subReason: reason,
        severity: names.length === 0 ? 'info' : shown ? 'error' : severity,
        confidence: shown ? 'observed' : 'derived',
        resources: podResources(names),
        scope: { pods: waiting },
        evidence: {
          policies: of.map((p) => `${p.namespace}/${p.name}`),
          groups: [...groups],
          missing: groups.filter((id) => !vpcOf.has(id)),
          otherVpc: groups.filter((id) => isElsewhere(vpcOf.get(id), cluster.vpcId)),
          limit: limit ?? null,
          pods: names.length,
          waitingPods: waiting.length === 0 && unseen ? null : waiting.length,
          refused: shown || (unseen ? null : false),
        },
        fixes: [...fixes, ...startAnew(waiting)],
      };
    };
    const single = [...selected].flatMap(([policy, hit]): Draft<Evidence>[] => {
      const groups = policy.securityGroupIds;
      const usable = groups.filter((id) => vpcOf.has(id) && !isElsewhere(vpcOf.get(id), cluster.vpcId));
      const keep = keepGroups(policy, usable, fix, cluster.vpcId);
      if (groups.some((id) => !vpcOf.has(id))) return [draft('missing', 'error', [policy], hit, groups, keep)];
      // A group may be associated with further VPCs, which is not read: in doubt the call succeeds.
      if (usable.length < groups.length) return [draft('other-vpc', 'warning', [policy], hit, groups, keep)];
      return tooManyGroups(groups.length, limit, quotasSeen).map(([reason, severity]) =>
        draft(reason, severity, [policy], hit, groups, raiseGroupsQuota(fix, groups.length)),
      );
    });
    const alone = new Set(single.flatMap((d) => d.evidence.policies));
    const together = groupBy(mine, (p) =>
      policiesOf(policies, p)
        .map((policy) => `${policy.namespace}/${policy.name}`)
        .join('+'),
    );
    const union = [...together.values()].flatMap((hit): Draft<Evidence>[] => {
      const of = policiesOf(policies, hit[0]!);
      if (of.length < 2 || of.some((p) => alone.has(`${p.namespace}/${p.name}`))) return [];
      const groups = [...new Set(of.flatMap((p) => p.securityGroupIds))];
      return tooManyGroups(groups.length, limit, quotasSeen).map(([reason, severity]) =>
        draft(reason, severity, of, hit, groups, raiseGroupsQuota(fix, groups.length)),
      );
    });
    const rest = [...refused].flatMap((name) => (told.has(name) ? [] : (byKey.get(name) ?? [])));
    const unexplained = [...groupBy(rest, (p) => p.namespace).values()].map((hit) => {
      const theirs = new Set(hit.flatMap((p) => policiesOf(policies, p)));
      const of = policies.filter((policy) => theirs.has(policy));
      const groups = [...new Set(of.flatMap((p) => p.securityGroupIds))];
      return draft('refused', 'error', of, hit, groups, []);
    });
    return [...single, ...union, ...unexplained];
  },
  unjudged: ({ policies, known, cluster, pods, platforms, quotas, stuck, causes }, { gapsOf }) => {
    const vpcOf = new Map(known.map((g) => [g.groupId, g.vpcId]));
    const isBad = (id: string) => !vpcOf.has(id) || isElsewhere(vpcOf.get(id), cluster.vpcId);
    const most = groupsLimit(quotas) ?? USUAL_GROUPS;
    const bad = policies.filter((p) => p.securityGroupIds.length > most || p.securityGroupIds.some(isBad));
    const open = podsOf(pods).filter((p) => mayHaveBranch(p, platforms) && policiesOf(bad, p, maySelect).length > 0);
    if (open.length > 0)
      return {
        count: open.length,
        of: pods.count,
        what: 'pod',
        gaps: accountsUnread(bad.filter((p) => open.some((pod) => maySelect(p, pod)))),
      };
    const untold = gapsOf('quotas').length > 0 && groupsLimit(quotas) === undefined;
    const waiting = new Set((stuck ?? []).flatMap((p) => (p.wantsBranch && !causes?.has(p.pod) ? [p.pod] : [])));
    const mine = podsOf(pods).filter((p) => policiesOf(policies, p).length > 0);
    const many = (p: Pod) => {
      const groups = new Set(policiesOf(policies, p).flatMap((s) => s.securityGroupIds)).size;
      return untold && groups > USUAL_GROUPS && groups <= MOST_GROUPS;
    };
    const dark = mine.filter((p) => waiting.has(`${p.namespace}/${p.name}`) || many(p)).length;
    const gaps = [...gapsOf('events'), ...(mine.some(many) ? gapsOf('quotas') : [])];
    return dark === 0 || gaps.length === 0 ? undefined : { count: dark, of: mine.length, what: 'pod', gaps };
  },
  summary: (e) => {
    const policy = `SecurityGroupPolic${e.policies.length === 1 ? 'y' : 'ies'} ${some(e.policies)}`;
    const name = verb(e.policies.length, 'names', 'name');
    const what =
      e.missing.length > 0
        ? `${name} ${some(e.missing)}, which ${verb(e.missing.length, 'does', 'do')} not exist`
        : e.otherVpc.length > 0
          ? `${name} ${some(e.otherVpc)} of another VPC`
          : e.groups.length > (e.limit ?? USUAL_GROUPS)
            ? `together ${name} ${things(e.groups.length, 'security group')}, more than the ${
                e.limit ?? USUAL_GROUPS
              } an interface takes${e.limit === null && e.groups.length <= MOST_GROUPS ? ' unless the quota was raised' : ''}`
            : `${name} ${some(e.groups)}, which AWS refused`;
    const who =
      e.pods === 0 ? '; no pod is selected' : `; ${things(e.pods, 'pod')} ${verb(e.pods, 'is', 'are')} selected`;
    return `${policy} ${what.replace(/^together (names?)/, e.policies.length > 1 ? 'together $1' : '$1')}${who}${waitingText(e.waitingPods)}`;
  },
  verdict: () => 'AWS refuses their security groups',
  explanation: {
    why: 'The branch ENI is made with all groups of all policies that select the pod. One that cannot be used, or one too many, and AWS refuses the whole call: the pod stays in ContainerCreating for ever.',
    how: 'missing: a group EC2 does not know. other-vpc: one of another VPC; a warning, since it may be associated with this one. too-many: the groups of all policies that select the same pods are more than the quota "Security groups per network interface" allows, 16 at most; over-default-quota, a warning: more than 5, and what was read does not have the quota; not judged where quotas were not read. refused: AWS refused the groups in an event and none of these is seen. A policy that selects no pod is only information. Where labels of service accounts decide and could not be read, whether a policy with such groups selects a pod is not judged.',
    fix: 'Leave only groups of this VPC in the policy; for more than five ask for a higher quota. Then start the waiting pods anew.',
    verify: 'kubectl describe pod shows ResourceAllocated, and the annotation vpc.amazonaws.com/pod-eni.',
    references: [
      'amazon-vpc-resource-controller-k8s README.md',
      'https://docs.aws.amazon.com/eks/latest/userguide/security-groups-for-pods.html',
      'https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html',
    ],
  },
});

const WITHOUT_BRANCH: ReadonlySet<string | undefined> = new Set(['auto-mode', 'windows', 'hybrid', 'other-cni']);

/** Fargate gives its pods the groups by itself, and those on no node yet may come to one that can. */
function mayHaveBranch(pod: Pod, platforms: ReadonlyMap<string, string> | undefined): boolean {
  return isLive(pod) && pod.class !== 'host-network' && !WITHOUT_BRANCH.has(platforms?.get(pod.node ?? ''));
}

function isElsewhere(vpcId: string | undefined, own: string | undefined): boolean {
  return vpcId !== undefined && own !== undefined && vpcId !== own;
}

function keepGroups(
  policy: SecurityGroupPolicy,
  usable: readonly string[],
  fix: FixContext,
  vpcId: string | undefined,
): Fix[] {
  if (usable.length === 0) return vpcId === undefined ? [] : [chooseGroup(policy, fix, named('vpc', vpcId))];
  const groupIds = usable.map((id) => named('security-group', id));
  const patch = json({ spec: { securityGroups: { groupIds } } });
  const name = named('object', policy.name);
  return [
    {
      title: `Leave ${listed(usable)} in SecurityGroupPolicy ${policy.namespace}/${policy.name}`,
      commands: [kubectl('-n', policy.namespace, 'patch', 'securitygrouppolicy', name, '--type', 'merge', '-p', patch)],
      changes: 'New pods it selects get these groups. Running pods keep theirs.',
      effect: 'immediate',
      risk: 'Pods lose what the group that is left out allowed: put the right one in its place.',
    },
  ];
}

/** Which group is meant, only its owner knows. */
function chooseGroup(policy: SecurityGroupPolicy, fix: FixContext, vpcId: string): Fix {
  const groups = ['--filters', `Name=vpc-id,Values=${vpcId}`, '--query', 'SecurityGroups[].[GroupId,GroupName]'];
  const name = named('object', policy.name);
  return {
    title: `See the groups of the VPC, and name one of them in SecurityGroupPolicy ${policy.namespace}/${policy.name}`,
    commands: [
      kubectl('-n', policy.namespace, 'get', 'securitygrouppolicy', name, '-o', 'yaml'),
      aws(fix, 'ec2', 'describe-security-groups', ...groups, '--output', 'text'),
    ],
    changes: 'Nothing: it only reads. The group goes into spec.securityGroups.groupIds of the policy.',
    effect: 'immediate',
  };
}

function startAnew(waiting: readonly string[]): Fix[] {
  if (waiting.length === 0) return [];
  const byNamespace = groupBy(waiting, (n) => n.split('/')[0]!);
  return [
    {
      title: `Start the ${things(waiting.length, 'waiting pod')} anew once the groups are right`,
      commands: [...byNamespace].map(([namespace, pods]) =>
        kubectl('-n', namespace, 'delete', 'pod', '--wait=false', ...pods.map((p) => named('pod', p.split('/')[1]!))),
      ),
      changes: 'Their controllers make new ones, for which the groups are asked for again.',
      effect: 'minutes',
      risk: 'A pod without a controller is not made again.',
    },
  ];
}
