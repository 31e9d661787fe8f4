import * as v from 'valibot';
import { HOST_PODS, KUBELET_DEFAULT, vcpuCeiling } from '../../calc/maxpods/index.ts';
import { changeSettings } from '../cni-settings.ts';
import type { Fix } from '../contract/finding.ts';
import { age, count, some, things, verb } from '../contract/words.ts';
import { section } from '../facts/define-fact.ts';
import { demand, NO_DEMAND } from '../facts/demand.ts';
import { networking } from '../facts/networking.ts';
import type { NodeCapacity } from '../facts/node-capacity.ts';
import { nodeEnis } from '../facts/node-enis.ts';
import { nodesServedByCni } from '../facts/platforms.ts';
import { groupBy } from '../facts/support/group-by.ts';
import { prefixesWorkOn } from '../facts/support/node-mode.ts';
import { type UnscheduledPod, unscheduledPods } from '../facts/unscheduled-pods.ts';
import type { Node } from '../snapshot/kubernetes.ts';
import { type Draft, defineCheck } from './define-check.ts';
import { growGroup } from './fixes/grow-group.ts';
import { maxPodsFixInputs, setMaxPods } from './fixes/max-pods.ts';
import { groupText } from './support/groups.ts';
import { affordableOn } from './support/memory.ts';
import { nodeResources, podResources } from './support/resources.ts';

const evidence = v.object({
  pendingPods: v.number(),
  oldestSeconds: v.number(),
  /** Nodes that take pods, and those of them at their maxPods. */
  nodes: v.number(),
  full: v.number(),
  pods: v.number(),
  maxPods: v.number(),
  /** Pod addresses the nodes hold, and those of them no pod uses; null where ENIs were not read. */
  held: v.nullable(v.number()),
  idle: v.nullable(v.number()),
  /** Null where no node's capacity is known. */
  groups: v.nullable(
    v.array(
      v.object({
        group: v.string(),
        instanceType: v.string(),
        nodes: v.number(),
        maxPods: v.number(),
        /** Addresses one node can have as it is set, and pods it could take with prefixes; null where it cannot hold any. */
        podIps: v.number(),
        withPrefixes: v.nullable(v.number()),
      }),
    ),
  ),
});
type Evidence = v.InferOutput<typeof evidence>;

/** Share of all maxPods in use from which the next rollout may not fit. */
const NEARLY = 0.95;

