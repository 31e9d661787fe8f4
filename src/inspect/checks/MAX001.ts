import * as v from 'valibot';
import type { Fix } from '../contract/finding.ts';
import { count, things, verb } from '../contract/words.ts';
import { type Around, type Helps, section, type Values } from '../facts/define-fact.ts';
import { demand, NO_DEMAND, type NodeDemand } from '../facts/demand.ts';
import type { FixContext } from '../facts/fix-context.ts';
import { type Networking, networking } from '../facts/networking.ts';
import { type NodeCapacity, nodeCapacity } from '../facts/node-capacity.ts';
import { nodeEnis } from '../facts/node-enis.ts';
import { nodesServedByCni } from '../facts/platforms.ts';
import { stuckCauses } from '../facts/stuck-causes.ts';
import { stuckPods, waitingElsewhere } from '../facts/stuck-pods.ts';
import { behaves } from '../facts/support/cni-release.ts';
import { groupBy } from '../facts/support/group-by.ts';
import { excessPods, fittingPods } from '../facts/support/limits-met.ts';
import { unknownCapacity } from '../facts/unknown-capacity.ts';
import type { Gap } from '../snapshot/section.ts';
import { type Draft, defineCheck } from './define-check.ts';
import { maxPodsFixInputs, setMaxPods } from './fixes/max-pods.ts';
import { setSettings } from './fixes/settings.ts';
import { upgradeForTrunk } from './fixes/upgrade-cni.ts';
import { moveWaitingPods } from './fixes/waiting-pods.ts';
import { isYoung } from './support/ages.ts';
import { groupKey, groupText } from './support/groups.ts';
import { nodeResources } from './support/resources.ts';
import { nodesUnjudged } from './support/unjudged.ts';
import { waitingFor, waitingText } from './support/waiting.ts';

const evidence = v.object({
  group: v.string(),
  instanceType: v.string(),
  nodes: v.number(),
  /** Nodes whose pods take every address they can have. */
  fullNodes: v.number(),
  maxPods: v.number(),
  /** Addresses for pods: (enis - unmanaged - custom - excluded - trunk) × slotsPerEni, times 16 with prefixes. */
  podIps: v.number(),
  enis: v.number(),
  /** ENIs the type can attach: more than `enis` where MAX_ENI holds nodes back. */
  enisOfType: v.number(),
  ipv4PerEni: v.number(),
  unmanaged: v.number(),
  /** 1 where the primary ENI serves no pods; further ENIs in subnets tagged against it. */
  custom: v.number(),
  excluded: v.number(),
  trunk: v.number(),
  branchPods: v.number(),
  hostNetworkPods: v.number(),
  /** Pods kubelet admits beyond what the worst node can address; 0 where its pods come and go too fast. */
  overBy: v.number(),
  /** Addresses that rest from their last pod, on the node with most of them, where that is what pods wait for. */
  resting: v.number(),
  recommendedMaxPods: v.number(),
  /** Null where pods, or what they wait for, could not be read. */
  waitingPods: v.nullable(v.number()),
});
type Evidence = v.InferOutput<typeof evidence>;
type SubReason = 'custom' | 'trunk' | 'excluded' | 'unmanaged' | 'nonnitro' | 'static' | 'churn';

const needs = { capacity: nodeCapacity, demand, nodes: nodesServedByCni, unknown: unknownCapacity };
const helps = {
  networking,
  stuck: stuckPods,
  causes: stuckCauses,
  versions: section('addonVersions'),
  subnets: section('subnets'),
  enis: nodeEnis,
  elsewhere: waitingElsewhere,
  events: section('events'),
  ...maxPodsFixInputs,
};
const EXPLAINS = ['HLT001', 'MAX003', 'SGP013'];

