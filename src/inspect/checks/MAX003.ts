import * as v from 'valibot';
import type { Fix } from '../contract/finding.ts';
import { count, listed, some, things } from '../contract/words.ts';
import { type Helps, section, type Values } from '../facts/define-fact.ts';
import { fixContext } from '../facts/fix-context.ts';
import { type NodeCapacity, nodeCapacity } from '../facts/node-capacity.ts';
import { nodeInstances } from '../facts/node-instances.ts';
import { nodesServedByCni } from '../facts/platforms.ts';
import { groupBy } from '../facts/support/group-by.ts';
import { nodeGroupText } from '../facts/support/node-group.ts';
import { unknownCapacity } from '../facts/unknown-capacity.ts';
import type { Nodegroup } from '../snapshot/aws.ts';
import { type Draft, defineCheck } from './define-check.ts';
import { freeName, likeNodegroup } from './fixes/new-group.ts';
import { isYoung } from './support/ages.ts';
import { aws } from './support/commands.ts';
import { groupKey, groupText } from './support/groups.ts';
import { nodeResources } from './support/resources.ts';
import { nodesUnjudged } from './support/unjudged.ts';

const evidence = v.object({
  group: v.string(),
  managed: v.boolean(),
  nodes: v.number(),
  /** Nodes of one type with different numbers; empty where the types themselves are too far apart. */
  values: v.array(
    v.object({
      maxPods: v.number(),
      nodes: v.number(),
      osImages: v.array(v.string()),
      kubeletVersions: v.array(v.string()),
      /** Of the launch template, where node or instance names it. */
      templateVersions: v.array(v.string()),
    }),
  ),
  /** Each type with its own pods to a node, the smallest first. */
  types: v.array(
    v.object({ instanceType: v.string(), nodes: v.number(), maxPods: v.array(v.number()), fitting: v.number() }),
  ),
});
type Evidence = v.InferOutput<typeof evidence>;

/** How many times the pods of its smallest type the largest of a group may take. */
const APART = 2;

/** Written by EKS on the nodes of managed groups, and by EC2 on instances of an Auto Scaling group. */
const TEMPLATE_LABEL = 'eks.amazonaws.com/sourceLaunchTemplateVersion';
const TEMPLATE_TAG = 'aws:ec2launchtemplate:version';

const needs = { capacity: nodeCapacity, nodes: nodesServedByCni, unknown: unknownCapacity };
const helps = {
  nodegroups: section('nodegroups'),
  instances: section('instances'),
  at: nodeInstances,
  fix: fixContext,
};
type From = Values<typeof needs> & Helps<typeof helps>;

