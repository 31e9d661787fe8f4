import * as v from 'valibot';
import { count, listed, things } from '../contract/words.ts';
import { section } from '../facts/define-fact.ts';
import { fixContext } from '../facts/fix-context.ts';
import { nodeCapacity } from '../facts/node-capacity.ts';
import { nodesServedByCni } from '../facts/platforms.ts';
import { groupBy } from '../facts/support/group-by.ts';
import { unknownCapacity } from '../facts/unknown-capacity.ts';
import { type Draft, defineCheck } from './define-check.ts';
import { isYoung } from './support/ages.ts';
import { aws } from './support/commands.ts';
import { groupKey, groupText } from './support/groups.ts';
import { nodeResources } from './support/resources.ts';
import { nodesUnjudged } from './support/unjudged.ts';

const evidence = v.object({
  group: v.string(),
  instanceType: v.string(),
  nodes: v.number(),
  values: v.array(
    v.object({
      maxPods: v.number(),
      nodes: v.number(),
      osImages: v.array(v.string()),
      kubeletVersions: v.array(v.string()),
    }),
  ),
});
type Evidence = v.InferOutput<typeof evidence>;

export const MAX003 = defineCheck({
  code: 'MAX003',
  title: 'Nodes of one group disagree about maxPods',
  severity: 'warning',
  grain: 'group',
  needs: { capacity: nodeCapacity, nodes: nodesServedByCni, unknown: unknownCapacity },
  helps: { nodegroups: section('nodegroups'), fix: fixContext },
  partialOk: true,
  evidence,
  evaluate: ({ capacity, nodegroups, fix }, { now, policy, gapsOf }) => {
    const known = [...capacity.values()].filter(
      (c) => c.maxPods !== undefined && c.group.name !== '' && !isYoung(c.node, now, policy),
    );
    return [...groupBy(known, groupKey).values()].flatMap((members): Draft<Evidence>[] => {
      const c = members[0]!;
      const byValue = groupBy(members, (m) => m.maxPods!);
      const managed = nodegroups?.find((g) => c.group.kind === 'managed' && g.name === c.group.name);
      if (byValue.size < 2 || managed?.status === 'UPDATING') return [];
      if (c.group.kind === 'managed' && !managed && gapsOf('nodegroups').length > 0) return [];
      const names = members.map((m) => m.node.name);
      const texts = (of: readonly string[]) => [...new Set(of)].sort();
      return [
        {
          key: groupKey(c),
          confidence: 'observed',
          resources: nodeResources(names),
          scope: { nodes: names },
          evidence: {
            group: groupText(c),
            instanceType: c.instanceType,
            nodes: names.length,
            values: [...byValue]
              .map(([maxPods, some]) => ({
                maxPods,
                nodes: some.length,
                osImages: texts(some.map((m) => m.node.osImage)),
                kubeletVersions: texts(some.map((m) => m.node.kubeletVersion)),
              }))
              .sort((a, b) => a.maxPods - b.maxPods),
          },
          fixes:
            managed && fix.cluster
              ? [
                  {
                    title: `Finish the rollout of managed group ${managed.name}`,
                    commands: [
                      aws(
                        fix,
                        'eks',
                        'update-nodegroup-version',
                        '--cluster-name',
                        fix.cluster.name,
                        '--nodegroup-name',
                        managed.name,
                      ),
                    ],
                    changes: 'EKS replaces the nodes that are not of the newest release and template of the group.',
                    effect: 'node-replacement',
                    risk: 'Respects PodDisruptionBudgets; nodes also move to the newest AMI release of their Kubernetes version.',
                  },
                ]
              : [],
        },
      ];
    });
  },
  // a group that EKS is updating now disagrees for a while
  unjudged: ({ capacity, nodes, unknown, nodegroups }, { gapsOf }) => {
    const managed = [...capacity.values()].filter((c) => c.group.kind === 'managed');
    const unread = managed.filter((c) => !nodegroups?.some((g) => g.name === c.group.name));
    const gaps = gapsOf('nodegroups');
    if (unread.length === 0 || gaps.length === 0) return nodesUnjudged(nodes, unknown);
    return { count: unread.length, of: nodes.served.length, what: 'node', gaps };
  },
  summary: (e) =>
    `${things(e.nodes, `${e.instanceType} node`)} of ${e.group} do not agree on maxPods: ${listed(e.values.map((x) => `${count(x.maxPods)} on ${things(x.nodes, 'node')}`))}`,
  explanation: {
    why: 'The scheduler fills the nodes with the higher number first. Capacity plans and autoscalers reckon with one number for the group, so the difference shows as pods that fit one day and not the next.',
    how: 'Nodes of one node group, NodePool or Auto Scaling group and one instance type with more than one value of allocatable pods. Nodes of less than five minutes are left out, and groups that EKS is updating now.',
    fix: 'Finish the rollout of the group, so that all of its nodes come from one launch template and one AMI.',
    verify: 'kubectl get nodes -o custom-columns=NAME:.metadata.name,PODS:.status.allocatable.pods',
    references: [
      'https://docs.aws.amazon.com/eks/latest/userguide/create-managed-node-group.html',
      'https://docs.aws.amazon.com/eks/latest/best-practices/prefix-mode-linux.html',
    ],
  },
});