export const MAX001 = defineCheck({
  code: 'MAX001',
  title: 'maxPods is above what the node can address',
  severity: 'warning',
  worst: 'error',
  grain: 'group',
  modes: ['secondary', 'prefix'],
  needs,
  helps,
  partialOk: true,
  explains: [...EXPLAINS, 'MAX005'],
  accountsFor: ['node-full', 'churn'],
  evidence,
  evaluate: (from, { now, policy, gapsOf }) => {
    const { capacity, demand: pods, networking: net, stuck, causes } = from;
    const full = new Set(stuck?.filter((p) => causes?.get(p.pod) === 'node-full').map((p) => p.node));
    const over = [...capacity.values()].flatMap((c) => {
      const d = pods.get(c.node.name) ?? NO_DEMAND;
      const overBy = excessPods(c, d);
      return overBy > 0 && c.mode !== 'ipv6' && (full.has(c.node.name) || !isYoung(c.node, now, policy))
        ? [{ c, d, overBy }]
        : [];
    });
    const groups = groupBy(over, ({ c }) => `${groupKey(c)}/${reasonOf(c, net)}`);
    const overfull = [...groups.values()].map((members): Draft<Evidence> => {
      const worst = members.reduce((a, b) => (b.overBy > a.overBy ? b : a));
      const names = members.map(({ c }) => c.node.name);
      const waiting = waitingFor('node-full', { stuck, causes }, gapsOf, names);
      const isFilled = ({ c, d }: (typeof members)[number]) => d.addressed >= c.podIps;
      const filled = members.filter(isFilled);
      const { c, d } = worst;
      const fitting = Math.min(...members.map((m) => fittingPods(m.c, m.d)));
      return {
        key: groupKey(c),
        subReason: reasonOf(c, net),
        severity: filled.length > 0 || waiting.pods.length > 0 ? 'error' : 'warning',
        confidence: waiting.pods.length > 0 ? 'observed' : 'derived',
        resources: nodeResources([...filled, ...members.filter((m) => !isFilled(m))].map((m) => m.c.node.name)),
        scope: { nodes: waiting.pods.length > 0 ? waiting.nodes : names, pods: waiting.pods },
        explains: EXPLAINS,
        evidence: {
          ...limitsOf(c, d),
          nodes: members.length,
          fullNodes: filled.length,
          overBy: worst.overBy,
          recommendedMaxPods: fitting,
          waitingPods: waiting.count,
        },
        fixes: [
          ...moveWaitingPods(waiting),
          ...upgradeForTrunk(from.fix, from.versions, c),
          ...withoutMaxEni(from.fix, c),
          ...setMaxPods(
            from,
            members.map((m) => m.c),
            fitting,
          ),
        ],
      };
    });
    return [...overfull, ...churnOf(from, gapsOf)];
  },
  unjudged: ({ capacity, nodes, unknown, networking: net, stuck, causes, elsewhere }, { gapsOf }) => {
    // whether addresses rest there, ENIs and the events of the pods tell
    const open = [...(stuck ?? []).filter((p) => !causes?.has(p.pod)), ...(elsewhere ?? [])];
    const dark = new Set(open.flatMap((p) => (capacity.has(p.node) ? [p.node] : [])));
    const unread = [...gapsOf('enis'), ...gapsOf('events')];
    if (dark.size > 0 && unread.length > 0)
      return { count: dark.size, of: nodes.served.length, what: 'node', gaps: unread };
    // tags of subnets may keep ENIs from pods
    const byTags = net?.settings.subnetDiscovery && behaves(net.cniVersion, 'subnetTagValues');
    if (byTags && gapsOf('subnets').length > 0 && nodes.served.length > 0)
      return { count: nodes.served.length, of: nodes.served.length, what: 'node', gaps: gapsOf('subnets') };
    const silent = [...capacity.values()].filter((c) => c.maxPods === undefined);
    const why: Gap = { kind: 'not-told', reason: 'a node does not say how many pods it takes' };
    return nodesUnjudged(nodes, new Map([...unknown, ...silent.map((c) => [c.node.name, why] as const)]));
  },
  summary: (e) =>
    e.resting > 0
      ? `${things(e.nodes, `${e.instanceType} node`)} of ${e.group} ${verb(e.nodes, 'holds', 'hold')} all ${count(e.podIps)} addresses it can have, up to ${count(e.resting)} of them at rest for half a minute after their pods ended: pods come and go faster than addresses${waitingText(e.waitingPods)}`
      : `${things(e.nodes, `${e.instanceType} node`)} of ${e.group} admit${e.nodes === 1 ? 's' : ''} ${count(e.maxPods)} pods but can address ${count(e.podIps)}${needingNone(e)}${deductions(e)}: ${count(e.overBy)} too many${
          e.fullNodes > 0 ? `; ${things(e.fullNodes, 'node')} full` : ''
        }${waitingText(e.waitingPods)}`,
  verdict: (e) => (e.resting > 0 ? 'on nodes whose last free addresses still rest' : 'on full nodes'),
  explanation: {
    why: 'The scheduler knows only maxPods. Above what aws-node can address it keeps placing pods that never get an address, and autoscalers see no pressure.',
    how: "allocatable pods of the node, less its host-network pods, against (ENIs - unmanaged - custom - excluded - trunk) × (addresses per ENI - 1), times 16 with prefixes on Nitro, plus the branch pods it runs. A warning; an error as soon as a node's pods take all its addresses or pods wait there. The sub-reason names what took the ENI: custom networking, the trunk, a subnet tagged kubernetes.io/role/cni=0, an unmanaged ENI, a type without prefixes, or a number set by hand. churn: pods of a node whose every slot is filled get no address though its pods would fit: the few without a pod, at most a third, rest for 30 s from their last one.",
    fix: 'Set maxPods to the number the finding names in whatever launches the nodes, then replace them. Prefixes raise the addresses instead, where the subnets have free /28 blocks.',
    verify: 'vpccni inspect shows the new number under MAX once the nodes are replaced.',
    references: [
      'amazon-vpc-cni-k8s pkg/ipamd/ipamd.go hasRoomForEni',
      'amazon-eks-ami nodeadm/internal/kubelet/eni_max_pods.go',
      'https://docs.aws.amazon.com/eks/latest/userguide/choosing-instance-type.html',
      'https://karpenter.sh/docs/troubleshooting/',
      'https://github.com/aws/amazon-vpc-cni-k8s/issues/3238',
    ],
  },
});