export const MAX003 = defineCheck({
  code: 'MAX003',
  title: 'Nodes of one group disagree about maxPods',
  severity: 'warning',
  grain: 'group',
  needs,
  helps,
  partialOk: true,
  evidence,
  evaluate: (from, { now, policy, gapsOf }) => {
    const known = [...from.capacity.values()].filter(
      (c) => c.maxPods !== undefined && c.group.name !== '' && !isYoung(c.node, now, policy),
    );
    const settled = known.filter((c) => {
      if (c.group.kind !== 'managed') return true;
      const managed = managedOf(from, c);
      return managed ? managed.status !== 'UPDATING' : gapsOf('nodegroups').length === 0;
    });
    const unlike = [...groupBy(settled, groupKey).values()].filter((m) => new Set(m.map((c) => c.maxPods)).size > 1);
    // Karpenter gives every type its own number
    const ofSizes = settled.filter((c) => c.group.kind === 'managed' || c.group.kind === 'self-managed');
    const mixed = [...groupBy(ofSizes, (c) => nodeGroupText(c.group)).values()].filter((members) => {
      const fitting = members.map((c) => c.recommendedMaxPods);
      return Math.max(...fitting) > APART * Math.min(...fitting);
    });
    return [
      ...unlike.map((members) =>
        draft(from, members, { key: groupKey(members[0]!), fixes: finishRollout(from, members[0]!) }),
      ),
      ...mixed.map((members) =>
        draft(from, members, {
          key: nodeGroupText(members[0]!.group),
          subReason: 'types',
          fixes: splitGroup(from, members),
        }),
      ),
    ];
  },
  // a group that EKS is updating now disagrees for a while
  unjudged: ({ capacity, nodes, unknown, nodegroups }, { gapsOf }) => {
    // an Auto Scaling group is named by its instances
    const nameless = [...capacity.values()].filter((c) => c.group.name === '').length;
    if (nameless > 0 && gapsOf('instances').length > 0)
      return { count: nameless, of: nodes.served.length, what: 'node', gaps: gapsOf('instances') };
    const managed = [...capacity.values()].filter((c) => c.group.kind === 'managed');
    const unread = managed.filter((c) => !nodegroups?.some((g) => g.name === c.group.name));
    const gaps = gapsOf('nodegroups');
    if (unread.length === 0 || gaps.length === 0) return nodesUnjudged(nodes, unknown);
    return { count: unread.length, of: nodes.served.length, what: 'node', gaps };
  },
  summary: (e) => {
    const [smallest] = e.types;
    const largest = e.types.at(-1);
    if (e.values.length > 0)
      return `${things(e.nodes, `${smallest?.instanceType ?? ''} node`)} of ${e.group} do not agree on maxPods: ${listed(e.values.map((x) => `${count(x.maxPods)} on ${things(x.nodes, 'node')}`))}`;
    return `${things(e.nodes, 'node')} of ${e.group} are of ${things(e.types.length, 'type')} with room for ${count(smallest?.fitting ?? 0)} (${smallest?.instanceType}) to ${count(largest?.fitting ?? 0)} pods (${largest?.instanceType})${
      e.managed ? ', and EKS gives all of them the number of the smallest' : ''
    }`;
  },
  explanation: {
    why: 'The scheduler fills the nodes with the higher number first. Capacity plans and autoscalers reckon with one number for the group, so the difference shows as pods that fit one day and not the next.',
    how: 'Nodes of one node group, NodePool or Auto Scaling group and one instance type with more than one value of allocatable pods. types: a managed or self-managed group of several types, the largest of which takes more than twice the pods of the smallest; a managed group has one number, that of its smallest type. Nodes of less than five minutes are left out, and groups that EKS is updating now.',
    fix: 'Finish the rollout of the group, so that all of its nodes come from one launch template and one AMI; give each size a group of its own.',
    verify: 'kubectl get nodes -o custom-columns=NAME:.metadata.name,PODS:.status.allocatable.pods',
    references: [
      'https://docs.aws.amazon.com/eks/latest/userguide/create-managed-node-group.html',
      'https://docs.aws.amazon.com/eks/latest/best-practices/prefix-mode-linux.html',
    ],
  },
});

function managedOf({ nodegroups }: From, c: NodeCapacity): Nodegroup | undefined {
  return c.group.kind === 'managed' ? nodegroups?.find((g) => g.name === c.group.name) : undefined;
}

function draft(
  { at }: From,
  members: readonly NodeCapacity[],
  { key, subReason, fixes }: Pick<Draft<Evidence>, 'key' | 'subReason' | 'fixes'>,
): Draft<Evidence> {
  const [c] = members as readonly [NodeCapacity];
  const names = members.map((m) => m.node.name);
  const texts = (of: readonly (string | undefined)[]) => [...new Set(of.flatMap((t) => t ?? []))].sort();
  const versionOf = ({ node }: NodeCapacity) =>
    node.labels[TEMPLATE_LABEL] ?? at?.get(node.name)?.instance?.tags[TEMPLATE_TAG];
  return {
    key,
    ...(subReason === undefined ? {} : { subReason }),
    confidence: 'observed',
    resources: nodeResources(names),
    scope: { nodes: names },
    evidence: {
      group: groupText(c),
      managed: c.group.kind === 'managed',
      nodes: names.length,
      values:
        subReason === undefined
          ? [...groupBy(members, (m) => m.maxPods!)]
              .map(([maxPods, some]) => ({
                maxPods,
                nodes: some.length,
                osImages: texts(some.map((m) => m.node.osImage)),
                kubeletVersions: texts(some.map((m) => m.node.kubeletVersion)),
                templateVersions: texts(some.map(versionOf)),
              }))
              .sort((x, y) => x.maxPods - y.maxPods)
          : [],
      types: [...groupBy(members, (m) => m.instanceType)]
        .map(([instanceType, some]) => ({
          instanceType,
          nodes: some.length,
          maxPods: [...new Set(some.map((m) => m.maxPods!))].sort((x, y) => x - y),
          fitting: Math.min(...some.map((m) => m.recommendedMaxPods)),
        }))
        .sort((x, y) => x.fitting - y.fitting || (x.instanceType < y.instanceType ? -1 : 1)),
    },
    fixes,
  };
}

