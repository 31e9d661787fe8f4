import * as v from 'valibot';
import type { Fix } from '../contract/finding.ts';
import { listed, some, things } from '../contract/words.ts';
import { awsNodeDown } from '../facts/aws-node-down.ts';
import type { CniPod } from '../facts/aws-node-pods.ts';
import { section } from '../facts/define-fact.ts';
import { eniConfigResolution } from '../facts/eni-config-resolution.ts';
import { fixContext } from '../facts/fix-context.ts';
import { nodesServedByCni } from '../facts/platforms.ts';
import { stuckCauses } from '../facts/stuck-causes.ts';
import { stuckPods } from '../facts/stuck-pods.ts';
import { brokenContainer, downReason, leavesPodsWaiting } from '../facts/support/aws-node-state.ts';
import { json, named } from '../shell.ts';
import { type Draft, defineCheck } from './define-check.ts';
import {
  groupsLimit,
  MOST_GROUPS,
  raiseGroupsQuota,
  tooManyGroups,
  USUAL_GROUPS,
} from './fixes/groups-per-interface.ts';
import { kubectl } from './support/commands.ts';
import { nodeResources } from './support/resources.ts';
import { unsettledOn, waitingText } from './support/waiting.ts';

const evidence = v.object({
  eniConfig: v.string(),
  groups: v.array(v.string()),
  /** Those that EC2 does not know, and those of another VPC. */
  missing: v.array(v.string()),
  otherVpc: v.array(v.string()),
  /** `securityGroups` is one text in place of a list. */
  isText: v.boolean(),
  /** Groups an interface may have; null where the quota was not read. */
  limit: v.nullable(v.number()),
  nodes: v.number(),
  /** Pods of these nodes that wait for nothing else that is known; null where that could not be told. */
  waitingPods: v.nullable(v.number()),
});
type Evidence = v.InferOutput<typeof evidence>;

