import * as v from 'valibot';
import type { Fix } from '../contract/finding.ts';
import { age, things, verb } from '../contract/words.ts';
import { awsNodePods } from '../facts/aws-node-pods.ts';
import { section } from '../facts/define-fact.ts';
import { type FixContext, fixContext } from '../facts/fix-context.ts';
import { isRecent, nodeTroubles } from '../facts/node-troubles.ts';
import { nodesServedByCni } from '../facts/platforms.ts';
import { starvedNodes } from '../facts/starved-nodes.ts';
import { stuckCauses } from '../facts/stuck-causes.ts';
import { stuckPods } from '../facts/stuck-pods.ts';
import { groupBy } from '../facts/support/group-by.ts';
import { type KeptOff, keptOff, requirementText, taintText } from '../facts/support/kept-off.ts';
import type { NodeChoice } from '../facts/support/scheduling.ts';
import { type UnscheduledPod, unscheduledPods } from '../facts/unscheduled-pods.ts';
import { named } from '../shell.ts';
import type { ClusterEvent, Cni, Node, Refusal } from '../snapshot/kubernetes.ts';
import { type Draft, defineCheck } from './define-check.ts';
import { getOnto, keptOffText, letMake, tolerateAll } from './fixes/aws-node-placement.ts';
import { restartAwsNode } from './fixes/aws-node-pods.ts';
import { secondsSince } from './support/ages.ts';
import { kubectl } from './support/commands.ts';
import { refusalText } from './support/refusal.ts';
import { nodeResources } from './support/resources.ts';
import { unsettledOn } from './support/waiting.ts';

const evidence = v.object({
  nodes: v.number(),
  notReady: v.number(),
  withoutAwsNode: v.number(),
  oldestSeconds: v.number(),
  /** What the Ready conditions of those not ready say, as the kubelet words it. */
  conditions: v.array(v.string()),
  /** What keeps aws-node off the nodes without it; null where nothing known does, and for others. */
  because: v.nullable(
    v.picklist(['compute-type', 'architecture', 'node-selector', 'affinity', 'taint', 'refused', 'no-room']),
  ),
  /** Labels it asks for that they do not have, taints it does not tolerate, who refuses its pods, what they lack. */
  keptOffBy: v.nullable(v.array(v.string())),
});
type Evidence = v.InferOutput<typeof evidence>;

/** A node needs about two minutes from joining to Ready. */
const PATIENCE_SECONDS = 180;

const COMPUTE_TYPE = 'eks.amazonaws.com/compute-type';