function finishRollout(from: From, c: NodeCapacity): Fix[] {
  const { fix } = from;
  const managed = managedOf(from, c);
  if (!managed || !fix.cluster) return [];
  return [
    {
      title: `Finish the rollout of managed group ${managed.name}`,
      commands: [
        aws(
          fix,
          ...['eks', 'update-nodegroup-version', '--cluster-name', fix.cluster.name],
          ...['--nodegroup-name', managed.name],
        ),
      ],
      changes: 'EKS replaces the nodes that are not of the newest release and template of the group.',
      effect: 'node-replacement',
      risk: 'Respects PodDisruptionBudgets; nodes also move to the newest AMI release of their Kubernetes version.',
    },
  ];
}

/**
 * Two groups in place of one, of the types that hold more than twice the pods of the smallest and of the others: types of a group
 * cannot be changed. Where a launch template or an image of one's own says the number, it is theirs that has to change.
 */
function splitGroup(from: From, members: readonly NodeCapacity[]): Fix[] {
  const [c] = members as readonly [NodeCapacity];
  const least = Math.min(...members.map((m) => m.recommendedMaxPods));
  const large = [...new Set(members.filter((m) => m.recommendedMaxPods > APART * least).map((m) => m.instanceType))];
  return [
    {
      title: `Give ${some(large.sort())} a node group of ${large.length === 1 ? 'its' : 'their'} own beside ${groupText(c)}`,
      commands: intoTwo(from, managedOf(from, c), members, large),
      changes: `Each group then has one number that suits its nodes. The types of a group cannot be changed: two are made like it, each with its types alone, then ${groupText(c)} is deleted, which drains its nodes.`,
      effect: 'node-replacement',
      risk: 'Where the launch template sets maxPods, give each group a template of its own first.',
    },
  ];
}

/** Nothing for groups that EKS does not manage, or whose types stand elsewhere. */
function intoTwo(
  { fix, nodegroups = [] }: From,
  old: Nodegroup | undefined,
  members: readonly NodeCapacity[],
  large: readonly string[],
): string[] {
  const others = old?.instanceTypes.filter((t) => !large.includes(t)) ?? [];
  if (!old || !fix.cluster || others.length === 0) return [];
  const first = freeName(old.name, nodegroups);
  const second = freeName(old.name, [...nodegroups, { ...old, name: first }]);
  const sizesFor = (types: readonly string[]) => {
    const nodes = members.filter((m) => types.includes(m.instanceType)).length;
    return `minSize=${Math.min(old.minSize, nodes)},maxSize=${Math.max(old.maxSize, 1)},desiredSize=${nodes}`;
  };
  const made = [
    likeNodegroup(fix, old, first, { instanceTypes: others, sizes: sizesFor(others) }),
    likeNodegroup(fix, old, second, { instanceTypes: large, sizes: sizesFor(large) }),
  ];
  const of = ['--cluster-name', fix.cluster.name, '--nodegroup-name', old.name];
  const last = [...made.flatMap((commands) => commands.slice(-1)), aws(fix, 'eks', 'delete-nodegroup', ...of)];
  return [...made.flatMap((commands) => commands.slice(0, -1)), last.join(' && ')];
}