export const MAX005 = defineCheck({
  code: 'MAX005',
  title: 'Nodes are at maxPods while pods wait to be scheduled',
  severity: 'error',
  grain: 'cluster',
  needs: { nodes: nodesServedByCni, demand, waiting: unscheduledPods },
  helps: { enis: nodeEnis, networking, events: section('events'), ...maxPodsFixInputs },
  partialOk: true,
  evidence,
  evaluate: (from, { gapsOf }) => {
    const { nodes, demand: pods, waiting, enis, capacity, networking: net, fix } = from;
    const open = nodes.served.filter((n) => n.maxPods !== undefined && takesPods(n));
    const running = (n: Node) => (pods.get(n.name) ?? NO_DEMAND).total;
    const full = open.filter((n) => running(n) >= (n.maxPods ?? 0));
    const total = open.reduce((n, node) => n + (node.maxPods ?? 0), 0);
    const used = open.reduce((n, node) => n + running(node), 0);
    const pending = full.length === 0 ? [] : waiting.filter((p) => isForMaxPods(p, open.length, full.length));
    // whether they wait for room the scheduler says in events
    if (pending.length === 0 && full.length > 0 && waiting.length > 0 && gapsOf('events').length > 0) return [];
    if (open.length === 0 || (pending.length === 0 && used < NEARLY * total)) return [];
    const told = pending.length > 0 ? full : open;
    const known = told.flatMap((n) => capacity?.get(n.name) ?? []);
    const groups = [...groupBy(known, (c) => `${groupText(c)}/${c.instanceType}/${c.maxPods}`).values()];
    const seen = enis && gapsOf('enis').length === 0 && told.map((n) => enis.get(n.name));
    return [
      {
        key: fix.cluster?.name ?? 'cluster',
        ...(pending.length > 0 ? {} : { subReason: 'near' }),
        severity: pending.length > 0 ? 'error' : 'warning',
        confidence:
          pending.some((p) => p.event?.kind === 'too-many-pods') || pending.length === 0 ? 'observed' : 'derived',
        resources: [...podResources(pending.map((p) => p.pod)), ...nodeResources(told.map((n) => n.name))],
        scope: { nodes: told.map((n) => n.name), pods: pending.map((p) => p.pod) },
        evidence: {
          pendingPods: pending.length,
          oldestSeconds: Math.max(0, ...pending.map((p) => p.ageSeconds)),
          nodes: open.length,
          full: full.length,
          pods: used,
          maxPods: total,
          held: seen ? seen.reduce((n, e) => n + (e?.held ?? 0), 0) : null,
          idle: seen ? seen.reduce((n, e) => n + Math.max(e?.warm ?? 0, 0), 0) : null,
          groups:
            groups.length === 0 && told.length > 0 ? null : groups.map((members) => groupOf(members, net?.cniVersion)),
        },
        fixes: [
          ...growGroup(from, known),
          ...groups.flatMap((members) => morePods(from, members, net?.cniVersion)),
          moreNodes(told.length),
        ],
      } satisfies Draft<Evidence>,
    ];
  },
  unjudged: ({ nodes, waiting }, { gapsOf }) => {
    const gaps = gapsOf('events');
    return waiting.length === 0 || gaps.length === 0
      ? undefined
      : { count: waiting.length, of: waiting.length, what: 'pod', gaps: nodes.served.length > 0 ? gaps : [] };
  },
  summary: (e) =>
    `${
      e.pendingPods > 0
        ? `${things(e.pendingPods, 'pod')} ${verb(e.pendingPods, 'is', 'are')} Pending (oldest ${age(e.oldestSeconds)}) and ${count(e.full)} of ${things(e.nodes, 'node')} ${verb(e.nodes, 'is', 'are')} at maxPods: ${count(e.pods)} of ${count(e.maxPods)} pods`
        : `${count(e.pods)} of the ${count(e.maxPods)} pods that ${things(e.nodes, 'node')} may take run already`
    }${e.held === null || e.idle === null ? '' : `, ${count(e.held - e.idle)} of ${count(e.held)} pod addresses in use`}${room(e)}`,
  explanation: {
    why: "The scheduler counts pods, not addresses: at kubelet's maxPods a node takes no more, whatever the subnets have. More addresses change nothing.",
    how: 'Pending pods without a node of which the scheduler says "Too many pods", or says nothing more than that no node fits while every node that takes pods is full; a pod that lacks CPU or memory on the same nodes does not count. Nodes that are cordoned, tainted or not ready take no new pods. A warning, near: none waits, and at least 95 % of all maxPods are in use.',
    fix: 'Prefixes and a higher maxPods where the type can hold them, in every group by what sets its number; else a larger type, or more nodes. A managed group of several types has the number of its smallest.',
    verify: 'kubectl get pods -A --field-selector status.phase=Pending lists none of them.',
    references: [
      'https://github.com/awslabs/amazon-eks-ami/issues/1902',
      'https://docs.aws.amazon.com/eks/latest/userguide/choosing-instance-type.html',
      'https://docs.aws.amazon.com/eks/latest/best-practices/prefix-mode-linux.html',
    ],
  },
});

function takesPods(node: Node): boolean {
  const closed = node.taints.some((t) => t.effect === 'NoSchedule' || t.effect === 'NoExecute');
  return node.ready === 'True' && !node.unschedulable && !closed;
}