function limitsOf(c: NodeCapacity, d: NodeDemand) {
  return {
    group: groupText(c),
    instanceType: c.instanceType,
    maxPods: c.maxPods ?? 0,
    podIps: c.podIps,
    enis: c.eniLimit,
    enisOfType: c.limits.maxEnis,
    ipv4PerEni: c.limits.ipv4PerEni,
    unmanaged: c.unmanaged,
    custom: c.custom,
    excluded: c.excluded,
    trunk: c.trunk,
    branchPods: d.branch,
    hostNetworkPods: d.hostNetwork,
    resting: 0,
  };
}

/** Room for the pods that end has to be left on the node: that many fewer pods are admitted. */
function churnOf(
  from: Values<typeof needs> & Helps<typeof helps>,
  gapsOf: Around<'stuck' | 'causes'>['gapsOf'],
): Draft<Evidence>[] {
  const { capacity, demand: pods, enis, stuck, causes } = from;
  const on = new Set(stuck?.filter((p) => causes?.get(p.pod) === 'churn').map((p) => p.node));
  const members = [...capacity.values()].filter((c) => on.has(c.node.name));
  return [...groupBy(members, groupKey).values()].map((group): Draft<Evidence> => {
    const names = group.map((c) => c.node.name);
    const waiting = waitingFor('churn', { stuck, causes }, gapsOf, names);
    const resting = Math.max(...names.map((n) => enis?.get(n)?.warm ?? 0));
    const of = (c: NodeCapacity) => pods.get(c.node.name) ?? NO_DEMAND;
    const fitting = Math.min(...group.map((c) => fittingPods(c, of(c)))) - resting;
    const carried = Math.max(...group.map((c) => of(c).addressed + of(c).branch + of(c).hostNetwork));
    return {
      key: groupKey(group[0]!),
      subReason: 'churn',
      severity: 'error',
      confidence: 'derived',
      resources: nodeResources(names),
      scope: { nodes: names, pods: waiting.pods },
      // that its nodes are nearly at maxPods is part of it
      explains: ['HLT001', 'MAX005'],
      evidence: {
        ...limitsOf(group[0]!, of(group[0]!)),
        nodes: group.length,
        fullNodes: 0,
        overBy: 0,
        resting,
        recommendedMaxPods: fitting,
        waitingPods: waiting.count,
      },
      // fewer than a node carries now is no cure: most of its addresses rest for the moment
      fixes: [...moveWaitingPods(waiting), ...(fitting < carried ? [] : setMaxPods(from, group, fitting))],
    };
  });
}

function reasonOf(c: NodeCapacity, net: Networking | undefined): SubReason {
  if (c.maxPods !== c.formulaMaxPods && c.mode === 'secondary' && net?.mode === 'prefix') return 'nonnitro';
  if (c.maxPods !== c.formulaMaxPods && c.mode === 'secondary') return 'static';
  if (c.unmanaged > 0) return 'unmanaged';
  if (c.trunk > 0) return 'trunk';
  if (c.excluded > 0 || (c.custom > 0 && net?.settings.customNetworking === false)) return 'excluded';
  if (c.custom > 0) return 'custom';
  return 'static';
}

/** Where MAX_ENI is what holds the node back, its addresses come at once, and no node needs replacing. */
function withoutMaxEni(fix: FixContext, c: NodeCapacity): Fix[] {
  const more = c.limits.maxEnis - c.eniLimit;
  if (more <= 0) return [];
  return setSettings(
    fix,
    `Let nodes attach every ENI of their type: without MAX_ENI a node of type ${c.instanceType} attaches ${c.limits.maxEnis} in place of ${c.eniLimit}`,
    { set: {}, unset: ['MAX_ENI'] },
    { mind: 'It counts for all nodes of the cluster: each may take that many more addresses of its subnet.' },
  );
}

function deductions(e: Evidence): string {
  const taken = [
    ...(e.custom > 0 ? ['the primary ENI serves no pods'] : []),
    ...(e.excluded > 0 ? [`${e.excluded} in subnets tagged not to`] : []),
    ...(e.trunk > 0 ? ['the trunk takes one'] : []),
    ...(e.unmanaged > 0 ? [`${e.unmanaged} unmanaged`] : []),
  ];
  const enis = e.enis < e.enisOfType ? `${e.enis} of ${e.enisOfType} ENIs by MAX_ENI` : `${e.enis} ENIs`;
  return taken.length > 0 || e.enis < e.enisOfType ? ` (${[enis, ...taken].join('; ')})` : '';
}

/** Pods of the host network and those on branch ENIs: with them the numbers of the line add up. */
function needingNone({ maxPods, podIps, overBy }: Evidence): string {
  const n = maxPods - podIps - overBy;
  return n > 0 ? `, and ${count(n)} need${n === 1 ? 's' : ''} none` : '';
}
