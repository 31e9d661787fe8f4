import * as v from 'valibot';
import { HOST_PODS } from '../../calc/maxpods/index.ts';
import { usesSecurityGroupsForPods } from '../../calc/patterns.ts';
import { count, things } from '../contract/words.ts';
import { section } from '../facts/define-fact.ts';
import { demand, NO_DEMAND, type NodeDemand } from '../facts/demand.ts';
import { networking } from '../facts/networking.ts';
import { type NodeCapacity, nodeCapacity } from '../facts/node-capacity.ts';
import { type NodeEnis, nodeEnis } from '../facts/node-enis.ts';
import { nodesServedByCni } from '../facts/platforms.ts';
import { type StuckPod, stuckPods } from '../facts/stuck-pods.ts';
import { groupBy } from '../facts/support/group-by.ts';
import { fittingPods } from '../facts/support/limits-met.ts';
import { unknownCapacity } from '../facts/unknown-capacity.ts';
import type { NodeClass } from '../snapshot/kubernetes.ts';
import { type Draft, defineCheck } from './define-check.ts';
import { scalingGroupOf, templateOf } from './fixes/launch-template.ts';
import { type MaxPodsFixInputs, maxPodsFixInputs, setMaxPods } from './fixes/max-pods.ts';
import { isYoung } from './support/ages.ts';
import { groupKey, groupText } from './support/groups.ts';
import { affordablePods } from './support/memory.ts';
import { nodeResources } from './support/resources.ts';
import { nodesUnjudged } from './support/unjudged.ts';

const evidence = v.object({
  group: v.string(),
  instanceType: v.string(),
  nodes: v.number(),
  maxPods: v.number(),
  possible: v.number(),
  podIps: v.number(),
  branchEnis: v.number(),
  /** Pods now on these nodes, and nodes of that kind they would fit on by number alone; null where pods were not read. */
  pods: v.nullable(v.number()),
  nodesEnough: v.nullable(v.number()),
});
type Evidence = v.InferOutput<typeof evidence>;
interface MixedInputs {
  readonly capacity: ReadonlyMap<string, NodeCapacity>;
  readonly enis: ReadonlyMap<string, NodeEnis> | undefined;
  readonly stuck: readonly StuckPod[] | undefined;
}
type ExplicitInputs = MaxPodsFixInputs & { readonly nodeClasses: readonly NodeClass[] | undefined };

export const MAX002 = defineCheck({
  code: 'MAX002',
  title: 'maxPods leaves address capacity unused',
  severity: 'info',
  worst: 'warning',
  grain: 'group',
  needs: { capacity: nodeCapacity, networking, nodes: nodesServedByCni, unknown: unknownCapacity },
  helps: { demand, enis: nodeEnis, stuck: stuckPods, nodeClasses: section('nodeClasses'), ...maxPodsFixInputs },
  partialOk: true,
  explains: ['MAX003', 'PFX004'],
  evidence,
  notApplicable: ({ networking: net }) =>
    net.mode === 'secondary' && !usesSecurityGroupsForPods(net.pattern)
      ? 'the AMI default already fits single addresses'
      : undefined,
  evaluate: (from, { now, policy, gapsOf }) => {
    const { capacity, demand: pods } = from;
    const low = [...capacity.values()].flatMap((c) => {
      if (isYoung(c.node, now, policy) || c.maxPods === undefined) return [];
      const possible = possiblePods(from, c, pods?.get(c.node.name) ?? NO_DEMAND);
      return possible !== undefined && c.maxPods < possible ? [{ c, possible }] : [];
    });
    return [...groupBy(low, ({ c }) => groupKey(c)).values()].map((members): Draft<Evidence> => {
      const { c } = members[0]!;
      const possible = Math.min(...members.map((m) => m.possible));
      const running =
        pods && gapsOf('demand').length === 0
          ? members.reduce((n, m) => n + (pods.get(m.c.node.name) ?? NO_DEMAND).total, 0)
          : null;
      const severity = c.mode !== 'secondary' && !isExplicit(from, c) ? 'warning' : 'info';
      return {
        key: groupKey(c),
        severity,
        explains: severity === 'warning' && renewsAllMixed(from, members) ? ['MAX003', 'PFX004'] : ['MAX003'],
        confidence: 'derived',
        resources: nodeResources(members.map((m) => m.c.node.name)),
        scope: { nodes: members.map((m) => m.c.node.name) },
        evidence: {
          group: groupText(c),
          instanceType: c.instanceType,
          nodes: members.length,
          maxPods: c.maxPods ?? 0,
          possible,
          podIps: c.podIps,
          branchEnis: c.branchEnis,
          pods: running,
          nodesEnough: running === null ? null : Math.max(Math.ceil(running / possible), 1),
        },
        fixes: setMaxPods(
          from,
          members.map((m) => m.c),
          possible,
        ),
      };
    });
  },
  unjudged: ({ capacity, nodes, unknown, networking: net, nodegroups }, { gapsOf }) => {
    // which nodes run branch pods decides what would be possible there
    const gaps = usesSecurityGroupsForPods(net.pattern) ? gapsOf('demand') : [];
    const all = nodes.served.length;
    // whether a number is that of the smallest type of its group
    const groups = gapsOf('nodegroups');
    const unread = [...capacity.values()].filter(
      (c) => c.group.kind === 'managed' && !nodegroups?.some((g) => g.name === c.group.name),
    );
    if (net.mode !== 'secondary' && groups.length > 0 && unread.length > 0)
      return { count: unread.length, of: all, what: 'node', gaps: groups };
    return gaps.length > 0 && all > 0 ? { count: all, of: all, what: 'node', gaps } : nodesUnjudged(nodes, unknown);
  },
  summary: (e) =>
    `${things(e.nodes, `${e.instanceType} node`)} of ${e.group} admit${e.nodes === 1 ? 's' : ''} ${count(e.maxPods)} pods though ${count(e.possible)} would have an address${
      e.nodesEnough !== null && e.pods !== null && e.nodesEnough < e.nodes
        ? `; by number alone their ${things(e.pods, 'pod')} would fit on ${things(e.nodesEnough, 'node')}`
        : ''
    }`,
  explanation: {
    why: "Turning prefixes on does not raise pod density: kubelet's number has to change too, and nodes have to be replaced. Until then you pay for nodes that refuse pods they could serve.",
    how: 'In prefix mode and in IPv6, where addresses never bind: maxPods still equals the formula for single addresses, of the type or of the smallest type of its managed group, and lies below both the addresses and the ceiling of 110 pods (250 from 31 vCPUs on). With security groups for pods: it equals that formula although branch pods run there, which bring their own addresses: as many as run there today are added. A number set in a launch template or node class is only information: CPU and memory may justify it. New nodes hold no addresses of the other mode either, so that PFX004 of the same nodes is part of it while no pod waits there.',
    fix: 'Set maxPods to the number the finding names and replace the nodes; Terraform: before_compute = true on the vpc-cni add-on, so that managed groups are made after it.',
    verify: 'vpccni inspect shows the new number under MAX once the nodes are replaced.',
    references: [
      'https://docs.aws.amazon.com/eks/latest/userguide/choosing-instance-type.html',
      'https://docs.aws.amazon.com/eks/latest/best-practices/prefix-mode-linux.html',
      'https://docs.aws.amazon.com/eks/latest/best-practices/sgpp.html',
    ],
  },
});