/** Files that kept the scheduler's reasons tell by them; for older ones it is enough that no node has room for a pod. */
function isForMaxPods({ event }: UnscheduledPod, open: number, full: number): boolean {
  if (!event) return false;
  if (!event.unfit) return event.kind === 'too-many-pods' || (event.kind === 'scheduling-failed' && full === open);
  const said = (what: string) => event.unfit?.find((u) => u.what === what)?.nodes ?? 0;
  const tooMany = said('too-many-pods');
  const nodes = Math.max(open, tooMany);
  // a node counts under each of its reasons: where those overlap wholly, room for pods would not help
  return tooMany > 0 && Math.max(said('cpu'), said('memory')) + tooMany - nodes < tooMany;
}

/** What always helps; which type is a question of price. */
function moreNodes(full: number): Fix {
  return {
    title: 'Add nodes, or launch a type with more ENIs or addresses an ENI',
    commands: [],
    changes: `The scheduler places the pods on the new ones; ${things(full, 'node')} of today ${verb(full, 'stays', 'stay')} full. vpccni maxpods TYPE tells what a type can take.`,
    effect: 'minutes',
  };
}

function withPrefixes(c: NodeCapacity, cniVersion: string | undefined): number | null {
  if (!prefixesWorkOn(c.limits, cniVersion)) return null;
  const addresses = c.dataEnis * c.slotsPerEni * 16;
  return Math.min(addresses + HOST_PODS, vcpuCeiling(c.limits.vcpus) ?? KUBELET_DEFAULT);
}

function groupOf(
  members: readonly NodeCapacity[],
  cniVersion: string | undefined,
): NonNullable<Evidence['groups']>[number] {
  const [c] = members as readonly [NodeCapacity];
  return {
    group: groupText(c),
    instanceType: c.instanceType,
    nodes: members.length,
    maxPods: c.maxPods ?? 0,
    podIps: c.podIps,
    withPrefixes: c.mode === 'ipv6' ? null : withPrefixes(c, cniVersion),
  };
}

/** `; with prefixes 1 t3.medium of managed group ng could take 110`. */
function room(e: Evidence): string {
  const parts = (e.groups ?? [])
    .filter((g) => (g.withPrefixes ?? 0) > g.maxPods)
    .map(
      (g) =>
        `${things(g.nodes, `${g.instanceType} node`)} ${count(g.withPrefixes ?? 0)} instead of ${count(g.maxPods)}`,
    );
  return parts.length === 0 ? '' : `; with prefixes and a higher maxPods: ${some(parts)}`;
}

/** Prefixes first where they are off, then the number; nothing where the type holds none or has the number already. */
function morePods(
  from: Parameters<typeof setMaxPods>[0],
  members: readonly NodeCapacity[],
  cniVersion: string | undefined,
): Fix[] {
  const [c] = members as readonly [NodeCapacity];
  const wanted = c.mode === 'ipv6' ? (vcpuCeiling(c.limits.vcpus) ?? KUBELET_DEFAULT) : withPrefixes(c, cniVersion);
  if (wanted === null || wanted <= (c.maxPods ?? 0)) return [];
  if (c.mode !== 'secondary') return setMaxPods(from, members, wanted);
  const { maxPods, note } = affordableOn(members, wanted);
  if (maxPods <= (c.maxPods ?? 0)) return [];
  const { fix } = from;
  const { commands, changes, risk } = changeSettings(fix.cluster, fix.cni, fix.addon, {
    set: { ENABLE_PREFIX_DELEGATION: 'true', WARM_PREFIX_TARGET: '1' },
  });
  return [
    {
      title: `Turn prefixes on, then let ${c.instanceType} nodes of ${groupText(c)} take ${maxPods} pods`,
      commands,
      changes: `${changes} New nodes then hold /28 prefixes. Their maxPods has to follow: managed groups without an image of their own get it from EKS when they are rolled, for others set maxPods ${maxPods} where they are launched; nodes of today keep theirs.`,
      effect: 'node-replacement',
      risk: `The subnets need free /28 blocks: vpccni inspect shows them.${risk ? ` ${risk}` : ''}${note ? ` ${note}` : ''}`,
    },
  ];
}