export const HLT003 = defineCheck({
  code: 'HLT003',
  title: 'Node NotReady because the network is not initialised',
  severity: 'error',
  grain: 'cluster',
  needs: { nodes: nodesServedByCni, awsNode: awsNodePods },
  helps: {
    troubles: nodeTroubles,
    starved: starvedNodes,
    stuck: stuckPods,
    causes: stuckCauses,
    cni: section('cni'),
    pods: section('pods'),
    events: section('events'),
    unscheduled: unscheduledPods,
    fix: fixContext,
  },
  partialOk: ['nodes'],
  // EKS tells of a node that never gets ready as one that did not join
  explains: ['HLT001', 'ADD002', 'NOD007'],
  evidence,
  evaluate: (from, { now, gapsOf }) => {
    const { nodes, awsNode, troubles, starved, stuck, causes, cni, fix } = from;
    const troubleOf = (node: string) => troubles?.get(node) ?? starved?.get(node);
    const unsure = mayBeOthers(cni) && gapsOf('pods').length > 0;
    const withPod = new Set(awsNode.pods.map((p) => p.node));
    const ready = new Set(awsNode.pods.filter((p) => p.ready).map((p) => p.node));
    const everywhere = offEverywhere(from, now);
    const isYoung = (node: Node) => (secondsSince(node.createdAt, now) ?? PATIENCE_SECONDS) < PATIENCE_SECONDS;
    const hit = nodes.served.flatMap((node): Hit[] => {
      if (isYoung(node)) return [];
      const without = awsNode.installed && !withPod.has(node.name);
      if (without && unsure) return [];
      const waiting = isNetworkMissing(node) && !ready.has(node.name);
      if (!without && !waiting) return [];
      return [{ node, without, ...(without ? { off: offOf(node, cni) ?? everywhere } : {}) }];
    });
    if (awsNode.installed)
      for (const { node } of nodes.others)
        if (isMislabelled(node) && isNetworkMissing(node) && !withPod.has(node.name) && !isYoung(node))
          hit.push({ node, without: true, off: mislabelled(node) });
    const groups = groupBy(hit, ({ node, without, off }) =>
      [without, troubleOf(node.name) ?? '', off?.because ?? ''].join('/'),
    );
    return [...groups.values()].map((members): Draft<Evidence> => {
      const names = members.map((m) => m.node.name);
      const { without, off } = members[0]!;
      return {
        key: ['nodes', troubleOf(names[0]!) ?? [], off?.because ?? []].flat().join('/'),
        ...(without ? { subReason: 'not-scheduled' } : {}),
        confidence: 'observed',
        resources: nodeResources(names),
        scope: { nodes: names, pods: unsettledOn({ stuck, causes }, gapsOf, names).pods },
        evidence: {
          nodes: names.length,
          notReady: members.filter((m) => m.node.ready !== 'True').length,
          withoutAwsNode: without ? names.length : 0,
          conditions: [
            ...new Set(members.flatMap((m) => (m.node.ready === 'True' ? [] : (m.node.readyReason ?? [])))),
          ].sort(),
          because: off?.because ?? null,
          keptOffBy: off ? [...new Set(members.flatMap((m) => m.off?.texts ?? []))].sort() : null,
          oldestSeconds: Math.max(...members.map((m) => secondsSince(m.node.readySince ?? m.node.createdAt, now) ?? 0)),
        },
        fixes: without ? fixesFor(fix, names, off, members) : [restart(fix, names)],
      };
    });
  },
  // whose agents run where, and so whose a node without aws-node is, only pods tell
  unjudged: ({ nodes, awsNode, cni }, { gapsOf }) => {
    const gaps = mayBeOthers(cni) ? gapsOf('pods') : [];
    if (gaps.length === 0) return undefined;
    const withPod = new Set(awsNode.pods.map((p) => p.node));
    const without = nodes.served.filter((n) => awsNode.installed && !withPod.has(n.name));
    if (without.length === 0) return undefined;
    return { count: without.length, of: nodes.served.length, what: 'node', gaps };
  },
  summary: (e) =>
    e.withoutAwsNode > 0
      ? `${things(e.nodes, 'node')} ${verb(e.nodes, 'has', 'have')} no aws-node pod${e.notReady > 0 ? `, ${e.notReady} not ready` : ''}${e.because === null ? '' : `: ${keptOffText(e.because, e.keptOffBy ?? [])}`}`
      : `${things(e.nodes, 'node')} ${verb(e.nodes, 'is', 'are')} NotReady for up to ${age(e.oldestSeconds)}: the network plugin is not initialised`,
  verdict: () => 'node network not ready',
  explanation: {
    why: 'The node is paid for and runs nothing. Autoscalers may add more of the same.',
    how: 'Linux EC2 nodes older than three minutes whose Ready condition speaks of the network plugin while no ready aws-node pod stands there; not-scheduled: nodes without any aws-node pod. Their labels and taints are held against the node selector, the affinity and the tolerations of the DaemonSet, and the events FailedCreate and FailedScheduling of its pods are read: each cause is a finding of its own, one that none of this tells names none. An EC2 node that carries eks.amazonaws.com/compute-type of Fargate or hybrid nodes by mistake counts once it is not ready for want of a network.',
    fix: 'Mend or restart aws-node on the node; where it is not scheduled, take away what keeps it off: give the DaemonSet back its toleration of every taint or its affinity, take the label off the node, raise the quota.',
    verify: 'kubectl get nodes shows Ready.',
    references: [
      'amazon-vpc-cni-k8s config/master/aws-k8s-cni.yaml',
      'https://github.com/terraform-aws-modules/terraform-aws-eks/issues/3446',
    ],
  },
});

/** Another CNI is installed beside aws-node. */
function mayBeOthers(cni: Cni | undefined): boolean {
  return (cni?.otherCnis.length ?? 0) > 0;
}

function isNetworkMissing(node: Node): boolean {
  const { readyReason } = node;
  return node.ready !== 'True' && (readyReason === 'cni-not-initialized' || readyReason === 'network-not-ready');
}

function restart(ctx: FixContext, nodes: readonly string[]): Fix {
  const commands = restartAwsNode(ctx, nodes);
  return {
    title: `Restart aws-node on ${things(nodes.length, 'node')}`,
    commands:
      commands.length > 0
        ? commands
        : [kubectl('-n', 'kube-system', 'get', 'pods', '-l', 'k8s-app=aws-node', '-o', 'wide')],
    changes: 'Starts aws-node afresh, which writes the plugin configuration the kubelet waits for.',
    effect: 'minutes',
  };
}

/** A node that aws-node does not serve as it should, and what keeps it off, where there is none and that is known. */
interface Hit {
  readonly node: Node;
  readonly without: boolean;
  readonly off?: Off | undefined;
}

interface Off {
  readonly because: NonNullable<Evidence['because']>;
  readonly texts: readonly string[];
  readonly rules?: KeptOff;
  readonly refusal?: Refusal;
}

