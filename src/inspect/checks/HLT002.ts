import * as v from 'valibot';
import type { Fix } from '../contract/finding.ts';
import { count, some, things } from '../contract/words.ts';
import { awsNodeDown, type CniPod } from '../facts/aws-node-down.ts';
import { section } from '../facts/define-fact.ts';
import { type FixContext, fixContext } from '../facts/fix-context.ts';
import { nodeTroubles } from '../facts/node-troubles.ts';
import { stuckCauses } from '../facts/stuck-causes.ts';
import { stuckPods } from '../facts/stuck-pods.ts';
import { groupBy } from '../facts/support/group-by.ts';
import { named } from '../shell.ts';
import { type Draft, defineCheck } from './define-check.ts';
import { restartAwsNode } from './fixes/aws-node-pods.ts';
import { kubectl } from './support/commands.ts';
import { nodeResources } from './support/resources.ts';
import { waitingFor, waitingText } from './support/waiting.ts';

const evidence = v.object({
  nodes: v.number(),
  desired: v.nullable(v.number()),
  pods: v.array(
    v.object({
      pod: v.string(),
      node: v.string(),
      reason: v.string(),
      exitCode: v.nullable(v.number()),
      restarts: v.number(),
    }),
  ),
  waitingPods: v.number(),
});
type Evidence = v.InferOutput<typeof evidence>;
type Reason = 'crash' | 'image' | 'killed' | 'not-ready';

const KILLED = 137;

export const HLT002 = defineCheck({
  code: 'HLT002',
  title: 'aws-node is crashing or not ready',
  severity: 'error',
  grain: 'cluster',
  needs: { cni: section('cni'), found: awsNodeDown },
  helps: {
    troubles: nodeTroubles,
    stuck: stuckPods,
    causes: stuckCauses,
    fix: fixContext,
  },
  partialOk: true,
  explains: ['HLT001', 'HLT003', 'ADD002'],
  accountsFor: ['aws-node-down'],
  evidence,
  notApplicable: ({ cni }) => (cni.installed ? undefined : 'there is no DaemonSet kube-system/aws-node'),
  evaluate: ({ cni, found, troubles, stuck, causes, fix }) => {
    const down = [...found].map(([node, pod]) => ({ pod, node, reason: reasonOf(pod) }));
    // One finding for each cause on the nodes, so that a cause folds what it explains and nothing else.
    const groups = groupBy(down, ({ node, reason }) => `${reason}/${troubles?.get(node) ?? ''}`);
    return [...groups.values()].map((members): Draft<Evidence> => {
      const names = members.map((m) => m.node);
      const waiting = waitingFor('aws-node-down', stuck, causes, names);
      const trouble = troubles?.get(names[0]!);
      const { reason } = members[0]!;
      return {
        key: trouble ? `aws-node/${trouble}` : 'aws-node',
        ...(reason === 'not-ready' ? {} : { subReason: reason }),
        confidence: 'observed',
        resources: nodeResources(names),
        scope: { nodes: names, pods: waiting.pods },
        evidence: {
          nodes: names.length,
          desired: cni.desired ?? null,
          pods: members.map(({ pod, node }) => ({
            pod: pod.name,
            node,
            reason: pod.waitingReason ?? 'not ready',
            exitCode: pod.exitCode ?? null,
            restarts: pod.restarts,
          })),
          waitingPods: waiting.pods.length,
        },
        fixes: fixesFor(fix, names, members[0]!.pod, reason),
      };
    });
  },
  summary: (e) => {
    const reasons = [...new Set(e.pods.map((p) => p.reason))];
    const exits = [...new Set(e.pods.flatMap((p) => p.exitCode ?? []))];
    const restarts = Math.max(...e.pods.map((p) => p.restarts));
    return `aws-node is not ready on ${things(e.nodes, 'node')}${e.desired === null ? '' : ` of ${count(e.desired)}`}: ${some(reasons)}${
      exits.length > 0 ? `, exit code ${some(exits.map(String))}` : ''
    }${restarts > 0 ? `, up to ${things(restarts, 'restart')}` : ''}${waitingText(e.waitingPods)}`;
  },
  verdict: () => 'aws-node is not ready there',
  explanation: {
    why: 'Without aws-node the pods of a node live on, but nothing new starts there and no address is given back. A few broken nodes also block the rollout of the DaemonSet to all others.',
    how: 'Pods of the DaemonSet aws-node that have not been ready for two minutes, with the reason the kubelet gives. crash: the container exits. killed: exit code 137, by a probe or for memory. image: it cannot be pulled. Findings for nodes whose cause is known (ENIConfig, refused calls) are folded under that cause.',
    fix: 'Read the log of the last run. Killed by a probe: give it more CPU, and probes a timeout of 10 s. Image: check access to the registry.',
    verify: 'kubectl -n kube-system rollout status ds/aws-node',
    references: [
      'amazon-vpc-cni-k8s docs/troubleshooting.md',
      'https://github.com/aws/amazon-vpc-cni-k8s/issues/1425',
      'https://github.com/aws/amazon-vpc-cni-k8s/issues/3271',
    ],
  },
});

function reasonOf(pod: CniPod): Reason {
  if (/Image|ErrPull/i.test(pod.waitingReason ?? '')) return 'image';
  if (pod.exitCode === KILLED) return 'killed';
  if (pod.waitingReason === 'CrashLoopBackOff' || (pod.exitCode ?? 0) !== 0 || pod.restarts > 3) return 'crash';
  return 'not-ready';
}

/** The log of the last run is read first: a restart takes it away. */
function fixesFor(ctx: FixContext, nodes: readonly string[], sample: CniPod, reason: Reason): Fix[] {
  const pod = ['-n', 'kube-system'] as const;
  const read =
    reason === 'crash' || reason === 'killed'
      ? kubectl(...pod, 'logs', named('pod', sample.name), '-c', 'aws-node', '--previous', '--tail=50')
      : kubectl(...pod, 'describe', 'pod', named('pod', sample.name));
  if (reason === 'killed')
    return [
      {
        title: 'Read why it was killed, then give aws-node more CPU',
        commands: [read, kubectl(...pod, 'set', 'resources', 'ds/aws-node', '-c', 'aws-node', '--requests=cpu=100m')],
        changes: 'Raises its CPU request to 100m, which restarts it node by node.',
        effect: 'minutes',
        risk: 'The next update of a managed add-on or Helm release sets it back: add it to its values as well.',
      },
    ];
  return [
    {
      title: `Read why it stops, then restart aws-node on ${things(nodes.length, 'node')}`,
      commands: [read, ...restartAwsNode(ctx, nodes)],
      changes:
        'Starts aws-node afresh; running pods keep their network. Its full log is on the node: sudo bash /opt/cni/bin/aws-cni-support.sh collects it.',
      effect: 'minutes',
    },
  ];
}