/**
 * New nodes with the right number hold nothing of the other mode either: told and done once. Not where others of the group hold
 * such slots too, or pods wait there, whom PFX004 helps first.
 */
function renewsAllMixed(
  { capacity, enis, stuck }: MixedInputs,
  members: readonly { readonly c: NodeCapacity }[],
): boolean {
  const names = new Set(members.map((m) => m.c.node.name));
  if (!enis || !stuck || stuck.some((p) => names.has(p.node))) return false;
  const key = groupKey(members[0]!.c);
  const mixed = [...capacity.values()].filter(
    (c) => groupKey(c) === key && (enis.get(c.node.name)?.otherModeCidrs ?? 0) > 0,
  );
  return mixed.every((c) => names.has(c.node.name));
}

/** What could run there instead; undefined where the present number is not an untouched formula. */
function possiblePods(from: ExplicitInputs, c: NodeCapacity, d: NodeDemand): number | undefined {
  if (c.mode !== 'secondary') {
    const ofGroup = c.group.kind === 'managed' ? from.managedMaxPods?.get(c.group.name)?.single : undefined;
    const untouched = [c.formulaMaxPods, singleAddresses(c) + HOST_PODS, ofGroup];
    // what memory does not allow is not left unused
    const possible = fittingPods(c, d);
    const gains = affordablePods(c, possible).maxPods > (c.maxPods ?? 0);
    return untouched.includes(c.maxPods) && gains ? possible : undefined;
  }
  return d.branch > 0 && c.maxPods === c.podIps + HOST_PODS ? fittingPods(c, d) : undefined;
}

/** Addresses with one per slot instead of sixteen. */
function singleAddresses(c: NodeCapacity): number {
  return c.dataEnis * c.slotsPerEni;
}

/** Someone wrote the number down: it may be meant. */
function isExplicit(from: ExplicitInputs, c: NodeCapacity): boolean {
  if (c.group.kind === 'karpenter') {
    const pool = from.nodePools?.find((p) => p.name === c.group.name);
    const found = from.nodeClasses?.find((n) => n.name === pool?.nodeClass.name);
    return found?.maxPods !== undefined || found?.podsPerCore !== undefined;
  }
  const managed = from.nodegroups?.find((g) => g.name === c.group.name);
  const group = managed ?? scalingGroupOf(from, c.node.instanceId);
  const template = templateOf(from, group?.launchTemplate);
  return template?.maxPods !== undefined;
}