interface Seen {
  readonly events?: readonly ClusterEvent[] | undefined;
  readonly unscheduled?: readonly UnscheduledPod[] | undefined;
}

/** Its own rules; the API server and the scheduler are asked only about nodes they let in. */
function offOf(node: Node, cni: Cni | undefined): Off | undefined {
  const rules = cni?.placement && keptOff(choiceOf(cni.placement), node);
  if (!rules) return undefined;
  if (rules.by === 'compute-type' && node.labels[COMPUTE_TYPE] !== undefined) return { ...mislabelled(node), rules };
  const texts = rules.by === 'taint' ? rules.taints.map(taintText) : rules.asks.map(requirementText);
  return { because: rules.by, texts, rules };
}

/** What no single node tells: who refuses the pods of aws-node now, and what those that were made find no room for. */
function offEverywhere({ events, unscheduled }: Seen, now: number): Off | undefined {
  const refusal = (events ?? [])
    .filter((e) => e.kind === 'create-refused' && isOfAwsNode(e.object) && isRecent(e, now))
    .sort((a, b) => ((a.lastAt ?? '') < (b.lastAt ?? '') ? -1 : 1))
    .at(-1)?.refusal;
  if (refusal) return { because: 'refused', texts: [refusalText(refusal)], refusal };
  const lacks = (unscheduled ?? [])
    .filter((p) => p.owner === 'DaemonSet/aws-node' && p.pod.startsWith('kube-system/'))
    .flatMap((p) => p.event?.unfit ?? [])
    .flatMap(({ what }) => ROOM[what] ?? []);
  return lacks.length > 0 ? { because: 'no-room', texts: [...new Set(lacks)].sort() } : undefined;
}

/** What a pod of a DaemonSet may find too little of on its own node; the other nodes are not meant for it. */
const ROOM: Readonly<Record<string, string>> = { cpu: 'CPU', memory: 'memory', 'too-many-pods': 'maxPods' };

function isOfAwsNode({ kind, namespace, name }: ClusterEvent['object']): boolean {
  return kind === 'DaemonSet' && namespace === 'kube-system' && name === 'aws-node';
}

/** Files that did not read affinity and tolerations tell of both only the most common part. */
function choiceOf(p: NonNullable<Cni['placement']>): NodeChoice {
  const excluded = { key: COMPUTE_TYPE, operator: 'NotIn', values: p.computeTypesExcluded };
  const affinity = p.affinity ?? (p.computeTypesExcluded.length > 0 ? [[excluded]] : undefined);
  const tolerations = p.tolerations ?? (p.toleratesAll ? [{}] : undefined);
  return {
    nodeSelector: p.nodeSelector,
    ...(affinity ? { affinity } : {}),
    ...(tolerations ? { tolerations } : {}),
  };
}

/** Nodes of Fargate and hybrid ones are no EC2 instances, and those of Auto Mode belong to a NodePool: this label is a mistake. */
function isMislabelled({ labels, instanceId }: Node): boolean {
  const type = labels[COMPUTE_TYPE] ?? '';
  if (instanceId === undefined) return false;
  return type === 'fargate' || type === 'hybrid' || (type === 'auto' && labels['karpenter.sh/nodepool'] === undefined);
}

function mislabelled({ labels }: Node): Off {
  return { because: 'compute-type', texts: [`${COMPUTE_TYPE}=${labels[COMPUTE_TYPE]}`] };
}

function fixesFor(fix: FixContext, nodes: readonly string[], off: Off | undefined, all: readonly Hit[]): Fix[] {
  if (!off) return [tolerateAll(fix, nodes, false)];
  if (off.refusal) return [letMake(nodes, off.refusal)];
  if (off.because === 'no-room') return [makeRoom(nodes)];
  if (off.because === 'refused') return [];
  // not every node of a finding lacks all that another one does
  const each = <T>(of: (rules: KeptOff) => readonly T[], textOf: (one: T) => string) => [
    ...new Map(all.flatMap((m) => (m.off?.rules ? of(m.off.rules) : [])).map((one) => [textOf(one), one])).values(),
  ];
  const asks = each((r) => r.asks, requirementText);
  return getOnto(fix, nodes, { by: off.because, asks, taints: each((r) => r.taints, taintText) });
}

/** Its priority is the highest there is, so that other pods give way unless the scheduler may not take theirs. */
function makeRoom(nodes: readonly string[]): Fix {
  return {
    title: 'Make room for aws-node',
    commands: nodes.map((n) => kubectl('describe', 'node', named('node', n))),
    changes:
      'Nothing: it shows what the node has promised to its pods. End pods of its other DaemonSets or lower what they ask for; aws-node asks for little CPU and has the highest priority.',
    effect: 'immediate',
  };
}