export const CUS004 = defineCheck({
  code: 'CUS004',
  title: 'ENIConfig security groups are unusable',
  severity: 'error',
  grain: 'cluster',
  patterns: ['custom', 'custom+sgp'],
  modes: ['secondary', 'prefix'],
  needs: {
    nodes: nodesServedByCni,
    choices: eniConfigResolution,
    configs: section('eniConfigs'),
    known: section('securityGroups'),
    cluster: section('cluster'),
  },
  helps: { quotas: section('quotas'), down: awsNodeDown, stuck: stuckPods, causes: stuckCauses, fix: fixContext },
  partialOk: ['nodes', 'choices', 'configs', 'cluster'],
  explains: ['HLT001', 'HLT002', 'HLT003', 'ADD002'],
  evidence,
  evaluate: (from, { gapsOf }) => {
    const { nodes, choices, configs, known, cluster, quotas, down, fix } = from;
    const limit = groupsLimit(quotas);
    const quotasSeen = gapsOf('quotas').length === 0;
    const byId = new Map(known.map((g) => [g.groupId, g]));
    return configs.flatMap((config): Draft<Evidence>[] => {
      const groups = config.securityGroupIds;
      const missing = groups.filter((id) => !byId.has(id));
      const otherVpc = groups.filter((id) => {
        const vpcId = byId.get(id)?.vpcId;
        return vpcId !== undefined && cluster.vpcId !== undefined && vpcId !== cluster.vpcId;
      });
      const names = nodes.served.filter((n) => choices.get(n.name)?.eniConfig?.name === config.name).map((n) => n.name);
      // a doubt that ends where its nodes show what they suffer from
      const waiting = unsettledOn(from, gapsOf, names);
      const suffers = waiting.pods.length > 0 || names.some((name) => mayLackEnis(down?.get(name)));
      const usable = groups.filter((id) => !missing.includes(id) && !otherVpc.includes(id));
      const draft = (
        subReason: string,
        severity: 'error' | 'warning',
        kept: readonly string[],
        more: readonly Fix[] = [],
      ): Draft<Evidence> => ({
        key: config.name,
        subReason,
        severity: names.length === 0 ? 'warning' : suffers ? 'error' : severity,
        confidence: 'derived',
        resources: [{ kind: 'eniconfig', id: config.name }, ...nodeResources(names)],
        scope: { nodes: names },
        evidence: {
          eniConfig: config.name,
          groups,
          missing,
          otherVpc,
          isText: config.groupsAreText === true,
          limit: limit ?? null,
          nodes: names.length,
          waitingPods: waiting.count,
        },
        fixes: [...keep(config.name, kept, missing.length > 0 || suffers), ...more],
      });
      if (missing.length > 0) return [draft('missing', 'error', usable)];
      if (config.groupsAreText && otherVpc.length === 0) return [draft('not-a-list', 'warning', usable)];
      // A group may be associated with further VPCs, which is not read: in doubt the call succeeds.
      if (otherVpc.length > 0) return [draft('other-vpc', 'warning', usable)];
      return tooManyGroups(groups.length, limit, quotasSeen).map(([reason, severity]) =>
        draft(reason, severity, groups.slice(0, limit ?? USUAL_GROUPS), raiseGroupsQuota(fix, groups.length)),
      );
    });
  },
  unjudged: ({ configs, quotas }, { gapsOf }) => {
    const many = configs.filter((c) => c.securityGroupIds.length > USUAL_GROUPS).length;
    const gaps = groupsLimit(quotas) === undefined ? gapsOf('quotas') : [];
    return many === 0 || gaps.length === 0 ? undefined : { count: many, of: configs.length, what: 'ENIConfig', gaps };
  },
  summary: (e) => {
    const what =
      e.missing.length > 0
        ? `names ${some(e.missing)}, which ${e.missing.length === 1 ? 'does' : 'do'} not exist`
        : e.otherVpc.length > 0
          ? `names ${some(e.otherVpc)} of another VPC`
          : e.isText
            ? `has its securityGroups as the text ${some(e.groups)} in place of a list, which aws-node does not read`
            : `names ${things(e.groups.length, 'security group')}, more than the ${
                e.groups.length > MOST_GROUPS
                  ? `${MOST_GROUPS} an interface can have`
                  : e.limit === null
                    ? `${USUAL_GROUPS} an interface takes unless the quota was raised`
                    : `${e.limit} that the quota allows`
              }`;
    return `ENIConfig ${e.eniConfig} ${what}; ${e.nodes === 0 ? 'no node uses it yet' : `${things(e.nodes, 'node')} use${e.nodes === 1 ? 's' : ''} it`}${waitingText(e.waitingPods)}`;
  },
  verdict: () => 'their ENIConfig names groups that cannot be used',
  explanation: {
    why: 'CreateNetworkInterface refuses the whole call when one group is wrong, so nodes that use this ENIConfig get no further interface and their pods no address.',
    how: 'missing: a group that EC2 does not know. other-vpc: a group of another VPC; a warning, since it may be associated with this one. Where aws-node is down on nodes of that ENIConfig, not for its image or its memory, or their pods wait for nothing else that is known, each of these is an error. too-many: more than the quota L-2AFB9258 allows, 16 at most. over-default-quota, a warning: more than 5, and what was read does not have the quota; not judged where quotas were not read. not-a-list, a warning: securityGroups is a single text, which an older schema of the CRD lets pass; aws-node wants a list and makes no ENI. Without groups the interface takes those of the primary one, which is in order (v1.13.0 alone cannot, see ADD007).',
    fix: 'Leave only groups of this VPC in the ENIConfig; for more than five ask for a higher quota.',
    verify: 'New nodes of that ENIConfig hold a second interface within a minute.',
    references: [
      'https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html',
      'https://github.com/aws/amazon-vpc-cni-k8s/issues/2426',
      'https://github.com/aws/amazon-vpc-cni-k8s/issues/2416',
    ],
  },
});

/** Whether aws-node may be down for want of an interface: not where its image does not come, its memory ends, or its agent alone is down. */
function mayLackEnis(pod: CniPod | undefined): boolean {
  if (!pod || !leavesPodsWaiting(pod)) return false;
  const why = downReason(pod, brokenContainer(pod));
  return why !== 'image' && why !== 'memory';
}

/** With no group left, `none` says whether to go on without any: pods then get those of the node's primary interface. */
function keep(name: string, usable: readonly string[], none: boolean): Draft<Evidence>['fixes'] {
  if (usable.length === 0 && !none) return [];
  const groups = usable.map((id) => named('security-group', id));
  return [
    {
      title:
        usable.length > 0
          ? `Leave ${listed(usable)} in ENIConfig ${name}`
          : `Leave no group in ENIConfig ${name}: its pods then get those of the node`,
      commands: [
        kubectl(
          'patch',
          'eniconfig',
          named('object', name),
          '--type',
          'merge',
          '-p',
          json({ spec: { securityGroups: groups } }),
        ),
      ],
      changes: `New interfaces of its nodes get ${usable.length > 0 ? 'these groups' : 'the groups of their primary interface'}. Present interfaces keep theirs.`,
      effect: 'minutes',
      risk: `Pods lose what the group that is left out allowed${usable.length > 0 ? '' : ', and may be asked and ask as the node may'}: put the right one in its place.`,
    },
  ];
}
