import * as v from 'valibot';
import type { Fix } from '../contract/finding.ts';
import { age, things, verb } from '../contract/words.ts';
import { awsNodePods } from '../facts/aws-node-pods.ts';
import { section } from '../facts/define-fact.ts';
import { type FixContext, fixContext } from '../facts/fix-context.ts';
import { nodeTroubles } from '../facts/node-troubles.ts';
import { nodesServedByCni } from '../facts/platforms.ts';
import { starvedNodes } from '../facts/starved-nodes.ts';
import { stuckCauses } from '../facts/stuck-causes.ts';
import { stuckPods } from '../facts/stuck-pods.ts';
import { groupBy } from '../facts/support/group-by.ts';
import { named } from '../shell.ts';
import type { Cni, Node } from '../snapshot/kubernetes.ts';
import { type Draft, defineCheck } from './define-check.ts';
import { restartAwsNode } from './fixes/aws-node-pods.ts';
import { secondsSince } from './support/ages.ts';
import { kubectl } from './support/commands.ts';
import { nodeResources } from './support/resources.ts';
import { unsettledOn } from './support/waiting.ts';

const evidence = v.object({
  nodes: v.number(),
  notReady: v.number(),
  withoutAwsNode: v.number(),
  oldestSeconds: v.number(),
  /** What the Ready conditions of those not ready say, as the kubelet words it. */
  conditions: v.array(v.string()),
});
type Evidence = v.InferOutput<typeof evidence>;

/** A node needs about two minutes from joining to Ready. */
const PATIENCE_SECONDS = 180;

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
    fix: fixContext,
  },
  partialOk: ['nodes'],
  // EKS tells of a node that never gets ready as one that did not join
  explains: ['HLT001', 'ADD002', 'NOD007'],
  evidence,
  evaluate: ({ nodes, awsNode, troubles, starved, stuck, causes, cni, fix }, { now, gapsOf }) => {
    const troubleOf = (node: string) => troubles?.get(node) ?? starved?.get(node);
    const unsure = mayBeOthers(cni) && gapsOf('pods').length > 0;
    const withPod = new Set(awsNode.pods.map((p) => p.node));
    const ready = new Set(awsNode.pods.filter((p) => p.ready).map((p) => p.node));
    const hit = nodes.served.flatMap((node) => {
      const seconds = secondsSince(node.createdAt, now) ?? PATIENCE_SECONDS;
      if (seconds < PATIENCE_SECONDS) return [];
      const without = awsNode.installed && !withPod.has(node.name);
      if (without && unsure) return [];
      const waiting = isNetworkMissing(node) && !ready.has(node.name);
      return without || waiting ? [{ node, without }] : [];
    });
    const groups = groupBy(hit, ({ node, without }) => `${without}/${troubleOf(node.name) ?? ''}`);
    return [...groups.values()].map((members): Draft<Evidence> => {
      const names = members.map((m) => m.node.name);
      const trouble = troubleOf(names[0]!);
      const { without } = members[0]!;
      return {
        key: trouble ? `nodes/${trouble}` : 'nodes',
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
          oldestSeconds: Math.max(...members.map((m) => secondsSince(m.node.readySince ?? m.node.createdAt, now) ?? 0)),
        },
        fixes: [without ? allowEverywhere(names) : restart(fix, names)],
      };
    });
  },
  // whose agents run where, and so whose a node without aws-node is, only pods tell
  unjudged: ({ nodes, awsNode, cni }, { gapsOf }) => {
    const withPod = new Set(awsNode.pods.map((p) => p.node));
    const without = nodes.served.filter((n) => awsNode.installed && !withPod.has(n.name));
    const gaps = mayBeOthers(cni) ? gapsOf('pods') : [];
    if (without.length === 0 || gaps.length === 0) return undefined;
    return { count: without.length, of: nodes.served.length, what: 'node', gaps };
  },
  summary: (e) =>
    e.withoutAwsNode > 0
      ? `${things(e.nodes, 'node')} ${verb(e.nodes, 'has', 'have')} no aws-node pod${e.notReady > 0 ? `, ${e.notReady} not ready` : ''}`
      : `${things(e.nodes, 'node')} ${verb(e.nodes, 'is', 'are')} NotReady for up to ${age(e.oldestSeconds)}: the network plugin is not initialised`,
  verdict: () => 'node network not ready',
  explanation: {
    why: 'The node is paid for and runs nothing. Autoscalers may add more of the same.',
    how: 'Linux EC2 nodes older than three minutes whose Ready condition speaks of the network plugin while no ready aws-node pod stands there; not-scheduled: nodes without any aws-node pod, by affinity, a missing toleration, architecture, or a compute-type label set by mistake.',
    fix: "Mend or restart aws-node on the node; where it is not scheduled, give the DaemonSet back its toleration of every taint and look at the node's labels.",
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

/** The shipped DaemonSet tolerates every taint (config/master/aws-k8s-cni.yaml). */
function allowEverywhere(nodes: readonly string[]): Fix {
  const patch = { spec: { template: { spec: { tolerations: [{ operator: 'Exists' }] } } } };
  return {
    title: 'Let aws-node run on tainted nodes again',
    commands: [
      kubectl('get', 'node', ...nodes.map((n) => named('node', n)), '--show-labels'),
      kubectl('-n', 'kube-system', 'patch', 'ds', 'aws-node', '--type', 'merge', '-p', JSON.stringify(patch)),
    ],
    changes: `Sets the toleration the shipped DaemonSet has, so that aws-node is scheduled on ${things(nodes.length, 'node')}; it restarts node by node.`,
    effect: 'minutes',
    risk: 'Helps only where a taint keeps it away. The labels shown first tell whether its affinity does: eks.amazonaws.com/compute-type must not be set, and architecture and OS must be its own.',
  };
}
