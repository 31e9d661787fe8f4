import * as v from 'valibot';
import type { Fix } from '../contract/finding.ts';
import { listed, some, things, verb } from '../contract/words.ts';
import { branchPods, podName } from '../facts/branch-pods.ts';
import { type Helps, section } from '../facts/define-fact.ts';
import { type NodeCapacity, nodeCapacity } from '../facts/node-capacity.ts';
import { nodesServedByCni } from '../facts/platforms.ts';
import { groupBy } from '../facts/support/group-by.ts';
import { isChosen } from '../facts/support/scheduling.ts';
import { trunkUnsupported } from '../facts/trunk-unsupported.ts';
import { unknownCapacity } from '../facts/unknown-capacity.ts';
import type { Node, NodePool } from '../snapshot/kubernetes.ts';
import type { Pod } from '../snapshot/pods.ts';
import type { Gap } from '../snapshot/section.ts';
import { type Draft, defineCheck } from './define-check.ts';
import { freeName, likeNodegroup } from './fixes/new-group.ts';
import { nitroGroupInputs, nitroOf } from './fixes/nitro-group.ts';
import { requireOfPool } from './fixes/node-pool.ts';
import { groupKey, groupText } from './support/groups.ts';
import { nodeResources } from './support/resources.ts';
import { nodesUnjudged } from './support/unjudged.ts';

const evidence = v.object({
  group: v.string(),
  instanceType: v.string(),
  nodes: v.array(v.string()),
  /** Nodes among them of which the controller itself said so; null where its events were not read. */
  refused: v.nullable(v.number()),
  /** Nodes of the cluster that can carry a trunk; null where the controller may have said otherwise of some, unheard. */
  nodesWithTrunk: v.nullable(v.number()),
  /** Pods with security groups that no node with a trunk may take. */
  stranded: v.array(v.string()),
  policies: v.number(),
});
type Evidence = v.InferOutput<typeof evidence>;

export const SGP002 = defineCheck({
  code: 'SGP002',
  title: 'Instance type cannot carry a trunk ENI',
  severity: 'warning',
  worst: 'error',
  grain: 'group',
  patterns: ['sgp', 'custom+sgp'],
  needs: {
    capacity: nodeCapacity,
    nodes: nodesServedByCni,
    unknown: unknownCapacity,
    branch: branchPods,
    policies: section('securityGroupPolicies'),
  },
  helps: { nodePools: section('nodePools'), refused: trunkUnsupported, ...nitroGroupInputs },
  partialOk: ['capacity', 'nodes', 'unknown', 'branch'],
  keepsOffNodes: ['pod-eni-insufficient'],
  explains: ['SGP003'],
  evidence,
  evaluate: (from, { gapsOf }) => {
    const { capacity, branch, policies, refused } = from;
    const all = [...capacity.values()];
    const unable = all.filter((c) => c.limits.trunkingCompatible === false || refused?.has(c.node.name));
    if (unable.length === 0 || (policies.length === 0 && branch.length === 0)) return [];
    const able = all.filter((c) => !unable.includes(c));
    const doubtful = gapsOf('refused').length > 0 && able.some((c) => (c.node.podEni ?? 0) === 0);
    const pending = branch.filter((p) => p.node === undefined || p.ip === undefined);
    const stranded = pending.filter((p) => able.every((c) => !mayRun(p, c.node)));
    return [...groupBy(unable, groupKey).values()].map((members): Draft<Evidence> => {
      const c = members[0]!;
      const names = members.map((m) => m.node.name);
      const here = stranded.filter((p) => members.some((m) => mayRun(p, m.node))).map(podName);
      return {
        key: groupKey(c),
        severity: here.length > 0 ? 'error' : able.length === 0 ? 'warning' : 'info',
        confidence: refused?.has(c.node.name) ? 'observed' : 'derived',
        resources: nodeResources(names),
        scope: { nodes: names, pods: here },
        evidence: {
          group: groupText(c),
          instanceType: c.instanceType,
          nodes: names,
          refused: refused ? names.filter((n) => refused.has(n)).length : null,
          nodesWithTrunk: doubtful ? null : able.length,
          stranded: here,
          policies: policies.length,
        },
        fixes: here.length > 0 || able.length === 0 ? otherTypes(from, c, unable) : [],
      };
    });
  },
  unjudged: ({ capacity, nodes, unknown }, { gapsOf }) => {
    const unlisted = [...capacity.values()].filter((c) => c.limits.trunkingCompatible === undefined);
    const why = (c: NodeCapacity): Gap => ({
      kind: 'not-told',
      reason: `whether ${c.instanceType} can carry a trunk is not in the table of the VPC resource controller`,
    });
    // of a node without a trunk the controller may have said that it knows no better
    const unheard = gapsOf('refused').slice(0, 1);
    const bare = [...capacity.values()].filter(
      (c) => c.limits.trunkingCompatible === true && (c.node.podEni ?? 0) === 0,
    );
    return nodesUnjudged(
      nodes,
      new Map([
        ...unknown,
        ...unlisted.map((c) => [c.node.name, why(c)] as const),
        ...unheard.flatMap((gap) => bare.map((c) => [c.node.name, gap] as const)),
      ]),
    );
  },
  summary: (e) =>
    `${things(e.nodes.length, `${e.instanceType} node`)} of ${e.group} can carry no trunk ENI${e.refused ? ', by the word of the VPC resource controller' : ''}${
      e.stranded.length > 0
        ? `; ${things(e.stranded.length, 'pod')} with security groups (${some(e.stranded)}) may run on ${verb(e.stranded.length, 'no node that can', 'no node that can')}`
        : e.nodesWithTrunk === 0
          ? ', and no other node can: pods that a SecurityGroupPolicy selects will stay Pending'
          : e.nodesWithTrunk === null
            ? ''
            : `; ${things(e.nodesWithTrunk, 'other node')} can`
    }`,
  verdict: () => 'no node they may run on can carry a trunk ENI',
  explanation: {
    why: 'The VPC resource controller marks such a node unsupported and never attaches a trunk, so it never advertises vpc.amazonaws.com/pod-eni and takes no pod with security groups of its own.',
    how: 'Types that the table of the VPC resource controller lists as not compatible: all of t2, t3, t3a and t4g, and Xen generations; and nodes of which the controller of this cluster, whose table may be older, said so in an event. An error where a pod with a branch ENI request waits and its node selector and required affinity admit only such nodes; a warning where the cluster has no others and a SecurityGroupPolicy exists; information where other nodes can. Types that the table does not list are not judged.',
    fix: 'Run these pods on families that can carry a trunk: m5, c5, r5 and later. In a NodePool leave the others out.',
    verify: 'kubectl describe nodes | grep pod-eni: the new nodes show a number.',
    references: [
      'amazon-vpc-resource-controller-k8s pkg/aws/vpc/limits.go',
      'amazon-vpc-resource-controller-k8s pkg/provider/branch/provider.go',
      'https://docs.aws.amazon.com/eks/latest/userguide/security-groups-for-pods.html',
      'https://github.com/aws/amazon-vpc-cni-k8s/issues/3094',
      'https://github.com/aws/karpenter-provider-aws/issues/8981',
    ],
  },
});

/** By its selector and required affinity; files of versions that did not read the affinity tell its zones. */
function mayRun({ needs: wants }: Pod, { labels }: Node): boolean {
  if (!wants) return true;
  const zone = labels['topology.kubernetes.io/zone'];
  return isChosen(wants, labels) && (!wants.zones || !zone || wants.zones.includes(zone));
}

/** Burstable families, of which none can carry a trunk, and the ones of their architecture that can. */
const WITH_TRUNK: Readonly<Record<string, string>> = { t2: 'm5', t3: 'm5', t3a: 'm5a', t4g: 'm6g' };

function trunkTypeOf(type: string): string | undefined {
  const [family = '', size = ''] = type.split('.');
  const next = WITH_TRUNK[family];
  if (next === undefined) return nitroOf(type);
  return `${next}.${/^(?:nano|micro|small|medium)$/.test(size) ? 'large' : size}`;
}

/** Karpenter is told which families to leave out; a managed group gets one beside it; others choose the type where they are made. */
function otherTypes(
  {
    nodePools,
    fix,
    nodegroups,
  }: Helps<typeof nitroGroupInputs> & { readonly nodePools: readonly NodePool[] | undefined },
  c: NodeCapacity,
  unable: readonly NodeCapacity[],
): Fix[] {
  const pool = c.group.kind === 'karpenter' ? nodePools?.find((p) => p.name === c.group.name) : undefined;
  const mine = unable.filter((u) => u.group.kind === c.group.kind && u.group.name === c.group.name);
  const families = [...new Set(mine.map((u) => u.instanceType.split('.')[0]!))].sort();
  if (pool)
    return [
      requireOfPool(
        pool,
        { key: 'karpenter.k8s.aws/instance-family', operator: 'NotIn', values: families },
        {
          title: `Keep ${listed(families)} out of NodePool ${pool.name}`,
          risk: 'The pool has to allow another family.',
        },
      ),
    ];
  const old = c.group.kind === 'managed' ? nodegroups?.find((g) => g.name === c.group.name) : undefined;
  const types = [...new Set(old?.instanceTypes.map(trunkTypeOf))];
  const known = types.flatMap((t) => t ?? []);
  if (old && fix.cluster && known.length > 0 && known.length === types.length) {
    const next = freeName(old.name, nodegroups ?? []);
    return [
      {
        title: `Make a group ${next} of ${listed(known)} beside ${old.name}`,
        commands: likeNodegroup(fix, old, next, { instanceTypes: known }),
        changes: `EKS changes no type of a group: ${next} has the subnets, labels, taints and sizes of ${old.name}. The scheduler places the pods there as soon as the trunk is attached.`,
        effect: 'minutes',
        risk: `${next} takes addresses of the same subnets. ${old.name} stays: what runs there needs no branch ENI.`,
      },
    ];
  }
  return [
    {
      title: `Add nodes of a type that can carry a trunk, m5.large for one, beside ${groupText(c)}`,
      commands: [],
      changes:
        'The scheduler places the pods there as soon as the trunk is attached. The type of a node group cannot be changed: make another.',
      effect: 'minutes',
    },
  ];
}
